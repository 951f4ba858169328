import { NAMESPACE, SEARCH_ATTRIBUTES } from './search-attributes.ts';

export interface DevServer {
  port: number;
  /** Temporal's HTTP API; the launcher asks there whether the server is up. */
  httpPort: number;
  /** No user interface without it. */
  uiPort?: number;
  /** SQLite file; memory only without it. */
  file?: string;
  namespace?: string;
  /** Lets executions skip time (temporal.md 7.5). For the sandbox and the tests; never where real customers are. */
  virtualTime: boolean;
  /** Settings that the arguments, which everybody on the machine can read, must not say: `devServerSettings`. */
  settingsFile?: string;
}

const LOOPBACK = '127.0.0.1';

/** Write-ahead logging doubles the speed of a server with a file (temporal.md 9.3). */
const SQLITE = ['journal_mode=WAL', 'synchronous=1'];

const ALWAYS = {
  // Fair sharing of a task queue between customers (temporal.md 4.5).
  'matching.enableFairness': 'true',
  // The development server reads the search attributes from its file again at every use, for those who add some while
  // it runs; ours are there before it starts.
  'system.forceSearchAttributesCacheRefreshOnRead': 'false',
};

const VIRTUAL_TIME = {
  'frontend.WorkflowTimeSkippingEnabled': 'true',
  // By default each skip waits about a second.
  'history.timerProcessorMaxTimeShift': '"1ms"',
  'frontend.WorkflowTimeSkippingMaxSkipPerSession': '100000',
  // Twenty unless told: a timer that is due after a skip would wait up to a tenth of a second until it is seen.
  'history.timerProcessorMaxPollRPS': '1000',
  'history.transferProcessorMaxPollRPS': '1000',
  // By default a run that continues as new sooner than this starts with a back-off, which a fast-forward jumps over.
  'history.workflowIdReuseMinimalInterval': '"0s"',
};

const SETTINGS = 'hostwright';

/**
 * What the settings file says; whoever writes it keeps it from others.
 * @param codecEndpoint  where the UI has payloads decoded, its token included
 */
export const devServerSettings = ({ codecEndpoint }: { codecEndpoint: string }): string =>
  `${JSON.stringify({ env: { [SETTINGS]: { 'ui-codec-endpoint': codecEndpoint } } })}\n`;

/** The arguments of `temporal server start-dev`: loopback only, our namespace and search attributes. */
export function devServerArguments(server: DevServer): string[] {
  const { port, httpPort, uiPort, file, settingsFile, namespace = NAMESPACE } = server;
  const flags: [name: string, value: string | number][] = [
    ['--log-level', 'warn'],
    ['--ip', LOOPBACK],
    ['--port', port],
    ['--http-port', httpPort],
    ['--namespace', namespace],
  ];
  if (uiPort) flags.push(['--ui-ip', LOOPBACK], ['--ui-port', uiPort]);
  if (settingsFile) flags.push(['--env', SETTINGS], ['--env-file', settingsFile]);
  if (file)
    flags.push(['--db-filename', file], ...SQLITE.map((pragma) => ['--sqlite-pragma', pragma] as [string, string]));
  const settings = { ...ALWAYS, ...(server.virtualTime ? VIRTUAL_TIME : {}) };
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) flags.push(['--search-attribute', `${name}=${type}`]);
  for (const [name, value] of Object.entries(settings)) flags.push(['--dynamic-config-value', `${name}=${value}`]);
  const switches = uiPort ? ['--ui-disable-news-fetch'] : ['--headless'];
  return ['server', 'start-dev', ...switches, ...flags.flat().map(String)];
}

/** Whether the server is up and has our namespace. */
export async function devServerAnswers({ httpPort, namespace = NAMESPACE }: DevServer): Promise<boolean> {
  const answer = await fetch(`http://${LOOPBACK}:${httpPort}/api/v1/namespaces/${namespace}`, {
    signal: AbortSignal.timeout(2_000),
  });
  await answer.body?.cancel();
  return answer.ok;
}
