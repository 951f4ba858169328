import {
  ApplicationFailure,
  DefaultFailureConverter,
  type PayloadConverter,
  type ProtoFailure,
} from '@temporalio/common';

/** What a person who decided wrongly is told: our own sentence, which must be readable where it was pasted. */
const READABLE = 'DecisionRefused';

/** Writes failures that hold nothing of ours to hide. */
const inWords = new DefaultFailureConverter();

class SealedFailureConverter extends DefaultFailureConverter {
  override errorToFailure(error: unknown, payloadConverter: PayloadConverter): ProtoFailure {
    if (error instanceof ApplicationFailure && error.type === READABLE && error.cause === undefined) {
      return inWords.errorToFailure(error, payloadConverter);
    }
    return super.errorToFailure(error, payloadConverter);
  }
}

/**
 * Messages and stacks of failures travel as encrypted payloads too; only types stay readable, so they are words that
 * explain themselves. The refusal of a decision alone is readable: it is ours, never enters a history, and the Temporal UI
 * shows it as it comes. The export's name is what the SDK looks for. Source: temporal.md 5.3.
 */
export const failureConverter = new SealedFailureConverter({ encodeCommonAttributes: true });
