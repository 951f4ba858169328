import type { StartSimulator } from '#activities/simulation/start.ts';
import { createMailbox } from './simulator.ts';

export const start: StartSimulator = async ({ setting, stateFile }) => {
  const mailbox = createMailbox({ stateFile });
  const smtp = await mailbox.startSmtp(Number(setting('SMTP_PORT')));
  return { app: mailbox.app, stop: smtp.close };
};
