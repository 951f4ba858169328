/**
 * Mail through any SMTP server. Connections are kept for a moment, as opening one costs servers' greeting delay. Nothing
 * is repeated here once a byte of a mail has left; whoever repeats sends the same message id.
 */
import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import { recorded, type RecordCall } from '#activities/http/calls.ts';
import { excerpt, VendorRefused, VendorUnauthorized, VendorUnavailable } from '#activities/http/vendor.ts';
import type { Mail, Mailer } from '../mailer.ts';

export interface SmtpConfig {
  host: string;
  port: number;
  /** TLS from the first byte (port 465). Else STARTTLS is demanded, except on loopback. */
  secure: boolean;
  user?: string | undefined;
  pass?: string | undefined;
  /** "Hostwright <billing@hostwright.example>" */
  from: string;
  /** Whether a server without STARTTLS is refused; unless told, it is except on loopback. */
  requireTls?: boolean;
  /** Certificate authorities instead of the public ones, PEM. */
  ca?: string | string[];
  /** For the connection and for each answer; 10 s and 30 s unless told. */
  timeoutMs?: number;
  /** Keeps what was asked of the server. */
  record: RecordCall;
}

/** Errors of nodemailer, with the server's answer where there is one. */
interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
  command?: string;
}

/** How long an idle connection is kept. Short, so that it does not hold up the end of a process. */
const KEEP_MS = 5_000;

/** `close` ends the kept connections. */
export function createSmtpMailer(config: SmtpConfig): Mailer & { close(): void } {
  const { host, port, secure, user, pass, from, ca, timeoutMs, record } = config;
  const local = isLoopback(host);
  const requireTLS = config.requireTls ?? !local;
  const vendor = `The mail server ${host}:${port}`;
  const callee = { kind: 'mail server', vendor: 'smtp', name: `${host}:${port}` } as const;
  const transport = createTransport({
    pool: true,
    maxConnections: 4,
    idleTimeout: KEEP_MS,
    // A kept connection that the server has closed meanwhile is replaced once, before anything was sent over it.
    maxRequeues: 1,
    host,
    port,
    secure,
    requireTLS,
    // On loopback a self-made certificate would only stand in the way.
    ignoreTLS: !requireTLS && local,
    tls: { minVersion: 'TLSv1.2', ...(ca ? { ca } : {}) },
    ...(user === undefined ? {} : { auth: { user, pass: pass ?? '' } }),
    connectionTimeout: timeoutMs ?? 10_000,
    greetingTimeout: timeoutMs ?? 10_000,
    dnsTimeout: timeoutMs ?? 10_000,
    socketTimeout: timeoutMs ?? 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    close: () => transport.close(),
    async send(mail) {
      refuseInjection(mail);
      try {
        const message = {
          from,
          to: { name: mail.to.name, address: mail.to.address },
          messageId: `<${mail.messageId}>`,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          // RFC 3834: no out-of-office answers to a machine.
          headers: { 'Auto-Submitted': 'auto-generated' },
        };
        const take = () => transport.sendMail(message);
        const { response } = await recorded(callee, `take over mail ${mail.messageId}`, record, take, replyCode);
        return { response };
      } catch (error) {
        throw classified(`${vendor} did not take over the mail ${mail.messageId}`, error as SmtpError);
      }
    },
    async check() {
      try {
        const greet = () => transport.verify();
        await recorded(callee, 'accept a connection', record, greet, replyCode);
        return { ok: true, message: `${vendor} answers${user === undefined ? '' : ' and accepts the credentials'}.` };
      } catch (error) {
        return { ok: false, message: classified(`${vendor} cannot be used`, error as SmtpError).message };
      }
    },
  };
}

/** Of a mail that was taken over the server's own words begin with it. */
function replyCode(end: { answer: unknown } | { error: unknown }): number | undefined {
  if ('error' in end) return (end.error as SmtpError).responseCode;
  const code = /^[2-5]\d\d/.exec((end.answer as { response?: string }).response ?? '')?.[0];
  return code ? Number(code) : undefined;
}

const isLoopback = (host: string) =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** One plain address; the quoted and commented forms of RFC 5322 only serve to slip in a second one. */
const ADDRESS = /^[^\s"(),:;<>@[\\\]]+@[^\s"(),:;<>@[\\\]]+$/;
const MESSAGE_ID = /^[\u0021-\u007e]+$/;

/** @throws VendorRefused when a header could end early, or a second recipient begin */
function refuseInjection({ messageId, to, subject }: Mail): void {
  const refuse = (what: string) => {
    throw new VendorRefused(`The mail ${messageId.slice(0, 80)} was not sent: ${what}. Correct it, then retry.`);
  };
  if (!MESSAGE_ID.test(messageId) || !ADDRESS.test(messageId)) {
    throw new VendorRefused(
      'A mail was not sent: its message id is not of the form id@domain. Correct it, then retry.',
    );
  }
  if (CONTROL.test(to.address) || !ADDRESS.test(to.address))
    refuse("the recipient's address is not a single plain one");
  if (CONTROL.test(to.name)) refuse("the recipient's name has a line break or control character");
  if (CONTROL.test(subject)) refuse('the subject has a line break or control character');
}

/** 4xx heals, 5xx does not, and credentials are a matter apart (RFC 5321, RFC 4954). */
function classified(problem: string, error: SmtpError): Error {
  const { code = '', responseCode, response } = error;
  const message = `${problem}: ${excerpt(response ?? error.message)}`;
  const temporary = responseCode !== undefined && responseCode < 500;
  // 530: authentication required. 538: an encrypted connection is required for it.
  if (!temporary && (code === 'EAUTH' || responseCode === 530 || responseCode === 538)) {
    return new VendorUnauthorized(`${message}. Check SMTP_USER and SMTP_PASSWORD, then retry.`);
  }
  if (responseCode !== undefined && !temporary) return new VendorRefused(`${message}. Correct the cause, then retry.`);
  if (responseCode === undefined && (code === 'EENVELOPE' || code === 'EMESSAGE')) {
    return new VendorRefused(`${message}. Correct the mail, then retry.`);
  }
  return new VendorUnavailable(message, { cause: error });
}
