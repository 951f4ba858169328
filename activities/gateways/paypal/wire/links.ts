import { pageAddress } from '#activities/http/vendor.ts';

interface Linked {
  links: { rel?: string | undefined; href?: string | undefined }[];
}

/** Where the buyer acts. `approve` is what older orders call the link, and setup tokens do. */
export const pageOf = ({ links }: Linked): string | undefined =>
  ['payer-action', 'approve'].flatMap(
    (wanted) => links.find(({ rel, href }) => rel === wanted && pageAddress(href))?.href ?? [],
  )[0];
