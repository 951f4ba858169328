/**
 * Runs in every file of tests before its tests: what libraries write straight to the terminal goes to the console, where
 * the reporter finds it beside the file's result.
 */
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, done) => {
    console.log(String(chunk).trimEnd());
    (typeof encoding === 'function' ? encoding : done)?.();
    return true;
  };
}
