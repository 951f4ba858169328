/** A mail as the simulated mail server keeps it. */
export interface CaughtMail {
  id: string;
  at: string;
  /** Without angle brackets; empty when the mail has none. */
  messageId: string;
  from: string;
  /** The recipients of the envelope: who would really get it. */
  to: string[];
  subject: string;
  text: string;
  html: string;
  /** By lower-case name, the last one of each. */
  headers: Record<string, string>;
}
