import { z } from '@hono/zod-openapi';
import { panelAddress } from '#domain/services/panel-address.ts';

const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
/** The last label begins with a letter, or it would be read as a number. */
const name = String.raw`(?:${label}\.)*[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.?`;
const ipv4 = String.raw`${octet}(?:\.${octet}){3}`;
const ipv6 = z.core.regexes.ipv6.source.replaceAll(/^\^|\$$/g, '');
const privateName = String.raw`(?:${label}\.)*(?:localhost|local|internal|lan|home\.arpa)\.?`;
const privateIpv4 = String.raw`(?:(?:10|127)\.${octet}|192\.168|172\.(?:1[6-9]|2[0-9]|3[01])|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))(?:\.${octet}){2}`;
const group = '[0-9a-fA-F]{1,4}';
const privateIpv6 = `(?:::1|[fF][cCdD][0-9a-fA-F]{2}(?:(?::${group}){7}|(?::${group}){0,5}::(?:${group})?))`;
const port = '(?::(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?';
const path = String.raw`(?:/[!$%&'()*+,.0-9:;=@A-Z_a-z~/-]*)?`;

/** What `panelAddress` takes, as a pattern that a reader of the description can apply; hosts in ASCII. */
const ADDRESS = String.raw`^[ \t\n\r]*(?:[hH][tT][tT][pP][sS]://(?:${name}|${ipv4}|\[(?:${ipv6})\])|[hH][tT][tT][pP]://(?:${privateName}|${privateIpv4}|\[${privateIpv6}\]))${port}${path}[ \t\n\r]*$`;
const isAddress = new RegExp(ADDRESS);

/** Where a panel is; it is stored without what `panelAddress` takes off. */
export const BaseUrl = z
  .string()
  .max(500)
  .transform((text, context) => {
    const address = panelAddress(text);
    const wrong = address.ok
      ? !isAddress.test(text) && 'is an address in ASCII; write a host of another script as xn--…'
      : address.because;
    if (address.ok && !wrong) return address.baseUrl;
    context.addIssue({ code: 'custom', message: String(wrong) });
    return z.NEVER;
  })
  .meta({ example: 'https://panel.example:9000', pattern: ADDRESS });
