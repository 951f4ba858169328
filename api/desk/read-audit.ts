import type { z } from '@hono/zod-openapi';
import type { Em } from '#db/orm.ts';
import type { AuditList, AuditVerdict, AuditView, FindAudit } from '../contracts/incidents.ts';
import { likeText, pageOf, pageQuery } from '../http/page.ts';
import { isoOf } from '../http/sql-time.ts';

type AuditRow = Omit<z.infer<typeof AuditView>, 'seq'> & { seq: string | null };

/** Newest first; ids are time-ordered. */
export async function findAudit(em: Em, find: z.infer<typeof FindAudit>): Promise<z.infer<typeof AuditList>> {
  const { action, limit, after } = find;
  const prefix = action?.endsWith('.') ? `${likeText(action)}%` : undefined;
  const [sql, values] = pageQuery(
    `select a.id, a.at, a.actor_type, a.actor_id, a.on_behalf_of, a.action, a.object_type, a.object_id, a.customer_id, a.reason,
       a.before, a.after, a.request_id, a.network, a.result, k.seq
     from audit_entry a left join audit_chain k on k.entry_id = a.id`,
    [
      !!prefix && ['a.action like ?', prefix],
      !!action && !prefix && ['a.action = ?', action],
      !!find.object_type && ['a.object_type = ?', find.object_type],
      !!find.object_id && ['a.object_id = ?', find.object_id],
      !!find.actor_id && ['a.actor_id = ?', find.actor_id],
      !!find.customer_id && ['a.customer_id = ?', find.customer_id],
      !!find.since && ['a.at >= ?', new Date(find.since)],
      !!find.until && ['a.at < ?', new Date(find.until)],
      !!after && ['a.id < ?', after],
    ],
    'a.id desc',
    limit,
  );
  const { page, next } = pageOf(await em.execute<AuditRow[]>(sql, values), limit);
  return {
    entries: page.map((row) => ({ ...row, at: isoOf(row.at), seq: row.seq === null ? null : Number(row.seq) })),
    next,
  };
}

export async function verifyAudit(em: Em): Promise<z.infer<typeof AuditVerdict>> {
  const found = await em.execute<{ seq: string | null; problem: string }[]>(`select seq, problem from audit_verify()`);
  const [counts] = await em.execute<{ entries: number; waiting: number }[]>(
    `select (select count(*)::int from audit_chain) as entries, (select count(*)::int from audit_waiting) as waiting`,
  );
  const problems = found.map(({ seq, problem }) => ({ seq: seq === null ? null : Number(seq), problem }));
  return { intact: problems.length === 0, problems, ...counts! };
}
