/**
 * Runs in every file of tests before its tests. The Temporal SDK watches all promises of the process it runs workflows in, for
 * good; in production that is a thread of its own, here the process goes on with other files. Its watch asks each promise for its
 * constructor, which those inside Node's own streams do not have: of these it is told nothing.
 */
import v8 from 'node:v8';

const GUARDED = Symbol.for('hostwright.promiseHooks');
const hooks = v8.promiseHooks;

if (!hooks[GUARDED]) {
  const { createHook } = hooks;
  hooks.createHook = (watch) =>
    createHook(
      Object.fromEntries(
        Object.entries(watch).map(([event, tell]) => [
          event,
          (promise, parent) => void (promise.constructor && tell(promise, parent)),
        ]),
      ),
    );
  hooks[GUARDED] = true;
}
