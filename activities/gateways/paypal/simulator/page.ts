/** How the buyer's pages look, and where they lead. */
import { html, raw } from 'hono/html';
import type { Call } from './wire.ts';

const STYLE = `
  body { margin: 0; background: #f5f7fa; color: #1b2a41; font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 26rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: 12px;
    box-shadow: 0 2px 12px #0001 }
  h1 { margin: 0 0 .25rem; font-size: 1.1rem } p { margin: .25rem 0 }
  .amount { margin: 1rem 0; font-size: 2rem; font-weight: 600 }
  form { display: grid; gap: .6rem; margin-top: 1.5rem }
  button { padding: .7rem; border: 1px solid #cbd5e1; border-radius: 8px; background: #fff; font: inherit; cursor: pointer }
  button:first-child { border-color: #0070ba; background: #0070ba; color: #fff; font-weight: 600 }
  small { display: block; margin-top: 1.5rem; color: #5a6b84 }
`;

export const page = (c: Call, title: string, body: ReturnType<typeof html>, status: 200 | 404 = 200) => {
  c.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
  c.header('cache-control', 'no-store');
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title}</title>
          <style>
            ${raw(STYLE)}
          </style>
        </head>
        <body>
          <main>${body}<small>Simulated PayPal: no money moves.</small></main>
        </body>
      </html>`,
    status,
  );
};

/** Back to the shop, with what PayPal adds. */
export function returnTo(base: string, address: string | undefined, more: Record<string, string>): string {
  const url = new URL(address ?? `${base}/thank-you`);
  for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
  return url.toString();
}
