/** Addresses of the portal, `:x` for what varies. The pages' own router has the same, which a test holds; all else is 404. */
export const PAGES = [
  '/',
  '/order/:plan',
  '/orders',
  '/orders/:id',
  '/sign-in',
  '/sign-up',
  '/forgot-password',
  '/account/:token',
  '/security',
  '/panel-password/:token',
  '/reference',
  '/staff',
  '/staff/sign-in',
  '/staff/incidents/:id',
] as const;

/** What people type, bookmarked or know from older systems, and where it is here. */
export const OLDER_PAGES: Readonly<Record<string, string>> = {
  '/login': '/sign-in',
  '/register': '/sign-up',
  '/signup': '/sign-up',
  '/pricing': '/',
  '/plans': '/',
  '/docs': '/reference',
  '/dashboard': '/orders',
  '/admin': '/staff',
  '/admin/login': '/staff/sign-in',
  '/admin/servers': '/staff',
  '/admin/audit-logs': '/staff',
};
