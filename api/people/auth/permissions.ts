/** Everything staff may be allowed to do (security.md AUTHZ-05). */
export const PERMISSIONS = [
  'customers.read',
  'customers.write',
  'orders.read',
  'orders.write',
  'invoices.read',
  'invoices.write',
  'invoices.void',
  'payments.read',
  'payments.record',
  'payments.refund',
  'services.read',
  'services.suspend',
  'services.terminate',
  'services.migrate',
  'licenses.read',
  'licenses.issue',
  'licenses.revoke',
  'servers.read',
  'servers.write',
  'servers.credentials',
  'plans.write',
  'settings.write',
  'staff.write',
  'audit.read',
  'reports.read',
  'workflows.read',
  'workflows.signal',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export type Role = 'super_admin' | 'support';

/** Roles are sets of permissions; the role itself is read from the database on every request. */
export const ROLES: Record<Role, readonly Permission[]> = {
  super_admin: PERMISSIONS,
  support: [
    'customers.read',
    'orders.read',
    'orders.write',
    'invoices.read',
    'payments.read',
    'services.read',
    'licenses.read',
    'servers.read',
    'workflows.read',
    'workflows.signal',
  ],
};

export const isPermission = (text: string): text is Permission => (PERMISSIONS as readonly string[]).includes(text);

/**
 * What a role allows, and of that what the key it is used through allows.
 * @param scopes  of an API key; `*` is all its user may; undefined for a session
 */
export function permissionsOf(role: Role, scopes?: readonly string[]): ReadonlySet<Permission> {
  const granted = ROLES[role];
  return new Set(!scopes || scopes.includes('*') ? granted : granted.filter((one) => scopes.includes(one)));
}
