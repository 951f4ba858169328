import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { selfSigned } from '#activities/http/egress/testing/certificate.ts';
import type { Mail } from '../mailer.ts';
import { createMailbox, type Mailbox, type RunningSmtp, type SmtpFault } from './simulator/simulator.ts';
import { createSmtpMailer, type SmtpConfig } from './adapter.ts';

let mailbox: Mailbox;
let smtp: RunningSmtp;
beforeEach(async () => {
  mailbox = createMailbox();
  smtp = await mailbox.startSmtp();
});
const closing: (() => void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await smtp.close();
});

function mailer(change: Partial<SmtpConfig> = {}) {
  const made = createSmtpMailer({
    record: () => undefined,
    host: '127.0.0.1',
    port: smtp.port,
    secure: false,
    from: 'Hostwright <billing@hostwright.example>',
    timeoutMs: 10_000,
    ...change,
  });
  closing.push(made.close);
  return made;
}

const mail = (change: Partial<Mail> = {}): Mail => ({
  messageId: 'notice-1@hostwright.example',
  to: { address: 'ines@harbor-bakery.example', name: 'Inès Moreau' },
  subject: 'Your hosting is ready – welcome',
  text: 'Set your password: https://portal.example/set?t=abc',
  html: '<p>Set your <a href="https://portal.example/set?t=abc">password</a></p>',
  ...change,
});

const failure = async (work: Promise<unknown>): Promise<{ name: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
  throw new Error('It did not fail.');
};

/** A server that answers each line as told, or not at all. */
async function scripted(onConnect: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    onConnect(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, close };
}

describe('a mail', () => {
  it('arrives with its message id, both forms, and a mark that no human sent it', async () => {
    const { response } = await mailer().send(mail());
    expect(response).toMatch(/^250 /);
    expect(mailbox.mails()).toMatchObject([
      {
        messageId: 'notice-1@hostwright.example',
        from: 'Hostwright <billing@hostwright.example>',
        to: ['ines@harbor-bakery.example'],
        subject: 'Your hosting is ready – welcome',
        text: mail().text,
        html: expect.stringContaining('<a href="https://portal.example/set?t=abc">'),
        headers: { 'auto-submitted': 'auto-generated', to: expect.stringContaining('ines@harbor-bakery.example') },
      },
    ]);
  });

  it('carries the same message id when it is repeated', async () => {
    await mailer().send(mail());
    await mailer().send(mail());
    expect(mailbox.mails().map(({ messageId }) => messageId)).toEqual([mail().messageId, mail().messageId]);
  });

  it('uses a kept connection, and another one when the server has closed it', async () => {
    const sender = mailer();
    await sender.send(mail());
    await sender.send(mail({ messageId: 'notice-2@hostwright.example' }));
    expect(mailbox.sessions()).toBe(1);
    const { port } = smtp;
    await smtp.close();
    smtp = await mailbox.startSmtp(port);
    await sender.send(mail({ messageId: 'notice-3@hostwright.example' }));
    expect(mailbox.sessions()).toBe(2);
    expect(mailbox.mails().map(({ messageId }) => messageId[7])).toEqual(['1', '2', '3']);
  });

  it('is never repeated by itself once it has left, on a kept connection neither', async () => {
    const sender = mailer();
    await sender.send(mail());
    mailbox.planSmtp({ kind: 'lost-answer', times: 1 });
    const second = mail({ messageId: 'notice-2@hostwright.example' });
    expect(await failure(sender.send(second))).toMatchObject({ name: 'VendorUnavailable' });
    expect(mailbox.mails()).toHaveLength(2);
  });

  it('goes out with the credentials, where there are some', async () => {
    await mailer({ user: 'billing', pass: 'secret' }).send(mail());
    expect(mailbox.mails()).toHaveLength(1);
  });
});

describe('when the server does not take it', () => {
  const cases: { kind: SmtpFault['kind']; name: string; says: string; kept: number }[] = [
    { kind: 'reject', name: 'VendorRefused', says: '550 5.1.1', kept: 0 },
    { kind: 'refuse', name: 'VendorRefused', says: '554 5.6.0', kept: 0 },
    { kind: 'defer', name: 'VendorUnavailable', says: '451 4.3.0', kept: 0 },
    { kind: 'drop', name: 'VendorUnavailable', says: 'closed', kept: 0 },
    { kind: 'lost-answer', name: 'VendorUnavailable', says: 'closed', kept: 1 },
    { kind: 'unauthorized', name: 'VendorUnauthorized', says: '535', kept: 0 },
  ];

  it.each(cases)('$kind is $name', async ({ kind, name, says, kept }) => {
    mailbox.planSmtp({ kind, times: 1 });
    const sender = mailer({ user: 'billing', pass: 'hunter2-hunter2' });
    const error = await failure(sender.send(mail()));
    expect(error).toMatchObject({ name, message: expect.stringContaining(says) });
    expect(error.message).toContain('notice-1@hostwright.example');
    expect(error.message).not.toContain('hunter2');
    expect(mailbox.mails()).toHaveLength(kept);
    await expect(sender.send(mail())).resolves.toBeDefined();
  });

  it.each([
    { greeting: '421 4.3.2 Closing for maintenance', name: 'VendorUnavailable' },
    { greeting: '554 5.7.1 You are on a list', name: 'VendorRefused' },
    { greeting: 'HTTP/1.1 400 Bad Request', name: 'VendorUnavailable' },
  ])('a greeting "$greeting" is $name', async ({ greeting, name }) => {
    const server = await scripted((socket) => void socket.end(`${greeting}\r\n`));
    expect(await failure(mailer({ port: server.port }).send(mail()))).toMatchObject({ name });
    await server.close();
  });

  it.each([
    { answer: '454 4.7.0 Temporary authentication failure', name: 'VendorUnavailable' },
    { answer: '535 5.7.8 Wrong', name: 'VendorUnauthorized' },
    { answer: '534 5.7.9 Mechanism too weak', name: 'VendorUnauthorized' },
  ])('sign-in answered "$answer" is $name', async ({ answer, name }) => {
    const server = await scripted((socket) => {
      socket.write('220 ready\r\n');
      socket.on('data', (data) =>
        socket.write(String(data).startsWith('EHLO') ? '250-ready\r\n250 AUTH PLAIN\r\n' : `${answer}\r\n`),
      );
    });
    const sender = mailer({ port: server.port, user: 'billing', pass: 'hunter2-hunter2' });
    expect(await failure(sender.send(mail()))).toMatchObject({ name });
    await server.close();
  });

  it('a server that wants a sign-in we do not have is VendorUnauthorized', async () => {
    const server = await scripted((socket) => {
      socket.write('220 ready\r\n');
      socket.on('data', (data) =>
        socket.write(String(data).startsWith('EHLO') ? '250 ready\r\n' : '530 5.7.0 Authentication required\r\n'),
      );
    });
    expect(await failure(mailer({ port: server.port }).send(mail()))).toMatchObject({ name: 'VendorUnauthorized' });
    await server.close();
  });

  it('a server that says nothing is given up in time', async () => {
    const server = await scripted(() => undefined);
    expect(await failure(mailer({ port: server.port, timeoutMs: 80 }).send(mail()))).toMatchObject({
      name: 'VendorUnavailable',
    });
    await server.close();
  });

  it('a refused connection is VendorUnavailable', async () => {
    const server = await scripted(() => undefined);
    await server.close();
    expect(await failure(mailer({ port: server.port }).send(mail()))).toMatchObject({ name: 'VendorUnavailable' });
  });
});

describe('IN-05 WEB-05 header injection', () => {
  const to = mail().to;
  it.each([
    { what: 'a line break in the subject', change: { subject: 'Hello\r\nBcc: everyone@example.com' } },
    { what: 'a bare line feed in the subject', change: { subject: 'Hello\nBcc: everyone@example.com' } },
    { what: 'a Unicode line separator in the subject', change: { subject: 'Hello\u2028Bcc: x' } },
    { what: 'a line break in the name', change: { to: { ...to, name: 'Ines\r\nBcc: everyone@example.com' } } },
    { what: 'NUL in the name', change: { to: { ...to, name: 'Ines\u0000' } } },
    { what: 'a line break in the address', change: { to: { ...to, address: 'a@b.example\r\nRCPT TO:<c@d.example>' } } },
    { what: 'a second address', change: { to: { ...to, address: 'a@b.example, c@d.example' } } },
    { what: 'a second address in brackets', change: { to: { ...to, address: 'a@b.example> <c@d.example' } } },
    { what: 'a quoted local part', change: { to: { ...to, address: '"a b"@c.example' } } },
    { what: 'no address', change: { to: { ...to, address: '' } } },
    { what: 'a line break in the message id', change: { messageId: 'a@b\r\nX-Evil: 1' } },
    { what: 'brackets in the message id', change: { messageId: '<a@b.example>' } },
  ])('$what is refused before anything is sent', async ({ change }) => {
    expect(await failure(mailer().send(mail(change)))).toMatchObject({ name: 'VendorRefused' });
    expect(mailbox.mails()).toEqual([]);
  });

  it('a comma in a name stays in the name', async () => {
    await mailer().send(mail({ to: { ...to, name: 'Moreau, Ines <x@y.example>' } }));
    expect(mailbox.mails()).toMatchObject([{ to: ['ines@harbor-bakery.example'] }]);
  });

  it('a path or an address as content is sent as text, never read', async () => {
    await mailer().send(mail({ text: '/etc/passwd', html: 'https://169.254.169.254/' }));
    expect(mailbox.mails()).toMatchObject([{ text: '/etc/passwd', html: expect.stringContaining('169.254') }]);
  });
});

describe('SECR-07 encryption', () => {
  async function withTls(names: string[], run: (port: number, ca: string, seen: string[]) => Promise<void>) {
    const { key, cert } = selfSigned(names);
    const seen: string[] = [];
    const server = new SMTPServer({
      key,
      cert,
      logger: false,
      authOptional: true,
      disableReverseLookup: true,
      onData(stream, session, callback) {
        seen.push(session.secure ? 'encrypted' : 'plain');
        stream.resume().on('end', () => callback());
      },
    });
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      await run((server.server.address() as AddressInfo).port, cert, seen);
    } finally {
      for (const { _socket } of server.connections) _socket.destroy();
      await new Promise<void>((resolve) => server.close(resolve));
    }
  }

  it('STARTTLS is used, and the certificate checked', async () => {
    await withTls(['127.0.0.1'], async (port, ca, seen) => {
      await mailer({ port, requireTls: true, ca }).send(mail());
      expect(seen).toEqual(['encrypted']);
      expect(await failure(mailer({ port, requireTls: true }).send(mail()))).toMatchObject({
        name: 'VendorUnavailable',
      });
      expect(seen).toHaveLength(1);
    });
  });

  it('a certificate of another name is refused', async () => {
    await withTls(['mail.example'], async (port, ca, seen) => {
      const { message } = await failure(mailer({ port, requireTls: true, ca }).send(mail()));
      expect(message).toMatch(/altnames|does not match/i);
      expect(seen).toEqual([]);
    });
  });

  it('a server that offers no STARTTLS gets nothing where encryption is demanded', async () => {
    expect(await failure(mailer({ requireTls: true }).send(mail()))).toMatchObject({ name: 'VendorRefused' });
    expect(mailbox.mails()).toEqual([]);
  });

  it('anything but loopback demands it unless told otherwise', async () => {
    // A way to write 127.0.0.1 that is not known as loopback.
    const error = await failure(mailer({ host: '127.1' }).send(mail()));
    expect(error).toMatchObject({ name: 'VendorRefused', message: expect.stringContaining('500') });
    expect(mailbox.mails()).toEqual([]);
  });
});

describe('the check of a mail server', () => {
  it('tells that it answers', async () => {
    expect(await mailer().check()).toEqual({ ok: true, message: expect.stringContaining('answers') });
  });

  it('tells why it cannot be used', async () => {
    mailbox.planSmtp({ kind: 'unauthorized', times: 1 });
    const result = await mailer({ user: 'billing', pass: 'hunter2-hunter2' }).check();
    expect(result).toEqual({ ok: false, message: expect.stringContaining('535') });
    expect(result.message).not.toContain('hunter2');
  });
});
