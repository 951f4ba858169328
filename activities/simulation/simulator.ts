import { serve, type HttpBindings, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { createFaults, type ErrorBody, type Fault } from './faults.ts';
import { openStore } from './store.ts';

export interface SimulatorConfig {
  /** The vendor's name, for logs and pages. */
  name: string;
  errorBody: ErrorBody;
  /** Journal of everything it remembers; memory only without it. */
  stateFile?: string | undefined;
}

/** What a vendor does by itself when its time has come. */
export interface Upcoming {
  /** When it is due the next time, if ever. */
  next(): Date | undefined;
  /** Does all that is due. */
  tick(): void;
}

/**
 * The bones of a vendor simulator: an app, a memory that survives a kill, a clock that tests may move,
 * faults, the calls it has seen, and a control surface under `/_sim/`. Never reachable in production.
 */
export function createSimulator({ name, errorBody, stateFile }: SimulatorConfig) {
  const store = openStore(stateFile);
  let offsetMs = 0;
  const upcoming: Upcoming[] = [];
  const clock = {
    /** The vendor's own idea of now. */
    now: () => new Date(Date.now() + offsetMs),
    /** Whoever moves the clock meets at once what that brings. */
    advance(ms: number) {
      offsetMs += ms;
      clock.tick();
    },
    /** Never back. */
    moveTo: (at: Date) => clock.advance(Math.max(0, at.getTime() - clock.now().getTime())),
    /** When something happens by itself the next time, if ever. */
    next: () => upcoming.flatMap((each) => each.next() ?? []).sort((a, b) => a.getTime() - b.getTime())[0],
    tick: () => upcoming.forEach((each) => each.tick()),
    onTime: (...what: Upcoming[]) => void upcoming.push(...what),
  };
  const faults = createFaults(errorBody, clock.now);
  const shownClock = () => ({ now: clock.now().toISOString(), next: clock.next()?.toISOString() ?? null });
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use('*', faults.middleware);
  app.get('/_sim/faults', (c) => c.json(faults.planned()));
  app.post('/_sim/faults', async (c) => {
    const body = (await c.req.json()) as Fault | Fault[];
    for (const fault of [body].flat()) faults.plan(fault);
    return c.json(faults.planned(), 201);
  });
  app.delete('/_sim/faults', (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  app.get('/_sim/calls', (c) => c.json(faults.calls()));
  app.delete('/_sim/calls', (c) => {
    faults.forgetCalls();
    return c.body(null, 204);
  });
  app.get('/_sim/clock', (c) => c.json(shownClock()));
  app.post('/_sim/clock', async (c) => {
    const { advanceMs = 0, to } = (await c.req.json()) as { advanceMs?: number; to?: string };
    clock.advance(advanceMs);
    if (to) clock.moveTo(new Date(to));
    return c.json(shownClock());
  });
  app.delete('/_sim/state', (c) => {
    store.clear();
    return c.body(null, 204);
  });
  app.get('/_sim/health', (c) => c.json({ name, status: 'ok' }));
  return { name, app, faults, clock, collection: store.collection, clear: store.clear };
}
export type Simulator = ReturnType<typeof createSimulator>;

/** For whoever opens the simulator's address: what it is, and what it can be asked and told beside the vendor's own. */
export function frontPage({ name, app }: Pick<Simulator, 'name' | 'app'>, about: string): void {
  app.get('/', (c) => {
    const controls = app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/_sim/'))
      .map(({ method, path }) => `  ${method.padEnd(6)} ${path}`);
    return c.text([`${name}, simulated. ${about}`, '', 'Controls:', ...new Set(controls), ''].join('\n'));
  });
}

export interface RunningSimulator {
  url: string;
  port: number;
  close(): Promise<void>;
}

/** Listens on loopback; port 0 takes a free one. */
export function listen(
  app: Hono<{ Bindings: HttpBindings }>,
  port = 0,
  hostname = '127.0.0.1',
): Promise<RunningSimulator> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve({ fetch: app.fetch, port, hostname }, (info) => {
      resolve({
        url: `http://${hostname}:${info.port}`,
        port: info.port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
    server.once('error', reject);
  });
}
