import { newId } from '#domain/ids.ts';
import { issuePanelCredential } from '#db/secrets/panel-credentials.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { hostwright } from '../harness/command.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandLine } from '../harness/command-line.ts';

const line = commandLine('diagnose');
const { run, sold } = line;

describe('hostwright diagnose', () => {
  let key: string;
  let licenseId: string;

  beforeAll(async () => {
    const { order_id: orderId } = await sold();
    const { body } = await line.staff.call<{ license: { id: string } }>('GET', `/orders/${orderId}`);
    licenseId = body.license.id;
    key = (await line.staff.call<{ key: string }>('POST', `/licenses/${licenseId}/reveal`)).body.key;
    const { body: nodes } = await line.staff.call<{ nodes: { id: string }[] }>('GET', '/nodes');
    expect((await line.staff.call('POST', `/nodes/${nodes.nodes[0]!.id}/panel-credentials`, {})).status).toBe(201);
  }, 60_000);

  interface Told {
    valid: boolean;
    checks: { check: string; passed: boolean | null; next: string | null }[];
    answers: { error: string | null }[];
  }
  const diagnose = async (...args: string[]) => {
    const { exit, json } = await run('diagnose', ...args, '--json');
    const told = json<Told>();
    return { exit, told, failed: told.checks.filter(({ passed }) => passed === false).map(({ check }) => check) };
  };

  it('good: 0, each check in order', async () => {
    const { exit, told, failed } = await diagnose(key);
    expect({ exit, failed, valid: told.valid }).toEqual({ exit: 0, failed: [], valid: true });
    expect([...new Set(told.checks.map(({ check }) => check))]).toEqual([
      'form',
      'credential',
      'limits',
      'license',
      'status',
      'expiry',
      'quota',
      'service',
      'subscription',
      'node',
    ]);
  });

  it('reads for people, without the key, and takes the key from stdin', async () => {
    const { exit, out } = await hostwright(line.env, ['diagnose', '-', '--feature', 'create_database'], `${key}\n`);
    expect(exit).toBe(0);
    expect(out).toContain('A panel that asks for create_database is told yes (VALID).');
    expect(out).not.toContain(key);
  });

  it('over quota: 1, at the feature', async () => {
    await line.product.db.sql(
      `update license_quota set gauge = 5 where license_id = $1 and feature = 'create_database'`,
      [licenseId],
    );
    expect(await diagnose(key)).toMatchObject({ exit: 1, failed: ['quota'] });
    expect(await diagnose(key, '--feature', 'create_email')).toMatchObject({ exit: 0, failed: [] });
  });

  it('suspended: 1, at the status, with what to do', async () => {
    await line.product.db.sql(`update license set status = 'suspended' where id = $1`, [licenseId]);
    const { exit, failed, told } = await diagnose(key);
    expect({ exit, failed }).toEqual({ exit: 1, failed: ['status', 'service'] });
    expect(told.answers[0]!.error).toBe('License is suspended');
    await line.product.db.sql(`update license set status = 'active' where id = $1`, [licenseId]);
  });

  it('of another node: 1, and unknown: 1', async () => {
    const id = newId();
    await line.product.db.sql(
      `insert into node (id, name, panel, base_url, credentials, credentials_changed_at, capabilities, capacity, slots_taken,
         draining, health, failed_checks, good_checks, created_at)
       select $1, 'fra-1', panel, base_url, credentials, now(), capabilities, 0, 0, false, health, 0, 2, now() from node limit 1`,
      [id],
    );
    const { keyId, sealed } = issuePanelCredential(createSealer([{ id: 'test', key: Buffer.alloc(32, 1) }]), newId());
    await line.product.db.sql(
      `insert into panel_credential (id, key_id, node_id, secret, scopes, allowed_networks, created_at)
       values ($1, $2, $3, $4, '{license:validate}', '{}', now())`,
      [newId(), keyId, id, sealed],
    );
    expect(await diagnose(key, '--node', 'fra-1')).toMatchObject({ exit: 1, failed: ['license'] });
    expect(await diagnose('NP-ABCD-EFGH-JKMN-PQRS')).toMatchObject({ exit: 1, failed: ['license'] });
    expect((await run('diagnose', key, '--node', 'nowhere')).exit).toBe(2);
  });
});
