import { randomBytes } from 'node:crypto';
import { signQuestion } from '#api/licenses/signatures/panel-signature.ts';
import {
  expectedAnswer,
  FEATURES,
  keyOf,
  panelAddressOf,
  panelIdOf,
  panelOf,
  panelSecretOf,
} from '../seeds/licenses.ts';

export interface Question {
  /** The whole HTTP request. */
  bytes: Buffer;
  license: number;
  feature: number;
}

const PATH = '/api/v1/licenses/validate';

export interface Asking {
  /** Number of the panel that asks. */
  panel: number;
  licenseKey: string;
  feature: string;
  /** Of the server, for the Host header. */
  host: string;
  /** Good once. */
  nonce: string;
}

/** The whole HTTP request of a panel, signed now and good for five minutes. */
export function signedRequest({ panel, licenseKey, feature, host, nonce }: Asking): Buffer {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = Buffer.from(JSON.stringify({ license_key: licenseKey, feature }));
  const signature = signQuestion(panelSecretOf(panel), { timestamp, nonce, method: 'POST', path: PATH, body });
  const head =
    `POST ${PATH} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
    `x-forwarded-for: ${panelAddressOf(panel)}\r\nuser-agent: NextPanel/1.0\r\naccept: application/json\r\nx-panel-id: ${panelIdOf(panel)}\r\n` +
    `x-panel-timestamp: ${timestamp}\r\nx-panel-nonce: ${nonce}\r\nx-panel-signature: ${signature}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Signed questions about licenses drawn uniformly, each with a nonce of its own. */
export function makeQuestions(count: number, licenses: number, host: string): Question[] {
  const run = randomBytes(8).toString('hex');
  return Array.from({ length: count }, (_, i) => {
    const license = Math.floor(Math.random() * licenses);
    const feature = i % FEATURES.length;
    const asking = { panel: panelOf(license), licenseKey: keyOf(license), feature: FEATURES[feature]!, host };
    return { bytes: signedRequest({ ...asking, nonce: `${run}${i.toString(36).padStart(6, '0')}` }), license, feature };
  });
}

/** @throws Error when an answer of the product is not what the seeded rows say */
export function checkAnswer({ license, feature }: Question, body: string): void {
  const { valid, remaining_quota } = JSON.parse(body) as { valid: boolean; remaining_quota: number | null };
  const expected = expectedAnswer(license, feature);
  if (valid !== expected.valid || remaining_quota !== expected.remaining_quota) {
    throw new Error(`License ${license}, ${FEATURES[feature]}: ${body} where ${JSON.stringify(expected)} was right.`);
  }
}
