import { Alert, Button, Card, PasswordInput, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { z } from 'zod';
import { SetPanelPassword, type PanelPasswordSet } from '#api/contracts/panel-password.ts';
import { ask, client } from '../api.ts';
import { Facts } from '../components/facts.tsx';
import { Page } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { PanelButton } from '../components/services/panel-button.tsx';
import { Secret } from '../components/secret.tsx';
import { Waiting } from '../components/states.tsx';
import { focusOn } from '../components/use-taken-focus.ts';
import { useContractForm } from '../form/form.ts';
import { panelPasswordQuery } from '../queries/services.ts';

const route = getRouteApi('/panel-password/$token');
const TITLE = 'Set the password of your panel';

type Outcome = z.infer<typeof PanelPasswordSet>;

/** Where the link in the welcome mail leads. Opening it changes nothing: mail scanners open it too. */
export function PanelPasswordPage() {
  const { token } = route.useParams();
  const link = useQuery(panelPasswordQuery(token));
  const [outcome, setOutcome] = useState<Outcome>();

  if (outcome) return <Done outcome={outcome} />;
  if (link.isPending) return <Waiting />;
  if (link.error || !link.data.good) {
    return (
      <Page title={TITLE} size="xs">
        {link.error ? (
          <Problem error={link.error} />
        ) : (
          <Alert color="yellow" title="This link is not good any more">
            It works once, for seven days. If you did not use it, open it from the mail again, whole; else use “forgot
            password” on the panel, or write to us.
          </Alert>
        )}
      </Page>
    );
  }
  return (
    <Page title={TITLE} size="xs">
      <Card withBorder padding="lg">
        <Stack>
          <Facts of={{ Service: link.data.service, 'User name': link.data.username }} />
          <PasswordForm
            token={token}
            onDone={(done) => {
              focusOn();
              setOutcome(done);
            }}
          />
        </Stack>
      </Card>
    </Page>
  );
}

function PasswordForm({ token, onDone }: { token: string; onDone: (outcome: Outcome) => void }) {
  const form = useContractForm(SetPanelPassword, { token, password: '' }, async (json) =>
    onDone(await ask(client['panel-password'].$post({ json }))),
  );
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={['password']} />
        <PasswordInput
          {...form.field('password', 'New password')}
          autoComplete="new-password"
          description="At least 12 characters: letters, digits, spaces and punctuation."
          required
        />
        <Button type="submit" loading={form.sending}>
          Set password
        </Button>
      </Stack>
    </form>
  );
}

function Done({ outcome: { outcome, username, panel_url: panel, initial_password: initial } }: { outcome: Outcome }) {
  if (outcome === 'set') {
    return (
      <Page title="Your password is set" size="xs">
        <Text>Sign in to your panel{username && ` as ${username}`} with the new password.</Text>
        <PanelButton url={panel} />
      </Page>
    );
  }
  return (
    <Page title="Your password" size="xs">
      <Alert color="yellow" title="Write it down now: it is shown this once">
        Your panel does not let us set the password you chose. This is the one your account was made with; change it
        after you have signed in.
      </Alert>
      <Facts of={{ 'User name': username, Password: initial && <Secret label="password" value={initial} /> }} />
      <PanelButton url={panel} />
    </Page>
  );
}
