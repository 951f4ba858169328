/** One mail; `messageId` is the idempotency key: a repeat carries the same, so readers show it once. */
export interface Mail {
  /** Without angle brackets: `<notice id>@<mail domain>`. */
  messageId: string;
  to: { address: string; name: string };
  subject: string;
  text: string;
  html: string;
}

export interface Mailer {
  /** Resolves when the server took it over. Throws `VendorUnavailable`, `VendorRefused` or `VendorUnauthorized`. */
  send(mail: Mail): Promise<{ response: string }>;
  check(): Promise<{ ok: boolean; message: string }>;
}
