/** Where a step ran, for the incident it may end in. */
export interface Where {
  nodeId?: string | undefined;
  gateway?: string | undefined;
  /** The vendor. */
  adapter?: string | undefined;
}

/** Says of whatever is thrown inside where it happened; the worker passes it on with the failure. */
export async function at<T>(where: Where, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw placed(where, error);
  }
}

/** The same of what answers at once. */
export function within<T>(where: Where, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw placed(where, error);
  }
}

/** The innermost place is the one that counts. */
function placed(where: Where, error: unknown): unknown {
  if (error instanceof Error && !('where' in error)) Object.assign(error, { where });
  return error;
}

/** The same at a gateway, whose name is the vendor's. */
export const atGateway = <T>(name: string, run: () => Promise<T>): Promise<T> =>
  at({ gateway: name, adapter: name }, run);
