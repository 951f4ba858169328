import { StoryFailed } from './failed.ts';

/** How a simulator's answer is read; what does not answer ends the story. */
async function call<T>(url: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000), ...init }).catch((error: unknown) => {
    throw new StoryFailed(`${url} does not answer: ${(error as Error).message}.`);
  });
  const text = await response.text();
  if (!response.ok) throw new StoryFailed(`${url} answered ${response.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text) as T;
}

export interface Delivery {
  eventId: string;
  type: string;
  delivered: boolean;
  lastStatus: number | null;
  triedAt: string | null;
}

/** Presses the button of the hosted page, as a person would. */
export async function payOn(checkoutUrl: string): Promise<void> {
  const answer = await call<{ result: string; message?: string }>(checkoutUrl, {
    method: 'POST',
    body: new URLSearchParams({ action: 'pay' }),
    headers: { accept: 'application/json' },
  });
  if (answer.result !== 'succeeded') {
    throw new StoryFailed(`The payment page answered ${answer.result}${answer.message ? `: ${answer.message}` : ''}.`);
  }
}

/** What the gateway sent us so far, and what we answered. */
export const deliveriesOf = (gateway: string): Promise<Delivery[]> => call(new URL('/_sim/webhooks', gateway).href);

export interface Mail {
  at: string;
  subject: string;
  text: string;
}
export const mailsTo = async (mailbox: string, email: string): Promise<Mail[]> =>
  (await call<{ mails: Mail[] }>(new URL(`/_sim/mails?to=${encodeURIComponent(email)}`, mailbox).href)).mails;

export const accountsOn = (panel: string): Promise<{ username: string; state: string }[]> =>
  call(new URL('/_sim/accounts', panel).href);
