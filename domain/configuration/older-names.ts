/** Variables of the systems before this one, with what says the same here. */
const OLDER_NAMES: Readonly<Record<string, string>> = {
  ACCESS_TOKEN_EXPIRE_MINUTES: 'sessions end by rules of their own; set nothing',
  DATABASE_URL: 'set DATABASE_API_URL, DATABASE_LICENSE_URL and DATABASE_WORKER_URL: each role signs in by itself',
  DIRECTADMIN_PASSWORD: 'a panel is added as a node, with its key: docs/operating.md',
  DIRECTADMIN_URL: 'a panel is added as a node: docs/operating.md',
  DIRECTADMIN_USERNAME: 'a panel is added as a node, with its key: docs/operating.md',
  NEXTPANEL_API_KEY: 'a panel is added as a node, with its key: docs/operating.md',
  NEXTPANEL_API_URL: 'a panel is added as a node: docs/operating.md',
  PAYPAL_MODE: 'set PAYPAL_ENVIRONMENT to live or sandbox',
  PTERODACTYL_API_KEY: 'a panel is added as a node, with its key: docs/operating.md',
  PTERODACTYL_URL: 'a panel is added as a node: docs/operating.md',
  REDIS_URL: 'there is no Redis; set nothing',
  SECRET_KEY: 'set SESSION_SECRET, SEAL_KEYS and LICENSE_PEPPER, each with a secret of its own',
  STRIPE_PUBLISHABLE_KEY: 'customers pay on pages of Stripe, so it is not needed; set nothing',
  VIRTFUSION_API_KEY: 'a panel is added as a node, with its key: docs/operating.md',
  VIRTFUSION_URL: 'a panel is added as a node: docs/operating.md',
};

/** One sentence for each variable that was set for an older system and does nothing here; never its value. */
export const olderNamesIn = (env: Record<string, string | undefined>): string[] =>
  Object.entries(OLDER_NAMES).flatMap(([name, instead]) =>
    env[name] ? [`${name} does nothing here: ${instead}.`] : [],
  );
