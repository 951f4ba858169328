/**
 * Waits until all are done, whatever becomes of any.
 * @throws what the first threw that failed, once none runs any more
 */
export async function allOrFirstError<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
