import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm start` serves the API, for `npx vite ui` while working on the pages. */
const API = process.env.API_URL ?? 'http://localhost:3000';
/** The API answers only to its own name and its own pages. */
const asOwnPage = { target: API, changeOrigin: true, headers: { origin: API } };

export default defineConfig({
  plugins: [react()],
  // The contracts take zod through the API's OpenAPI package; the pages need only zod itself.
  resolve: { alias: { '@hono/zod-openapi': 'zod' } },
  // The API puts a fresh nonce in place of this on every answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Nothing inline: the content policy has no `data:` for scripts, styles and fonts.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Libraries change seldom: browsers keep their part from one release to the next.
      output: { codeSplitting: { groups: [{ name: 'libraries', test: /node_modules/ }] } },
    },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/api': asOwnPage } },
});
