/**
 * What the trade needs from a hosting panel. Any call may come twice, so every change converges:
 * a lost answer is found again by looking before acting. A taken name is a value, not an error.
 * Throws the errors of `vendor.ts`.
 */
import type { PanelCapability } from '#domain/services/panel-capabilities.ts';

/**
 * By what an account is known as a service's own: the service it carries or, where the panel does not tell, one of the
 * names together with one of the addresses and the customer. What is not given is not compared.
 */
export interface AccountClaim {
  /** Ours; the account carries it, and the user name is a pure function of it. */
  serviceId: string;
  /** `^[a-z][a-z0-9]{2,15}$`, from `domain/services/username.ts`. */
  username: string;
  /** Further names under which an earlier try may have made it. */
  otherUsernames?: readonly string[] | undefined;
  email?: string | undefined;
  /** Further addresses with which an earlier try may have made it. */
  otherEmails?: readonly string[] | undefined;
  customerId?: string | undefined;
}

/** Made with `username` and `email`, unless it is there under any of the claim. */
export interface AccountRequest extends AccountClaim {
  customerId: string;
  email: string;
  fullName: string;
  company?: string | undefined;
  /** The panel's own id of the package. */
  packageId: string;
  /** Asked for only when the account must be made; never logged, never returned. */
  initialPassword: () => Promise<string>;
}

export interface PanelAccount {
  /** The panel's id of the account. */
  externalId: string;
  username: string;
  email: string;
  state: 'active' | 'suspended';
  /** The service it was made for, where the panel tells. */
  serviceId?: string | undefined;
}

export type AccountOutcome =
  | { outcome: 'ready'; account: PanelAccount; made: boolean }
  /** The name, or the address, belongs to somebody else on that node. */
  | { outcome: 'taken'; field: 'username' | 'email'; detail: string };

export interface PanelUsage {
  domains?: number | undefined;
  databases?: number | undefined;
  mailboxes?: number | undefined;
  diskBytes?: number | undefined;
  lastSignInAt?: Date | undefined;
}

export interface PanelCheck {
  ok: boolean;
  version?: string | undefined;
  /** Accounts on the panel now, where it tells. */
  accounts?: number | undefined;
  /** What it can beyond what every panel of its kind can; absent where it was not looked for. */
  capabilities?: readonly PanelCapability[] | undefined;
  steps: { name: string; ok: boolean; message: string }[];
}

export interface LicenseHandover {
  licenseKey: string;
  /** Whose it is. A panel that goes by the address is given that of this very account. */
  account: PanelRef & { username: string; email: string };
  plan: string;
  /** Limits by feature: accounts, domains, databases, emails; -1 is unlimited. */
  quotas: Record<string, number>;
}

/** Optional calls are absent where the panel has no such capability. */
export interface Panel {
  ensureAccount(request: AccountRequest): Promise<AccountOutcome>;
  ensureSuspended(account: PanelRef, reason: string): Promise<void>;
  ensureActive(account: PanelRef): Promise<void>;
  /** Deletes the account if it is there and was made for this service; a missing account is success. */
  ensureDeleted(account: PanelRef & { serviceId: string; username: string }): Promise<void>;
  find(account: AccountClaim | PanelRef): Promise<PanelAccount | null>;
  list(): Promise<PanelAccount[]>;
  usage(account: PanelRef): Promise<PanelUsage>;
  /**
   * Reachability, credentials and rights, with a write probe that changes nothing, and what the panel can.
   * @param how.quick  only whether it is there and takes our key: for the regular round, as panels count our calls
   */
  check(how?: { quick?: boolean }): Promise<PanelCheck>;
  setPassword?(account: PanelRef, password: string): Promise<void>;
  /**
   * Tells the panel the license and its quotas; repeatable with the same key.
   * @throws VendorRefused where the panel's answer does not say that it went to this account
   */
  handOverLicense?(license: LicenseHandover): Promise<void>;
  packages?(): Promise<{ id: string; name: string }[]>;
}

export interface PanelRef {
  externalId: string;
}
