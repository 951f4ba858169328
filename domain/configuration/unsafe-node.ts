/** How Node was started. */
export interface NodeStart {
  /** What Node itself was given, NODE_OPTIONS among it. */
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

/** Options that let anybody in, or out what TLS hides; by the beginning of their names. */
const OPTIONS: readonly [beginning: string, refusal: string][] = [
  ['--inspect', 'A debugger may attach: start without --inspect.'],
  [
    '--insecure-http-parser',
    'Node reads requests that are none (--insecure-http-parser), which a proxy may understand otherwise: leave it out.',
  ],
  ['--tls-keylog', 'The keys of all TLS connections go into a file (--tls-keylog): leave it out.'],
  ['--tls-min-v1.0', 'TLS 1.0 is spoken (--tls-min-v1.0): leave it out; 1.2 is the least.'],
  ['--tls-min-v1.1', 'TLS 1.1 is spoken (--tls-min-v1.1): leave it out; 1.2 is the least.'],
];

/** Why Node was not started safely for production (security.md AUTH-15, SECR-07): one sentence each, never a value. */
export function unsafeNode({ args, env }: NodeStart): string[] {
  const given = args.flatMap(optionsIn);
  return [
    ...OPTIONS.flatMap(([beginning, refusal]) => (given.some((each) => each.startsWith(beginning)) ? [refusal] : [])),
    ...(env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
      ? [
          'NODE_TLS_REJECT_UNAUTHORIZED is 0, so any certificate is taken: leave it out, and name your own authority in NODE_EXTRA_CA_CERTS.',
        ]
      : []),
    ...(env['SSLKEYLOGFILE'] ? ['SSLKEYLOGFILE is set, where libraries leave the keys of TLS: leave it out.'] : []),
    ...(env['NODE_DEBUG']
      ? ['NODE_DEBUG is set, which prints headers with what is secret in them: leave it out.']
      : []),
  ];
}

/** NODE_OPTIONS is one text with quotes; in a name Node takes `_` for `-`. */
const optionsIn = (text: string): string[] =>
  text
    .split(/\s+/)
    .map((each) => each.replaceAll('"', ''))
    .filter((each) => each.startsWith('-'))
    .map((each) => each.split('=')[0]!.replaceAll('_', '-'));
