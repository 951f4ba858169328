import { compose, type MailText } from './compose.ts';

export interface Welcome {
  name: string;
  plan: string;
  username: string | null;
  /** Where customers reach the panel; null where nobody said. */
  panelUrl: string | null;
  /** One-time page on which the customer sets the panel's password. */
  passwordUrl: string;
  /** One-time page on which he chooses the password of the portal; null for who has one. */
  invitationUrl: string | null;
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
          ? `Sign in to your panel${of.panelUrl ? ` at ${of.panelUrl}` : ''} as ${of.username}.`
          : `We finish your account by hand and write to you again.`,
      },
      ...(of.username
        ? [
            { link: { label: 'Set your password', url: of.passwordUrl } },
            { paragraph: 'Each link in this mail works once, for seven days.' },
          ]
        : []),
      ...(of.invitationUrl
        ? [
            { paragraph: 'Your orders, invoices and license key are in our portal. Choose a password for it:' },
            { link: { label: 'Open the portal', url: of.invitationUrl } },
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
  /** When the order ends unpaid, with its zone, as people read it. */
  endsAt: string;
  seller: string;
}

export const paymentReminder = (of: Reminder): MailText =>
  compose(
    `Your order ${of.orderReference} waits for its payment`,
    [
      { paragraph: `Hello ${of.name},` },
      {
        paragraph: `invoice ${of.invoiceNumber} over ${of.amount} is still open. Unpaid, the order ends at ${of.endsAt}.`,
      },
      { link: { label: 'Pay now', url: of.orderUrl } },
    ],
    of.seller,
  );
