/**
 * Runs in every file of tests before its tests: what libraries write straight to the terminal goes to the console, where
 * the reporter finds it beside the file's result.
 */
import { afterAll } from '@jest/globals';

const OWN = Symbol.for('hostwright.write');

for (const stream of [process.stdout, process.stderr]) {
  // The stream outlives the file, so what a file before has put there is replaced.
  stream[OWN] ??= stream.write.bind(stream);
  let isWriting = false;
  stream.write = (chunk, encoding, done) => {
    // Where one file runs alone, its console writes to the terminal itself.
    if (isWriting) return stream[OWN](chunk, encoding, done);
    isWriting = true;
    try {
      console.log(String(chunk).trimEnd());
    } finally {
      isWriting = false;
    }
    (typeof encoding === 'function' ? encoding : done)?.();
    return true;
  };
}

// Few files run in the process of the reporter, which writes there as well.
afterAll(() => {
  for (const stream of [process.stdout, process.stderr]) stream.write = stream[OWN];
});
