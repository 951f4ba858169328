const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export interface Origins {
  /** Host headers we answer to. */
  hosts: ReadonlySet<string>;
  /** Origins whose pages are ours. */
  origins: ReadonlySet<string>;
  /** True when browsers reach us by plain HTTP on this very machine: the sandbox. */
  plainLoopback: boolean;
}

/** All from configuration, nothing from the request. A loopback name stands for all of them: they are one machine. */
export function originsOf(publicUrl: string): Origins {
  const { protocol, hostname, port, host, origin } = new URL(publicUrl);
  if (!LOOPBACK.includes(hostname)) return { hosts: new Set([host]), origins: new Set([origin]), plainLoopback: false };
  const hosts = LOOPBACK.map((name) => (port ? `${name}:${port}` : name));
  return {
    hosts: new Set(hosts),
    origins: new Set(hosts.map((one) => `${protocol}//${one}`)),
    plainLoopback: protocol === 'http:',
  };
}
