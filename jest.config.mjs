/** One configuration for every server-side test; `cli/test` picks files by room. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/cli/test/jest-setup.mjs',
  globalTeardown: '<rootDir>/cli/test/jest-teardown.mjs',
  setupFiles: ['<rootDir>/cli/test/jest-promise-hooks.mjs'],
  setupFilesAfterEnv: ['<rootDir>/cli/test/jest-output.mjs'],
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/{domain,db,workflows,activities,api,worker,cli,ui,e2e,bench,temporal-config}/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/.data', '<rootDir>/ui/dist'],
  testTimeout: 180_000,
  maxWorkers: 2,
  reporters: [['<rootDir>/cli/test/reporter.ts', { reportFile: process.env.HOSTWRIGHT_TEST_REPORT }]],
  workerIdleMemoryLimit: '1GB',
};
