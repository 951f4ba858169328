/** The product's sequencer in a process of its own, as it runs in a worker. */
import { createServer } from 'node:http';
import { openOrm } from '#db/orm.ts';
import { startAuditSequencer } from '#worker/audit-sequencer.ts';
import { createLog } from '#worker/log.ts';

const orm = await openOrm(process.env.DATABASE_WORKER_URL!, 2);
const sequencer = startAuditSequencer(orm, createLog('info'));
createServer((_request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  void sequencer
    .stop()
    .then(() => orm.close(true))
    .then(() => process.exit(0));
});
