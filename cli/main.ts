import { Command } from 'commander';
import { explain, Problem } from './problem.ts';
import { DATA, VERSION } from './root.ts';

const program = new Command('hostwright')
  .description('Hosting automation in which every lifecycle is a durable workflow.')
  .version(VERSION)
  .showHelpAfterError('(hostwright --help lists the commands)');

program
  .command('start')
  .description('set up what is missing and run everything on this machine')
  .option('--fresh', 'empty .data first: database, server state, secrets, logs')
  .option('--yes', 'do not ask before that')
  .action(async (options: { fresh?: boolean; yes?: boolean }) => {
    const { start } = await import('./start/start.ts');
    // At once: a download that was broken off must not hold us.
    process.exit(await start({ data: DATA, env: process.env, ...options }));
  });

program
  .command('test')
  .description('check and test everything, or the rooms and files that are named')
  .argument('[parts...]', 'a room such as domain, a folder, or a file')
  .option('-t, --named <pattern>', 'only tests whose names match')
  .option('--full', 'run whole what is otherwise sampled, because it is long')
  .action(async (parts: string[], options: { named?: string; full?: boolean }) => {
    const { test } = await import('./test/test.ts');
    process.exitCode = await test(parts, options);
  });

program
  .command('bench')
  .description('measure everything, or what is named, beside its baseline')
  .argument('[ids...]', 'such as order-rate; bench/README.md has them all')
  .action(async (ids: string[]) => {
    const { run } = await import('#bench/main.ts');
    await run(ids);
  });

program
  .command('migrate')
  .description('bring the database to this version (DATABASE_OWNER_URL)')
  .option('--catalog', 'and put the three web-hosting plans into an empty catalog')
  .action(async ({ catalog = false }: { catalog?: boolean }) => {
    const { fillCatalog, migrateAsConfigured } = await import('./migrate.ts');
    const ran = await migrateAsConfigured(process.env);
    console.log(ran.length > 0 ? `${ran.length} migrations ran: ${ran.join(', ')}` : 'nothing to migrate');
    if (catalog && (await fillCatalog(process.env))) console.log('the catalog was empty and has three plans now');
  });

program
  .command('bundle')
  .description('bundle the workflows into one file for the workers (WORKFLOW_BUNDLE)')
  .argument('<file>')
  .action(async (file: string) => {
    const { bundleWorkflows } = await import('./bundle.ts');
    console.log((await bundleWorkflows(file)) ? `bundled into ${file}` : 'nothing has changed');
  });

program
  .command('namespace')
  .description('register the namespace and its search attributes (TEMPORAL_ADDRESS)')
  .action(async () => {
    const { ensureNamespace } = await import('#temporal-config/namespace.ts');
    for (const line of await ensureNamespace(process.env)) console.log(line);
  });

program
  .command('compose-env')
  .description('print a new .env for docker-compose.yml, with fresh secrets')
  .action(async () => {
    const { composeEnvironment } = await import('./compose-env.ts');
    process.stdout.write(composeEnvironment());
  });

// The commands for people load more, which those that start everything need not wait for.
if (!['start', 'test', 'bench'].includes(process.argv[2] ?? '')) {
  const { registerCommands } = await import('./commands/index.ts');
  registerCommands(program);
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = error instanceof Problem ? 1 : 70;
}
