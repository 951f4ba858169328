import { hex, type SandboxVendor } from './sandbox-vendor.ts';

export const mailbox: SandboxVendor<'smtpPassword'> = {
  switch: 'SMTP_HOST',
  own: 'a mail server; `SMTP_PORT`, `SMTP_USER` and `SMTP_PASSWORD` belong to it',
  reads: ['SMTP_PORT'],
  secrets: { smtpPassword: hex(16) },
  unlessSet: { SMTP_HOST: () => '127.0.0.1' },
  simulated: {
    SMTP_PORT: ({ ports }) => String(ports.smtp),
    SMTP_USER: () => 'hostwright',
    SMTP_PASSWORD: ({ secrets }) => secrets.smtpPassword,
  },
};
