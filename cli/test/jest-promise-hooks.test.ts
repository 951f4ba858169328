import { expect, it } from '@jest/globals';
import sdk from '@temporalio/worker/lib/workflow/vm-shared.js';
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';

it('a file of tests after one with workflows may stream', async () => {
  (sdk as unknown as { globalHandlers: { install(): void } }).globalHandlers.install();
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()));
  const stream = await encrypter.encrypt(new Blob(['as little as this']).stream());
  expect((await new Response(stream).arrayBuffer()).byteLength).toBeGreaterThan(100);
});
