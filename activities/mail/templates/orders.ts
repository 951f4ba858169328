/** The words of our mails. Plain data in, text and HTML out; values are escaped, and no secret is ever among them. */
export interface MailText {
  subject: string;
  text: string;
  html: string;
}

interface Part {
  paragraph?: string;
  link?: { label: string; url: string };
}

const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function compose(subject: string, parts: Part[], seller: string): MailText {
  const text = parts.map(({ paragraph, link }) => paragraph ?? `${link!.label}:\n${link!.url}`).join('\n\n');
  const html = parts
    .map(({ paragraph, link }) =>
      paragraph ? `<p>${escape(paragraph)}</p>` : `<p><a href="${escape(link!.url)}">${escape(link!.label)}</a></p>`,
    )
    .join('\n');
  // A line break in a name must not start a new header.
  return {
    subject: subject.replace(/[\r\n]+/g, ' '),
    text: `${text}\n\n${seller}\n`,
    html: `<!doctype html>\n<html lang="en"><meta charset="utf-8"><body>\n${html}\n<p>${escape(seller)}</p>\n</body></html>\n`,
  };
}

export interface Welcome {
  name: string;
  plan: string;
  username: string | null;
  nodeUrl: string;
  /** One-time page on which the customer sets the panel's password. */
  passwordUrl: string;
  orderReference: string;
  seller: string;
}

export const welcomeMail = (of: Welcome): MailText =>
  compose(
    `Your ${of.plan} account is ready`,
    [
      { paragraph: `Hello ${of.name},` },
      { paragraph: `your order ${of.orderReference} is active: ${of.plan}.` },
      {
        paragraph: of.username
          ? `Sign in to your panel at ${of.nodeUrl} as ${of.username}.`
          : `We finish your account by hand and write to you again.`,
      },
      ...(of.username
        ? [
            { link: { label: 'Set your password', url: of.passwordUrl } },
            { paragraph: 'The link works once, for seven days.' },
          ]
        : []),
    ],
    of.seller,
  );

export interface Reminder {
  name: string;
  orderReference: string;
  invoiceNumber: string;
  /** As people read it: EUR 12.99 */
  amount: string;
  orderUrl: string;
  /** Civil date on which the order ends unpaid. */
  endsOn: string;
  seller: string;
}

export const paymentReminder = (of: Reminder): MailText =>
  compose(
    `Your order ${of.orderReference} waits for its payment`,
    [
      { paragraph: `Hello ${of.name},` },
      {
        paragraph: `invoice ${of.invoiceNumber} over ${of.amount} is still open. Unpaid, the order ends on ${of.endsOn}.`,
      },
      { link: { label: 'Pay now', url: of.orderUrl } },
    ],
    of.seller,
  );
