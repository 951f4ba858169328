/** Too much is asked at once, or for too long already: answer 503, the caller comes back. */
export class Overloaded extends Error {
  override name = 'Overloaded';
}

export interface CoalesceOptions<Question, Answer> {
  /** One statement for all. Answers stand in the order of the questions. */
  ask(questions: Question[]): Promise<Answer[]>;
  /** Statements on their way at once. */
  inFlight: number;
  /** Questions of one statement. */
  most: number;
  /** Questions that may wait before new ones are turned away. */
  queue: number;
  /** How long one may wait for its statement to start. */
  waitMs: number;
  nowMs(): number;
}

/**
 * Joins questions that arrive in one turn of the event loop, or while all statements are busy, into one
 * statement. There is no timer: an idle server asks at once.
 */
export function createCoalescer<Question, Answer>(options: CoalesceOptions<Question, Answer>) {
  const { ask, inFlight, most, queue, waitMs, nowMs } = options;
  type Waiting = { question: Question; since: number; resolve(answer: Answer): void; reject(reason: unknown): void };
  let waiting: Waiting[] = [];
  let busy = 0;
  let turnPlanned = false;

  /** Puts aside who waited too long; a statement that stalls ends by its time-out, so this is never far away. */
  const takeNext = (): Waiting[] => {
    const batch = waiting.length <= most ? waiting : waiting.slice(0, most);
    waiting = waiting.length <= most ? [] : waiting.slice(most);
    const oldest = nowMs() - waitMs;
    if (batch[0] === undefined || batch[0].since > oldest) return batch;
    return batch.filter((one) => {
      if (one.since > oldest) return true;
      one.reject(new Overloaded(`A question waited longer than ${waitMs} ms for the database.`));
      return false;
    });
  };

  const run = async (batch: Waiting[]) => {
    try {
      const answers = await ask(batch.map(({ question }) => question));
      for (let i = 0; i < batch.length; i += 1) batch[i]!.resolve(answers[i]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      busy -= 1;
      start();
    }
  };

  const start = () => {
    turnPlanned = false;
    while (busy < inFlight && waiting.length > 0) {
      const batch = takeNext();
      if (batch.length === 0) continue;
      busy += 1;
      run(batch);
    }
  };

  return (question: Question): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (waiting.length >= queue) {
        reject(new Overloaded(`${queue} questions wait for the database already.`));
        return;
      }
      waiting.push({ question, since: nowMs(), resolve, reject });
      if (busy < inFlight && !turnPlanned) {
        turnPlanned = true;
        setImmediate(start);
      }
    });
}
