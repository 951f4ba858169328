/**
 * Keeps what was loaded for a few seconds, and loads each thing once however many ask for it at that time.
 * Things that exist and things that do not are kept apart: made-up names push out only each other.
 */
export interface RecentOptions<Value> {
  load(name: string): Promise<Value | null>;
  keepMs: number;
  /** Things remembered of each kind. */
  most: number;
  nowMs(): number;
}

interface Kept<Value> {
  value: Value;
  loadedAt: number;
}

export function createRecent<Value>({ load, keepMs, most, nowMs }: RecentOptions<Value>) {
  const known = new Map<string, Kept<Value>>();
  const unknown = new Map<string, number>();
  const loading = new Map<string, Promise<Value | null>>();

  const keep = (name: string, value: Value | null, loadedAt: number) => {
    known.delete(name);
    unknown.delete(name);
    if (value === null) unknown.set(name, loadedAt);
    else known.set(name, { value, loadedAt });
    for (const map of [known, unknown] as Map<string, unknown>[]) {
      if (map.size > most) map.delete(map.keys().next().value as string);
    }
  };

  const reload = (name: string): Promise<Value | null> => {
    const running = loading.get(name);
    if (running) return running;
    // What we know is as old as the moment we asked, not the moment we heard.
    const askedAt = nowMs();
    const started = load(name)
      .then((value) => {
        keep(name, value, askedAt);
        return value;
      })
      .finally(() => loading.delete(name));
    loading.set(name, started);
    return started;
  };

  return {
    /** The thing, at once if it is fresh. */
    get(name: string): Value | null | Promise<Value | null> {
      const kept = known.get(name);
      if (kept && nowMs() - kept.loadedAt < keepMs) return kept.value;
      const missedAt = unknown.get(name);
      if (missedAt !== undefined && nowMs() - missedAt < keepMs) return null;
      return reload(name);
    },
    /** Whether it existed when last looked for, however long ago. */
    wasKnown: (name: string): boolean => known.has(name),
    sizes: () => ({ known: known.size, unknown: unknown.size }),
  };
}
export type Recent<Value> = ReturnType<typeof createRecent<Value>>;
