import { expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { newId } from '#domain/ids.ts';
import { recorded, withWorkflows } from '../testing/harness.ts';

it('whoever asks for an account is written to once', async () => {
  const { calls, fakes } = recorded({ answerAccountRequest: 'confirm_address' });
  const requestId = newId();
  const id = `account/${requestId}`;
  await withWorkflows(fakes, async ({ start, record }) => {
    expect(await (await start('answerAccountRequest', [{ requestId }], id)).result()).toBe('confirm_address');
    await record(id, 'answerAccountRequest/answered');
  });
  expect(calls).toEqual([{ name: 'answerAccountRequest', input: { requestId, asOf: expect.any(Number) } }]);
});

it('an address that no mail server takes is given up, and is no work for staff', async () => {
  const refused = ApplicationFailure.nonRetryable('550 no such user', 'VendorRefused');
  const { did, fakes } = recorded({ answerAccountRequest: refused });
  const requestId = newId();
  const id = `account/${requestId}`;
  await withWorkflows(fakes, async ({ start, record }) => {
    expect(await (await start('answerAccountRequest', [{ requestId }], id)).result()).toBe('not_sent');
    await record(id, 'answerAccountRequest/not-sent');
  });
  expect(did).toEqual(['answerAccountRequest']);
});
