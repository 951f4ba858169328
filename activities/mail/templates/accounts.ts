import { compose, type MailText } from './compose.ts';

interface AboutAccount {
  name: string;
  /** One-time page; of `hasAccountMail` and `recoveryCodeUsedMail` the page to sign in on. */
  url: string;
  seller: string;
}

const NOT_YOU = 'If that was not you, do nothing: without this mail nobody gets any further.';

export const confirmAddressMail = ({ name, url, seller }: AboutAccount): MailText =>
  compose(
    `Confirm your address at ${seller}`,
    [
      { paragraph: `Hello ${name},` },
      { paragraph: 'somebody, most likely you, wants an account under this address.' },
      { link: { label: 'Confirm, with the password you chose', url } },
      { paragraph: 'The link works once, for a day.' },
      { paragraph: NOT_YOU },
    ],
    seller,
  );

export const hasAccountMail = ({ name, url, seller }: AboutAccount): MailText =>
  compose(
    `You have an account at ${seller} already`,
    [
      { paragraph: `Hello ${name},` },
      { paragraph: 'somebody, most likely you, wanted an account under this address. There is one already.' },
      { link: { label: 'Sign in, or choose a new password there', url } },
      { paragraph: 'If that was not you, do nothing: your account is as it was.' },
    ],
    seller,
  );

export const passwordResetMail = ({ name, url, seller }: AboutAccount): MailText =>
  compose(
    `Choose a new password at ${seller}`,
    [
      { paragraph: `Hello ${name},` },
      { paragraph: 'somebody, most likely you, wants a new password for the account of this address.' },
      { link: { label: 'Choose a new password', url } },
      { paragraph: 'The link works once, for half an hour. You are signed out everywhere then.' },
      { paragraph: NOT_YOU },
    ],
    seller,
  );

export const invitationMail = ({ name, url, seller }: AboutAccount): MailText =>
  compose(
    `Your way into the portal of ${seller}`,
    [
      { paragraph: `Hello ${name},` },
      { paragraph: 'you are a customer of ours, and have no password for the portal yet.' },
      { link: { label: 'Choose one', url } },
      { paragraph: 'The link works once, for seven days.' },
      { paragraph: NOT_YOU },
    ],
    seller,
  );

export const recoveryCodeUsedMail = ({ name, url, seller }: AboutAccount): MailText =>
  compose(
    `A recovery code was used at ${seller}`,
    [
      { paragraph: `Hello ${name},` },
      {
        paragraph: 'somebody signed in to your account with your password and a recovery code, and not with your app.',
      },
      { paragraph: 'If that was you, set up the app again on the page “Security”, or make new codes there.' },
      { paragraph: 'If not, choose a new password now, which ends every session:' },
      { link: { label: 'Sign in, or choose a new password there', url } },
    ],
    seller,
  );
