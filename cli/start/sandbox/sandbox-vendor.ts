import { randomBytes } from 'node:crypto';

/** What `npm start` brings along instead of one real vendor: the simulator's process, and what others are told of it. */
export interface SandboxVendor<Secret extends string = string> {
  /** The variable that says where the person's own is; it switches the simulator off. */
  switch: string;
  /** For `docs/configuration.md`: what belongs to that variable. */
  own: string;
  /** What its process reads, beside what every simulator reads. */
  reads: readonly string[];
  /** How its secrets are made, shaped as the vendor shapes them. */
  secrets: Record<Secret, () => string>;
  /** Who signs in to its pages, and the variable of the password; absent where nobody has to. */
  signIn?: { username: string; password: string };
  /** What a variable is unless it is set from outside: also where the vendor is the person's own. */
  unlessSet: Record<string, SandboxValue<Secret>>;
  /** The same, as long as the vendor is simulated: a real vendor's values come from outside. */
  simulated: Record<string, SandboxValue<Secret>>;
}

export type SandboxValue<Secret extends string> = (facts: {
  secrets: Record<Secret, string>;
  /** The port of its own name, and others that it has. */
  ports: Record<string, number>;
  /** What the simulator said of itself under `/_sim/trust`, once it runs. */
  trust: string | undefined;
}) => string | undefined;

export const hex = (bytes: number) => () => randomBytes(bytes).toString('hex');
export const prefixed = (prefix: string, bytes: number) => () => `${prefix}${randomBytes(bytes).toString('hex')}`;
export const address = (port: number | undefined): string => `http://127.0.0.1:${port}`;
