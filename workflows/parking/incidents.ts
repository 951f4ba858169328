import {
  ActivityFailure,
  condition,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  rootCause,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
  type ActivityOptions,
  type LocalActivityOptions,
} from '@temporalio/workflow';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { IncidentActivities } from '#activities/desk/incidents.ts';
import { healAfterMs } from '#domain/calendar/order-calendar.ts';
import { idAt } from '#domain/workflows/replayed-id.ts';
import { isStop, type Stop, type StopReason } from '#domain/workflows/stop.ts';
import { incidentDetails } from './incident-details.ts';
import { MESSAGES, type Decision, type ResolveCommand, type RetryInput } from '../messages.ts';
import { keepTrying, once } from './retries.ts';
import { Adapter, OpsReason, OpsState, OpsStep } from '../search-attributes.ts';
import { cancellation, HEALS, type Step } from './step.ts';

export const resolveIncident = defineUpdate<string, [ResolveCommand]>(MESSAGES.resolveIncident);
export const conditionsChanged = defineSignal<[string]>(MESSAGES.conditionsChanged);

const { openIncident, closeIncident } = proxyActivities<IncidentActivities>(keepTrying);

/** Staff chose to undo everything; the workflow compensates. */
export class Aborted extends Error {
  readonly by: string;
  readonly note: string;
  constructor(by: string, note: string) {
    super(`aborted by ${by}: ${note}`);
    this.by = by;
    this.note = note;
  }
}

/** What the step was told to do with: the options to call its activity with, and what a decision changed. */
export interface Try {
  options: <T extends ActivityOptions | LocalActivityOptions>(normal: T) => T;
  input: RetryInput;
}

export interface IncidentSubject {
  customerId?: string | undefined;
  orderId?: string | undefined;
  serviceId?: string | undefined;
}

interface OpenIncident {
  id: string;
  step: Step;
  decided?: { actor: string; decision: Decision };
}

/**
 * Steps that need a person. A step that cannot go on parks: an incident row, search attributes, current details
 * with the exact error. It goes on by the update `resolveIncident`, or by itself once a repeat succeeds.
 */
export class Incidents {
  #open: OpenIncident | undefined;
  #changed = false;
  #cancelAsked = false;
  /** What the Temporal UI shows of an open incident. */
  #details = '';
  readonly #subject: () => IncidentSubject;

  /** @param subject  whose incident it is, read when one opens */
  constructor(subject: () => IncidentSubject) {
    this.#subject = subject;
    setHandler(conditionsChanged, () => {
      this.#changed = true;
    });
    setHandler(resolveIncident, (command) => this.#decide(command), {
      validator: (command) => this.#validate(command),
      description: 'Decides a parked step: retry, skip or abort. Current details hold the text to paste.',
    });
  }

  /**
   * Runs a step until it has a result, parking whenever it cannot go on.
   * @param run  answers with the result, or with a `Stop`; what it throws is a stop as well
   * @param onSkip  the result that skipping stands for
   */
  async step<T>(
    step: Step,
    run: (attempt: Try) => Promise<T | Stop>,
    onSkip?: (decision: string) => T | Promise<T | Stop>,
  ): Promise<T> {
    if (this.#cancelAsked && step.abort) await this.#decideCancel(step.abort);
    let input: RetryInput = {};
    let last: T | Stop | undefined;
    for (;;) {
      const result = last ?? (await attempt(run, { options: (normal) => normal, input }));
      last = undefined;
      if (!isStop(result)) return result;
      const end = await this.#park(step, result, run, input);
      if (end.by === 'itself') return end.result;
      if (end.by === 'another reason') {
        last = end.stop;
        continue;
      }
      const { actor, decision } = end;
      if (decision.action === 'abort') throw new Aborted(actor, decision.note);
      if (decision.action === 'retry') {
        input = inputOf(step, input, decision.input);
        continue;
      }
      if (!onSkip) continue;
      const skipped = await attempt(async () => onSkip(decision.note), {
        options: (normal) => normal,
        input,
      });
      if (!isStop(skipped)) return skipped;
      // What skipping asked for does not work either: it parks again and says why.
      last = skipped;
    }
  }

  /** Something was told that a parked step may have waited for: it is tried again now. */
  nudge(): void {
    this.#changed = true;
  }

  /**
   * Somebody asked in the Temporal UI that this run is cancelled. Staff decide: before the next step that can be undone, or
   * with the incident that is open.
   */
  hearCancel(): void {
    this.#cancelAsked = this.#open === undefined;
    this.#show();
  }

  /** Asked to be cancelled, and not parked for it yet. */
  get isCancelAsked(): boolean {
    return this.#cancelAsked;
  }

  async #decideCancel(undo: string): Promise<void> {
    this.#cancelAsked = false;
    let isParked = false;
    await this.step<void>(cancellation(undo), (attempt) => {
      // Only a person's decision ends the waiting, not a look that the parked step takes by itself.
      const goesOn = isParked && attempt.options !== once;
      isParked = true;
      return Promise.resolve(goesOn ? undefined : CANCEL_ASKED);
    });
  }

  #show(): void {
    setCurrentDetails([this.#details, this.#cancelAsked && CANCEL_NOTED].filter(Boolean).join('\n\n'));
  }

  async #park<T>(
    step: Step,
    stop: Stop,
    run: (attempt: Try) => Promise<T | Stop>,
    input: RetryInput,
  ): Promise<ParkingEnd<T>> {
    const incident: OpenIncident = { id: idAt(Date.now(), Math.random), step };
    this.#open = incident;
    this.#changed = false;
    upsertSearchAttributes([
      { key: OpsState, value: 'STUCK' },
      { key: OpsStep, value: step.name },
      { key: OpsReason, value: stop.stop },
      { key: Adapter, value: stop.adapter ?? null },
    ]);
    this.#details = incidentDetails(incident.id, step, stop);
    this.#show();
    const { workflowId, workflowType } = workflowInfo();
    await openIncident({
      id: incident.id,
      workflowId,
      workflowType,
      step,
      stop,
      subject: this.#subject(),
      asOf: Date.now(),
    });
    let end = await this.#wait(incident, stop.stop, run, input);
    // A person's abort counts even if the cause healed in the same moment.
    const { decided } = incident;
    if (decided && (end.by !== 'itself' || decided.decision.action === 'abort')) end = { by: 'decision', ...decided };
    this.#open = undefined;
    await closeIncident({ id: incident.id, how: HOW[end.by], ...(decided ? { decided } : {}), asOf: Date.now() });
    upsertSearchAttributes([
      { key: OpsState, value: 'OK' },
      { key: OpsStep, value: null },
      { key: OpsReason, value: null },
      { key: Adapter, value: null },
    ]);
    this.#details = '';
    this.#show();
    return end;
  }

  /** Until somebody decides, the step succeeds by itself, or something else stops it than what the incident says. */
  async #wait<T>(
    incident: OpenIncident,
    reason: StopReason,
    run: (attempt: Try) => Promise<T | Stop>,
    input: RetryInput,
  ): Promise<ParkingEnd<T>> {
    const decision = () => incident.decided && { by: 'decision' as const, ...incident.decided };
    for (let tries = 0; ; tries += 1) {
      const woken = () => incident.decided !== undefined || this.#changed;
      if (HEALS.includes(reason)) await condition(woken, healAfterMs(tries), { summary: 'until it is tried again' });
      else await condition(woken);
      const before = decision();
      if (before) return before;
      this.#changed = false;
      const result = await attempt(run, { options: once, input });
      if (!isStop(result)) return { by: 'itself', result };
      const meanwhile = decision();
      if (meanwhile) return meanwhile;
      if (result.stop !== reason) return { by: 'another reason', stop: result };
    }
  }

  #validate({ incident, actor, decision }: ResolveCommand): void {
    const open = this.#open;
    if (!open) throw refused(`Nothing is parked here. Incident ${incident} is closed.`);
    if (open.id !== incident) throw refused(`Incident ${incident} is not open here; ${open.id} is.`);
    if (open.decided) throw refused(`Incident ${incident} is decided already, by ${open.decided.actor}.`);
    if (!isLine(actor, 200)) throw refused('Say who decides: `actor` is a name, one line of at most 200 characters.');
    const { step } = open;
    if (!['retry', 'skip', 'abort'].includes(decision?.action))
      throw refused('`decision.action` is retry, skip or abort.');
    if (decision.action !== 'retry' && step[decision.action] === undefined) {
      throw refused(`The step ${step.name} offers no ${decision.action}.`);
    }
    if (decision.action !== 'retry') {
      if (!isText(decision.note, 2_000)) throw refused('Say why: `decision.note` is a text of 1 to 2000 characters.');
      return;
    }
    for (const [field, value] of Object.entries(decision.input ?? {})) {
      if (!step.fields?.includes(field as never)) throw refused(`A retry of ${step.name} does not take ${field}.`);
      if (!isLine(value, 100)) throw refused(`\`decision.input.${field}\` is one line of at most 100 characters.`);
      if (field === 'nodeId' && !UUID.test(value))
        throw refused('`decision.input.nodeId` is the id of a node, not its name; GET /api/v2/nodes shows it.');
    }
  }

  #decide({ actor, decision }: ResolveCommand): string {
    const open = this.#open!;
    open.decided = { actor, decision };
    return `${decision.action} accepted for ${open.step.name}`;
  }
}

const CANCEL_ASKED: Stop = {
  stop: 'CancelAsked',
  message:
    'Somebody asked in the Temporal UI that this workflow is cancelled. Nothing was cut off: retry goes on, abort undoes what was done.',
};
/** Until it parks, and where nothing can be undone. */
const CANCEL_NOTED = `### Asked to be cancelled

Nothing was cut off, so that no money, account or slot is left behind. What is under way is finished first; where it can
be undone, staff are asked before the next step.`;

/** How parking ended. */
type ParkingEnd<T> =
  | { by: 'itself'; result: T }
  /** The step stops for another reason now; it parks anew and says so. */
  | { by: 'another reason'; stop: Stop }
  | { by: 'decision'; actor: string; decision: Decision };

const HOW = { itself: 'healed', 'another reason': 'closed', decision: 'decided' } as const;

/** What a retry was given stays until another says otherwise; a package, though, belongs to a node. */
function inputOf(step: Step, before: RetryInput, given: RetryInput = {}): RetryInput {
  if (step.startsAnew) return given;
  const elsewhere = given.nodeId !== undefined && given.nodeId !== before.nodeId;
  const { packageId: _, ...withoutPackage } = before;
  return { ...(elsewhere ? withoutPackage : before), ...given };
}

/** As `isId` of `domain/ids.ts`, whose library has no place in the sandbox. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The Temporal UI and CLI send whatever is typed; our rows and the panels take text. */
const isLine = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most && !/\p{Cc}/u.test(value);
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && isLine(value.replaceAll(/[\t\r\n]/g, ' '), most);

const refused = (message: string) => ApplicationFailure.nonRetryable(message, 'DecisionRefused');

/** Runs once; whatever it throws but a cancellation or an abort becomes the reason to park. */
async function attempt<T>(run: (attempt: Try) => Promise<T | Stop>, how: Try): Promise<T | Stop> {
  try {
    return await run(how);
  } catch (error) {
    if (isCancellation(error) || error instanceof Aborted || !(error instanceof ActivityFailure)) throw error;
    return stopOf(error);
  }
}

const REASONS: readonly StopReason[] = [
  'VendorUnavailable',
  'OutcomeUnknown',
  'VendorRefused',
  'VendorUnauthorized',
  'SealBroken',
];

/** What a failed activity says to staff, and where it happened. */
export function stopOf(error: ActivityFailure): Stop {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const where = (cause.details?.[0] ?? {}) as Pick<Stop, 'nodeId' | 'gateway' | 'adapter'>;
    const stop = REASONS.find((reason) => reason === cause.type) ?? 'Unexpected';
    return { stop, message: cause.message, ...where };
  }
  if (cause instanceof TimeoutFailure) {
    const last = cause.cause instanceof ApplicationFailure ? cause.cause : undefined;
    const where = (last?.details?.[0] ?? {}) as Pick<Stop, 'nodeId' | 'gateway' | 'adapter'>;
    return {
      stop: 'VendorUnavailable',
      message: `${error.activityType} did not succeed in time. ${last?.message ?? ''}`.trim(),
      ...where,
    };
  }
  return { stop: 'Unexpected', message: rootCause(error) ?? error.message };
}
