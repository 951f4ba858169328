/**
 * A mail server that keeps every mail instead of delivering it: for local development, tests and demonstrations.
 * It speaks SMTP, shows the mails on pages, answers tests as JSON, and fails on purpose. Never reachable in production.
 */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { callbackify } from 'node:util';
import PostalMime, { type Address } from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { z } from 'zod';
import { createSimulator } from '#activities/simulation/simulator.ts';
import type { CaughtMail } from './caught-mail.ts';
import { FRAME_POLICY, framed, listPage, mailPage } from './page.ts';

/**
 * `reject`: 550 to the recipient. `refuse`: 554 to the whole mail. `defer`: 451 to the recipient. `unauthorized`: 535.
 * `drop`: the connection ends before the mail is kept. `lost-answer`: it is kept, and the connection ends unanswered.
 */
const SmtpFault = z.object({
  kind: z.enum(['reject', 'refuse', 'defer', 'unauthorized', 'drop', 'lost-answer']),
  /** Only mails to this address; all without it. */
  to: z.string().optional(),
  /** How many mails it hits; endless without it. */
  times: z.int().positive().optional(),
});
export type SmtpFault = z.output<typeof SmtpFault>;

export interface RunningSmtp {
  port: number;
  close(): Promise<void>;
}

const SIZE_LIMIT = 10 * 1024 * 1024;

export function createMailbox({ stateFile }: { stateFile?: string | undefined } = {}) {
  const sim = createSimulator({ name: 'Mailbox', stateFile, errorBody: (status) => ({ error: status }) });
  const { app, clock } = sim;
  const mails = sim.collection<CaughtMail>('mail');
  let faults: SmtpFault[] = [];
  let sessions = 0;

  const strike = (kinds: readonly SmtpFault['kind'][], to?: string): SmtpFault['kind'] | undefined => {
    const hit = faults.find(
      (fault) => kinds.includes(fault.kind) && (!fault.to || fault.to.toLowerCase() === to?.toLowerCase()),
    );
    if (hit?.times !== undefined) hit.times -= 1;
    faults = faults.filter(({ times }) => times !== 0);
    return hit?.kind;
  };

  const keep = async (session: SMTPServerSession, source: string) => {
    const parsed = await PostalMime.parse(source);
    const id = String(mails.all().length + 1);
    mails.set(id, {
      id,
      at: clock.now().toISOString(),
      messageId: (parsed.messageId ?? '').replace(/^<|>$/g, ''),
      from: shown(parsed.from),
      to: session.envelope.rcptTo.map(({ address }) => address),
      subject: parsed.subject ?? '',
      text: (parsed.text ?? '').trimEnd(),
      html: parsed.html ?? '',
      headers: Object.fromEntries(parsed.headers.map(({ key, value }) => [key, value])),
    });
  };

  /** Starts the SMTP side; 0 takes a free port. */
  const startSmtp = (port = 0, hostname = '127.0.0.1'): Promise<RunningSmtp> => {
    const hangUp = (session: SMTPServerSession) => {
      for (const connection of server.connections)
        if (connection.session.id === session.id) connection._socket.destroy();
    };
    const server: SMTPServer = new SMTPServer({
      logger: false,
      authOptional: true,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      size: SIZE_LIMIT,
      onConnect(_session, callback) {
        sessions += 1;
        callback();
      },
      onAuth({ username }, _session, callback) {
        const refused = strike(['unauthorized']);
        if (refused) callback(answer(535, '5.7.8 Authentication credentials invalid'));
        else callback(null, { user: username ?? 'anyone' });
      },
      onRcptTo({ address }, _session, callback) {
        const fault = strike(['reject', 'defer'], address);
        if (fault === 'reject') callback(answer(550, '5.1.1 No such user here'));
        else if (fault === 'defer') callback(answer(451, '4.3.0 Try again later'));
        else callback();
      },
      onData: callbackify(async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
        const source = await text(stream);
        if (stream.sizeExceeded) throw answer(552, '5.3.4 The mail is too large');
        const fault = strike(['refuse', 'drop', 'lost-answer'], session.envelope.rcptTo[0]?.address);
        if (fault === 'refuse') throw answer(554, '5.6.0 This mail is not wanted here');
        if (fault !== 'drop') await keep(session, source);
        if (fault) hangUp(session);
        return 'Kept in the mailbox';
      }),
    });
    // A client that goes away in the middle is no reason to end.
    server.on('error', () => undefined);
    return new Promise((resolve, reject) => {
      server.server.once('error', reject);
      server.listen(port, hostname, () => {
        resolve({
          port: (server.server.address() as AddressInfo).port,
          close: () =>
            new Promise((done) => {
              server.close(() => done());
              for (const { _socket } of server.connections) _socket.destroy();
            }),
        });
      });
    });
  };

  const copies = () => {
    const counts = new Map<string, number>();
    for (const { messageId } of mails.all()) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
    return counts;
  };
  const styled = (nonce: string) =>
    `default-src 'none'; style-src 'nonce-${nonce}'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

  app.get('/', (c) => {
    const nonce = randomBytes(16).toString('base64');
    c.header('content-security-policy', styled(nonce));
    return c.html(listPage(mails.all(), copies(), nonce));
  });
  app.get('/mails/:id', (c) => {
    const mail = mails.get(c.req.param('id'));
    if (!mail) return c.notFound();
    const nonce = randomBytes(16).toString('base64');
    c.header('content-security-policy', styled(nonce));
    return c.html(mailPage(mail, nonce));
  });
  app.get('/mails/:id/html', (c) => {
    const mail = mails.get(c.req.param('id'));
    if (!mail) return c.notFound();
    c.header('content-security-policy', FRAME_POLICY);
    return c.html(framed(mail));
  });
  app.get('/_sim/mails', (c) => {
    const { to, messageId } = c.req.query();
    const found = mails
      .all()
      .filter((mail) => !to || mail.to.some((address) => address.toLowerCase() === to.toLowerCase()))
      .filter((mail) => !messageId || mail.messageId === messageId);
    const counts = copies();
    const repeated = [...new Set(found.map((mail) => mail.messageId))].filter((id) => (counts.get(id) ?? 0) > 1);
    return c.json({
      total: found.length,
      /** Message ids that came more than once, and how often. */
      duplicates: Object.fromEntries(repeated.map((id) => [id, counts.get(id)])),
      mails: found,
    });
  });
  app.get('/_sim/smtp-faults', (c) => c.json(faults));
  app.post('/_sim/smtp-faults', async (c) => {
    faults.push(SmtpFault.parse(await c.req.json()));
    return c.json(faults, 201);
  });
  app.delete('/_sim/smtp-faults', (c) => {
    faults = [];
    return c.body(null, 204);
  });

  return {
    ...sim,
    startSmtp,
    planSmtp: (fault: SmtpFault) => void faults.push({ ...fault }),
    mails: () => mails.all(),
    /** How many SMTP connections there were. */
    sessions: () => sessions,
  };
}
export type Mailbox = ReturnType<typeof createMailbox>;

const answer = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });

const shown = (address: Address | undefined) =>
  address?.address ? (address.name ? `${address.name} <${address.address}>` : address.address) : '';

async function text(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
