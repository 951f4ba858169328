/** What the owner of an address is sent when somebody asked for an account under it, or for a way back into one. */
export type AccountAnswer =
  /** A link that makes the account, together with the password that was chosen. */
  | 'confirm_address'
  /** He has one already: sign in, or choose a new password. */
  | 'has_account'
  /** Staff sold to this address before: a link to choose the password of the portal. */
  | 'invitation'
  | 'password_reset'
  /** Somebody got in without the app: he should know. */
  | 'recovery_code_used'
  | 'nothing';

export interface AddressFacts {
  /** Of the kind that was asked for, under this address; `unconfirmed` from before addresses were confirmed. */
  user: 'none' | 'unconfirmed' | 'confirmed' | 'disabled';
  /** There is a customer with this address. */
  isCustomer: boolean;
  /** Mails about an account that went there within the hour. */
  mailsLately: number;
}

/** Beyond, an address hears nothing more for an hour: strangers must not fill a mailbox (AUTH-11). */
export const ACCOUNT_MAILS_PER_HOUR = 3;

/**
 * Whoever asks learns nothing from us; the owner of the address learns what he needs. A sign-up never joins a customer
 * who is there: it might be somebody else's password.
 */
export function accountAnswer(
  asked: 'sign_up' | 'password_reset' | 'recovery_code_used',
  { user, isCustomer, mailsLately }: AddressFacts,
): AccountAnswer {
  if (asked === 'recovery_code_used') return user === 'confirmed' ? asked : 'nothing';
  if (mailsLately >= ACCOUNT_MAILS_PER_HOUR || user === 'disabled') return 'nothing';
  if (user === 'none') {
    if (isCustomer) return 'invitation';
    return asked === 'sign_up' ? 'confirm_address' : 'nothing';
  }
  return asked === 'sign_up' && user === 'confirmed' ? 'has_account' : 'password_reset';
}
