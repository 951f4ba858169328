import { Migration } from '@mikro-orm/migrations';

/**
 * An audit entry's personal fields can be erased without breaking the chain: what is hashed of an entry is no longer
 * these four, but a digest of them under a random key of that entry. Erasing takes fields and key away; the digest
 * stays, and without the key it says nothing about what they were, however few guesses there are.
 *
 * Entries written before are hashed whole, as they were. They stay verifiable and cannot be erased.
 */
export class Audit0007 extends Migration {
  override up(): void {
    this.addSql(`
alter table audit_entry
  add personal_key bytea check (length(personal_key) = 32),
  add personal_digest bytea check (length(personal_digest) = 32),
  -- The entry that says by whom and why its personal fields were erased.
  add erased_by uuid references audit_entry,
  add constraint audit_entry_erased_once check (erased_by is null or (personal_key is null and personal_digest is not null));
create index on audit_entry (customer_id) where customer_id is not null;

-- What may be about a person: free words, fields of rows, an address. All else of an entry is ids and words of ours.
create function audit_personal(entry audit_entry) returns bytea language sql stable as $$
  select convert_to(coalesce(jsonb_object_agg(key, value), '{}')::text, 'UTF8') from jsonb_each(to_jsonb(entry))
   where key in ('reason', 'before', 'after', 'network') and value <> 'null'
$$;

-- Whoever writes cannot choose the key, leave it out, or write an entry as erased.
create function audit_seal() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  new.personal_key := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  new.personal_digest := sha256(new.personal_key || audit_personal(new));
  new.erased_by := null;
  return new;
end $$;
create trigger audit_entry_seals before insert on audit_entry for each row execute function audit_seal();

-- The one change there is: all personal fields and their key at once, and which entry says so.
create function audit_erases_only() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  erased jsonb := '{"reason": null, "before": null, "after": null, "network": null, "personal_key": null}';
begin
  if old.erased_by is null and new.erased_by is not null
    and to_jsonb(new) = to_jsonb(old) || erased || jsonb_build_object('erased_by', new.erased_by)
  then
    return new;
  end if;
  raise exception 'audit_entry is append-only' using errcode = 'insufficient_privilege';
end $$;
drop trigger audit_entry_append_only on audit_entry;
create trigger audit_entry_append_only before delete or truncate on audit_entry
  for each statement execute function refuse_change();
create trigger audit_entry_erases_only before update on audit_entry
  for each row execute function audit_erases_only();

-- The text that is hashed. Columns that are null are left out, so that one added later leaves older hashes alone;
-- a null inside before or after stays, as it says something.
create or replace function audit_canonical(entry audit_entry) returns bytea language sql stable set timezone = 'UTC' as $$
  select convert_to(jsonb_object_agg(key, value)::text, 'UTF8') from jsonb_each(to_jsonb(entry))
   where value <> 'null' and (entry.personal_digest is null
     or key not in ('reason', 'before', 'after', 'network', 'personal_key', 'erased_by'))
$$;

-- The first break of the chain, or nothing. A cut tail shows only against a head kept elsewhere; see db/audit/chain.ts.
create or replace function audit_verify() returns table (seq bigint, problem text)
  language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  expected bytea := sha256('hostwright audit'::bytea);
  at_seq bigint := 0;
  link record;
begin
  for link in select c.seq as n, c.hash as h, e as entry, e.id as entry_id from audit_chain c left join audit_entry e on e.id = c.entry_id order by c.seq loop
    at_seq := at_seq + 1;
    if link.n <> at_seq then
      return query select at_seq, 'number ' || at_seq || ' is missing'; return;
    end if;
    if link.entry_id is null then
      return query select at_seq, 'the entry is gone'; return;
    end if;
    expected := sha256(expected || audit_canonical(link.entry));
    if expected <> link.h then
      return query select at_seq, 'the entry or one before it was changed'; return;
    end if;
    if (link.entry).erased_by is not null then
      if audit_personal(link.entry) <> '{}' or (link.entry).personal_key is not null then
        return query select at_seq, 'the entry has personal fields that are none of its own'; return;
      end if;
      if not exists (
        select from audit_entry by left join audit_chain k on k.entry_id = by.id
         where by.id = (link.entry).erased_by and by.action = 'audit.erased' and by.object_type = 'customer'
           and by.object_id = (link.entry).customer_id::text and (k.seq is null or k.seq > at_seq)) then
        return query select at_seq, 'its personal fields are gone, and no entry says that they were erased'; return;
      end if;
    elsif (link.entry).personal_digest is distinct from sha256((link.entry).personal_key || audit_personal(link.entry)) then
      return query select at_seq, 'the personal fields of the entry were changed'; return;
    end if;
  end loop;
  return query
    (select null::bigint, 'entry ' || e.id || ' was written around the chain' from audit_entry e
      where not exists (select from audit_chain c where c.entry_id = e.id)
        and not exists (select from audit_waiting w where w.entry_id = e.id)
      order by e.id limit 1)
    union all
    (select null, 'entry ' || w.entry_id || ' went away before it was numbered' from audit_waiting w
      where not exists (select from audit_entry e where e.id = w.entry_id)
      order by w.entry_id limit 1)
    limit 1;
end $$;`);
  }

  override down(): void {
    this.addSql(`
drop trigger audit_entry_erases_only on audit_entry;
drop trigger audit_entry_append_only on audit_entry;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
  for each statement execute function refuse_change();
drop trigger audit_entry_seals on audit_entry;
drop function audit_seal, audit_erases_only, audit_personal;
alter table audit_entry drop personal_key, drop personal_digest, drop erased_by;
drop index audit_entry_customer_id_idx;

create or replace function audit_canonical(entry audit_entry) returns bytea language sql stable set timezone = 'UTC' as $$
  select convert_to(jsonb_object_agg(key, value)::text, 'UTF8') from jsonb_each(to_jsonb(entry)) where value <> 'null'
$$;

create or replace function audit_verify() returns table (seq bigint, problem text)
  language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  expected bytea := sha256('hostwright audit'::bytea);
  at_seq bigint := 0;
  link record;
begin
  for link in select c.seq as n, c.hash as h, e as entry, e.id as entry_id from audit_chain c left join audit_entry e on e.id = c.entry_id order by c.seq loop
    at_seq := at_seq + 1;
    if link.n <> at_seq then
      return query select at_seq, 'number ' || at_seq || ' is missing'; return;
    end if;
    if link.entry_id is null then
      return query select at_seq, 'the entry is gone'; return;
    end if;
    expected := sha256(expected || audit_canonical(link.entry));
    if expected <> link.h then
      return query select at_seq, 'the entry or one before it was changed'; return;
    end if;
  end loop;
  return query
    (select null::bigint, 'entry ' || e.id || ' was written around the chain' from audit_entry e
      where not exists (select from audit_chain c where c.entry_id = e.id)
        and not exists (select from audit_waiting w where w.entry_id = e.id)
      order by e.id limit 1)
    union all
    (select null, 'entry ' || w.entry_id || ' went away before it was numbered' from audit_waiting w
      where not exists (select from audit_entry e where e.id = w.entry_id)
      order by w.entry_id limit 1)
    limit 1;
end $$;`);
  }
}
