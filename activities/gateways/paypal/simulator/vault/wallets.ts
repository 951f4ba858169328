/** Wallets kept for later charges. Source: Payment Method Tokens v3. */
import { walletView } from '../views.ts';
import { missing } from '../wire.ts';
import { newId, type CaptureRow, type Machine, type OrderRow, type WalletRow } from '../world.ts';

/** After the capture's answer, when the wallet is stored late. */
const LATER_MS = 250;

/** Stores the wallet of an order whose buyer agreed, as its plan says. @returns what the order learns from it */
export function vaultWallet(
  machine: Machine,
  order: OrderRow,
  status: CaptureRow['status'],
): Pick<OrderRow, 'walletId' | 'customerId'> {
  if (!order.wantsVault || status === 'DECLINED' || order.plan.vault === 'never') return {};
  const customerId = order.customerId ?? newId(22).toLowerCase();
  const walletId = newId().toLowerCase();
  const { email, merchantCustomerId } = order;
  const store = () => storeWallet(machine, { id: walletId, customerId, merchantCustomerId, email });
  if (order.plan.vault === 'later') setTimeout(store, LATER_MS).unref();
  else store();
  return { walletId, customerId };
}

export function storeWallet(
  { world, emit, base }: Machine,
  {
    behaviour = 'COMPLETED',
    ...wallet
  }: Omit<WalletRow, 'createdAt' | 'behaviour' | 'charges'> & { behaviour?: string },
): WalletRow {
  const row = world.wallets.set(wallet.id, { ...wallet, behaviour, createdAt: world.at() });
  emit('VAULT.PAYMENT-TOKEN.CREATED', 'payment_token', walletView(row, base()), 'A payment token has been created.');
  return row;
}

export function removeWallet({ world, emit, base }: Machine, id: string) {
  const wallet = world.wallets.get(id);
  if (!wallet) throw missing('TOKEN_NOT_FOUND');
  world.wallets.delete(id);
  emit('VAULT.PAYMENT-TOKEN.DELETED', 'payment_token', walletView(wallet, base()), 'A payment token has been deleted.');
}

/** What this charge of the wallet meets; each is counted. */
export function meetWallet({ world }: Pick<Machine, 'world'>, wallet: WalletRow): string {
  const charges = (wallet.charges ?? 0) + 1;
  world.wallets.set(wallet.id, { ...wallet, charges });
  return charges < (wallet.from ?? 1) ? 'COMPLETED' : wallet.behaviour;
}
