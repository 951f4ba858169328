export interface PidLock {
  release(): void;
}
export function takeLock(file: string): PidLock | { heldBy: number };
export function waitForLock(file: string, onWait?: (heldBy: number) => void): Promise<PidLock>;
