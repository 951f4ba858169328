import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { createPayloadCodec, loadedDataConverter } from './payload-codec.ts';

const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte) });
const payload = (value: unknown) => defaultPayloadConverter.toPayload(value)!;
const plain = { canary: 'a panel password', list: [1, 2] };

describe('the payload codec', () => {
  it('SECR-04: what enters a history is not readable in it, and comes back whole', async () => {
    const codec = createPayloadCodec([key('2026', 1)]);
    const [sealed] = await codec.encode([payload(plain)]);
    expect(Buffer.from(sealed!.data!).includes('canary')).toBe(false);
    expect(Buffer.from(sealed!.metadata!['encoding']!).toString()).toBe('binary/encrypted');
    expect(Buffer.from(sealed!.metadata!['encryption-key-id']!).toString()).toBe('2026');
    const [opened] = await codec.decode([sealed!]);
    expect(defaultPayloadConverter.fromPayload(opened!)).toEqual(plain);
  });

  it('encrypts the same value differently every time', async () => {
    const codec = createPayloadCodec([key('a', 1)]);
    const sealed = await codec.encode(Array.from({ length: 100 }, () => payload(plain)));
    expect(new Set(sealed.map(({ data }) => Buffer.from(data!).toString('hex'))).size).toBe(100);
  });

  it('a rotated keyring opens what the older key sealed, and seals with the current one', async () => {
    const [old] = await createPayloadCodec([key('old', 1)]).encode([payload(plain)]);
    const codec = createPayloadCodec([key('new', 2), key('old', 1)]);
    expect(defaultPayloadConverter.fromPayload((await codec.decode([old!]))[0]!)).toEqual(plain);
    const [fresh] = await codec.encode([payload(plain)]);
    expect(Buffer.from(fresh!.metadata!['encryption-key-id']!).toString()).toBe('new');
  });

  it('says whose history a payload is of, sealed with it, to who opens it and to nobody else', async () => {
    const codec = createPayloadCodec([key('a', 1)]);
    const context = { type: 'workflow', namespace: 'hostwright', workflowId: 'order/1' } as const;
    const sealed = await codec.encode([payload(plain)], context);
    expect(JSON.stringify(Object.values(sealed[0]!.metadata!).map(String))).not.toContain('order/1');
    expect(await codec.decode(sealed)).toEqual([payload(plain)]);
    const other = await codec.encode([payload(plain)]);
    expect(codec.open([...sealed, ...other, payload(plain)])).toEqual([
      { payload: payload(plain), isEncrypted: true, workflowId: 'order/1' },
      { payload: payload(plain), isEncrypted: true, workflowId: undefined },
      { payload: payload(plain), isEncrypted: false },
    ]);
  });

  it('names a key it does not have', async () => {
    const [sealed] = await createPayloadCodec([key('gone', 1)]).encode([payload(plain)]);
    await expect(createPayloadCodec([key('new', 2)]).decode([sealed!])).rejects.toThrow(
      'encrypted with key "gone", which TEMPORAL_PAYLOAD_KEYS does not have',
    );
  });

  it.each([
    ['a flipped bit', (data: Buffer) => void (data[20]! ^= 1), 'a'],
    ['another key id', () => {}, 'b'],
  ])('refuses %s', async (_, spoil, id) => {
    const codec = createPayloadCodec([key('a', 1), key('b', 1)]);
    const [sealed] = await codec.encode([payload(plain)]);
    const data = Buffer.from(sealed!.data!);
    spoil(data);
    const spoiled = { metadata: { ...sealed!.metadata, 'encryption-key-id': Buffer.from(id) }, data };
    await expect(codec.decode([spoiled])).rejects.toThrow('does not open');
  });

  it('lets plain JSON of the Temporal UI and CLI pass', async () => {
    const [opened] = await createPayloadCodec([key('a', 1)]).decode([payload(plain)]);
    expect(defaultPayloadConverter.fromPayload(opened!)).toEqual(plain);
  });

  it('SECR-04: the message and stack of a failure are encrypted, its type stays readable', async () => {
    const { failureConverter, payloadConverter } = loadedDataConverter([key('a', 1)]);
    const refused = ApplicationFailure.nonRetryable('the panel said: token 123', 'VendorRefused');
    const failure = failureConverter.errorToFailure(refused, payloadConverter);
    expect([failure.message, failure.applicationFailureInfo?.type]).toEqual(['Encoded failure', 'VendorRefused']);
    expect(JSON.stringify({ ...failure, encodedAttributes: undefined })).not.toContain('123');
  });

  it('the refusal of a decision alone is readable, as whoever pasted it has nothing to decode it with', () => {
    const { failureConverter, payloadConverter } = loadedDataConverter([key('a', 1)]);
    const refusal = ApplicationFailure.nonRetryable('`decision.note` is missing', 'DecisionRefused');
    expect(failureConverter.errorToFailure(refusal, payloadConverter).message).toBe('`decision.note` is missing');
    const caused = new ApplicationFailure('no', 'DecisionRefused', true, [], new Error('token 123'));
    expect(failureConverter.errorToFailure(caused, payloadConverter).message).toBe('Encoded failure');
  });

  it('an empty keyring says what to set', () => {
    expect(() => createPayloadCodec([])).toThrow('set TEMPORAL_PAYLOAD_KEYS');
  });
});
