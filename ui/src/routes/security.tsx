import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { ask, client } from '../api.ts';
import { Facts } from '../components/facts.tsx';
import { Page } from '../components/page.tsx';
import { EnrolForm, RecoveryCodes, RenewCodesForm } from '../components/people/second-factor.tsx';
import { Problem } from '../components/problem.tsx';
import { Section } from '../components/section.tsx';
import { Waiting } from '../components/states.tsx';
import { focusOn } from '../components/use-taken-focus.ts';
import { queries } from '../queries/client.ts';
import { meQuery, secondFactorQuery } from '../queries/people.ts';
import { safeNext } from '../next.ts';
import { instantText } from '../words/reader.ts';

const route = getRouteApi('/security');

/** What keeps an account its owner's: an authenticator app, and what gets him in without it. */
export function SecurityPage() {
  const { next } = route.useSearch();
  const { history } = useRouter();
  const factor = useQuery(secondFactorQuery);
  const [codes, setCodes] = useState<string[]>();

  /** Who may do what has changed, and under which session. */
  const goOn = async () => {
    await queries.fetchQuery({ ...meQuery, staleTime: 0 });
    await queries.invalidateQueries({ queryKey: secondFactorQuery.queryKey });
    if (codes) focusOn('second-factor');
    setCodes(undefined);
    if (next) history.push(safeNext(next, '/security'));
  };
  const putOff = useMutation({
    mutationFn: async () => {
      await ask(client.me['second-factor']['put-off'].$post());
      await goOn();
    },
  });

  if (factor.isPending) return <Waiting />;
  if (factor.error) {
    return (
      <Page title="Security" size="sm">
        <Problem error={factor.error} />
      </Page>
    );
  }
  const { enrolled_at: since, recovery_codes_left: left, required, may_put_off: mayPutOff } = factor.data;
  return (
    <Page
      title="Security"
      lead={
        required
          ? 'Staff need a second factor: an app on your phone that shows a code beside your password.'
          : undefined
      }
      size="sm"
    >
      <Section id="second-factor" title="Second factor" gap="md">
        {codes ? (
          <RecoveryCodes codes={codes} onKept={() => void goOn()} />
        ) : (
          <Stack>
            {since ? (
              <Facts of={{ 'Asked for since': instantText(since), 'Recovery codes left': String(left) }} />
            ) : (
              <Text size="sm">A code of an authenticator app is asked for when you sign in.</Text>
            )}
            <EnrolForm isReplaced={since !== null} onCodes={setCodes} />
            {mayPutOff && (
              <Group>
                <Button variant="subtle" loading={putOff.isPending} onClick={() => putOff.mutate()}>
                  Not now, this once
                </Button>
              </Group>
            )}
            <Problem error={putOff.error} />
          </Stack>
        )}
      </Section>
      {since && !codes && (
        <Section id="recovery" title="Recovery codes" gap="md">
          <RenewCodesForm onCodes={setCodes} />
        </Section>
      )}
    </Page>
  );
}
