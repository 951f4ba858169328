import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { createPayloadCodec } from '#temporal-config/payload-codec.ts';
import { FAILURE_CONVERTER_PATH } from '#worker/create-worker.ts';
import { HISTORIES, TEST_PAYLOAD_KEYS, testSetting } from './testing/harness.ts';

/**
 * Histories of every workflow type, recorded by the tests with RECORD_HISTORIES=1. A change of the command sequence
 * that is not behind `patched()` fails here, as it would for the orders that are running at a customer's.
 */
const recordings = readdirSync(HISTORIES, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.json'),
);
const types = [
  'answerAccountRequest',
  'fulfillOrder',
  'keepSubscription',
  'settlePayment',
  'resendRefund',
  'reconcilePayments',
  'watchGateway',
  'watchNodes',
  'watchWorkflows',
];

describe('recorded histories', () => {
  it.each(recordings)('%s replays', async (file) => {
    const history = JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')) as {
      events: { workflowExecutionStartedEventAttributes?: { workflowId: string } }[];
    };
    const workflowId = history.events[0]!.workflowExecutionStartedEventAttributes!.workflowId;
    await Worker.runReplayHistory(
      {
        workflowBundle: { codePath: testSetting('HOSTWRIGHT_TEST_BUNDLE') },
        dataConverter: {
          payloadCodecs: [createPayloadCodec(TEST_PAYLOAD_KEYS)],
          failureConverterPath: FAILURE_CONVERTER_PATH,
        },
      },
      history,
      workflowId,
    );
  });

  it.each(types)('cover %s', (type) => {
    expect(recordings.some((file) => file.startsWith(`${type}/`))).toBe(true);
  });
});
