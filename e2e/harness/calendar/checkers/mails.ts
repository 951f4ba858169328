import type { CaughtMail } from '#activities/mailers/smtp/simulator/caught-mail.ts';
import type { Customer, Expectation, ReadHappenings } from './happening.ts';

const aspect = 'mails';

/** What the customer's mailbox received: the subjects. */
export const expectMails = ({ customerId }: Customer, ...texts: string[]): Expectation => ({
  aspect,
  customerId,
  texts,
});

export const readMails: ReadHappenings = async ({ db, vendors }) => {
  const [{ mails }, customers] = await Promise.all([
    vendors.mailbox.get<{ mails: CaughtMail[] }>('/mails'),
    db.sql<{ id: string; email: string }>(`select id, email from customer`),
  ]);
  const byAddress = new Map(customers.map(({ id, email }) => [email.toLowerCase(), id]));
  return mails.flatMap(({ id, at, to, subject }) =>
    to.map((address) => ({
      aspect,
      key: `mail/${id}/${address}`,
      at: new Date(at),
      customerId: byAddress.get(address.toLowerCase()) ?? null,
      text: subject,
    })),
  );
};
