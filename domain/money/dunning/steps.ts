import type { NoticeKind } from './case.ts';

/**
 * What comes next for an invoice that is owed, from its issue to the end of its service. Workflows walk these steps and pages
 * show them: there is no other place that knows the dates. Source: automation-defaults, sections 1 to 5 and 8.
 */
export type CollectionStep = { at: Date; because: string } & (
  | { do: 'charge'; step: number }
  | { do: 'notice'; kind: NoticeKind; ordinal: number }
  | { do: 'suspend' }
  | { do: 'terminate' }
  /** Nothing can go on before a person decides. */
  | { do: 'ask_staff'; about: 'final_notice_failed' }
);
