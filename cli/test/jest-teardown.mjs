/** Runs once after all tests. */
export default async function teardown() {
  await globalThis.hostwrightTestServices?.stop();
}
