/** A run that ended otherwise than by finishing its work. */
export interface BrokenOff {
  workflowId: string;
  runId: string;
  /** `terminated`, `canceled`, `failed`, `timed out` */
  how: string;
}

/** What Temporal says of our workflows. Lists may be some seconds behind; `brokenOff` is not. */
export interface Executions {
  /** Ids of the workflows of a type that run. */
  running(type: string): Promise<ReadonlySet<string>>;
  /** Ids of the workflows of these types that were broken off, as long as Temporal remembers them. */
  listBrokenOff(types: readonly string[]): Promise<string[]>;
  /** @returns how its last run ended, `lost` where there is none; null while it runs, and where it finished its work */
  brokenOff(workflowId: string): Promise<BrokenOff | null>;
}
