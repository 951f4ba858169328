import { Alert, Button, Code, Group, List, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { z } from 'zod';
import {
  BeginSecondFactor,
  ConfirmSecondFactor,
  ProveWithCode,
  type SecondFactorSecret,
} from '#api/contracts/second-factor.ts';
import { ask, client } from '../../api.ts';
import { useContractForm } from '../../form/form.ts';
import { Problem } from '../problem.tsx';
import { Secret } from '../secret.tsx';
import { useTakenFocus } from '../use-taken-focus.ts';
import { QrCode } from './qr-code.tsx';

type Shown = z.infer<typeof SecondFactorSecret>;

/** Password, app, code: a second factor is set up, or replaced. @param onCodes  with the recovery codes, shown once */
export function EnrolForm({ isReplaced, onCodes }: { isReplaced: boolean; onCodes: (codes: string[]) => void }) {
  const [shown, setShown] = useState<Shown>();
  return shown ? (
    <ConfirmForm shown={shown} onCodes={onCodes} />
  ) : (
    <BeginForm isReplaced={isReplaced} onShown={setShown} />
  );
}

function BeginForm({ isReplaced, onShown }: { isReplaced: boolean; onShown: (shown: Shown) => void }) {
  const form = useContractForm(BeginSecondFactor, { password: '', code: '' }, async (json) =>
    onShown(await ask(client.me['second-factor'].$post({ json }))),
  );
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={['password', 'code']} />
        <PasswordInput {...form.field('password', 'Your password')} autoComplete="current-password" required />
        {isReplaced && (
          <TextInput {...form.field('code', 'Code of the app you have now')} autoComplete="one-time-code" required />
        )}
        <Group>
          <Button type="submit" loading={form.sending}>
            {isReplaced ? 'Set up another app' : 'Set up an authenticator app'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function ConfirmForm({ shown, onCodes }: { shown: Shown; onCodes: (codes: string[]) => void }) {
  const form = useContractForm(ConfirmSecondFactor, { code: '' }, async (json) => {
    const { recovery_codes: codes } = await ask(client.me['second-factor'].confirm.$post({ json }));
    onCodes(codes);
  });
  return (
    <form {...form.form}>
      <Stack>
        <Text size="sm">
          Scan this with your authenticator app, or type the key into it. Then enter the code it shows.
        </Text>
        <QrCode text={shown.uri} label="The key, to be scanned" />
        <Secret label="key" value={shown.secret} />
        <Problem error={form.problem} fields={['code']} />
        <TextInput {...form.field('code', 'Code')} inputMode="numeric" autoComplete="one-time-code" required />
        <Group>
          <Button type="submit" loading={form.sending}>
            Confirm
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Ten new ones; those before are worth nothing then. */
export function RenewCodesForm({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const form = useContractForm(ProveWithCode, { password: '', code: '' }, async (json) => {
    const { recovery_codes: codes } = await ask(client.me['recovery-codes'].$post({ json }));
    onCodes(codes);
  });
  return (
    <form {...form.form}>
      <Stack>
        <Problem error={form.problem} fields={['password', 'code']} />
        <PasswordInput {...form.field('password', 'Your password')} autoComplete="current-password" required />
        <TextInput {...form.field('code', 'Code')} autoComplete="one-time-code" required />
        <Group>
          <Button type="submit" variant="light" loading={form.sending}>
            Make new recovery codes
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Shown once, in the place of the form. */
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const here = useTakenFocus();
  return (
    <Stack ref={here} tabIndex={-1} aria-label="Recovery codes" role="region">
      <Alert color="yellow" title="Keep these now: they are shown this once">
        Each gets you in once when the app is lost. Print them, or put them where your passwords are.
      </Alert>
      <List listStyleType="none">
        {codes.map((code) => (
          <List.Item key={code}>
            <Code fz="sm">{code}</Code>
          </List.Item>
        ))}
      </List>
      <Group>
        <Button onClick={onKept}>I have kept them</Button>
      </Group>
    </Stack>
  );
}
