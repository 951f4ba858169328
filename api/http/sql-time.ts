/** Instants of raw SQL come as PostgreSQL's text, "2026-03-02 10:00:00+00". */
export const isoOf = (instant: string): string => new Date(instant).toISOString();
export const isoOrNull = (instant: string | null): string | null => (instant ? isoOf(instant) : null);
