import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { failureConverter } from './failure-converter.ts';

/** 32 bytes and the id by which a payload says what it was encrypted with. */
export interface PayloadKey {
  id: string;
  key: Buffer;
}

const { Payload: PayloadProto } = proto.temporal.api.common.v1;
const ENCODING = 'binary/encrypted';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const utf8 = (text: string) => new TextEncoder().encode(text);
const read = (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes).toString('utf8') : undefined);

/** A payload as it was before it was encrypted. */
export interface OpenedPayload {
  payload: Payload;
  /** False of what came plain, as the Temporal UI and CLI send it. */
  isEncrypted: boolean;
  /** Of whose history it is, where whoever encrypted it knew; sealed with it. */
  workflowId?: string | undefined;
}

export interface HistoryCodec extends PayloadCodec {
  /** As `decode`, and says whose they are. @throws Error where one does not open */
  open(payloads: readonly Payload[]): OpenedPayload[];
}

/** Short: it is in every payload, and a summary of a workflow has 400 bytes. */
const WORKFLOW = 'wf';

/**
 * Encrypts everything that enters a Temporal history: AES-256-GCM over the whole payload, a fresh IV each, the key's
 * id as additional data; the id of the workflow goes in with it. Layout of the data: IV, text, tag. What is not encrypted by us passes through, since the
 * Temporal UI and CLI may send plain JSON. Source: temporal.md 5.2.
 * @param keys  the current one first; older ones still open what they encrypted
 */
export function createPayloadCodec(keys: readonly PayloadKey[]): HistoryCodec {
  // Node takes a key object seven times as fast as the same key's bytes.
  const byId = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]));
  const [currentId] = byId.keys();
  if (currentId === undefined) throw new Error('No payload key: set TEMPORAL_PAYLOAD_KEYS.');
  const currentKey = byId.get(currentId)!;

  const encrypt = (payload: Payload, workflowId: string | undefined): Payload => {
    const marked = workflowId
      ? { ...payload, metadata: { ...payload.metadata, [WORKFLOW]: utf8(workflowId) } }
      : payload;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', currentKey, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(currentId));
    const body = Buffer.concat([cipher.update(PayloadProto.encode(marked).finish()), cipher.final()]);
    return {
      metadata: { encoding: utf8(ENCODING), 'encryption-key-id': utf8(currentId) },
      data: Buffer.concat([iv, body, cipher.getAuthTag()]),
    };
  };

  const decrypt = (payload: Payload): OpenedPayload => {
    if (read(payload.metadata?.['encoding']) !== ENCODING) return { payload, isEncrypted: false };
    const id = read(payload.metadata?.['encryption-key-id']) ?? '';
    const key = byId.get(id);
    if (!key) {
      throw new Error(
        `A payload is encrypted with key "${id}", which TEMPORAL_PAYLOAD_KEYS does not have. Add it there.`,
      );
    }
    const data = payload.data ?? new Uint8Array();
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(id));
      decipher.setAuthTag(data.subarray(-TAG_BYTES));
      const text = Buffer.concat([decipher.update(data.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      const { metadata, data: plain } = PayloadProto.decode(text);
      const { [WORKFLOW]: workflow, ...own } = metadata;
      return { payload: { metadata: own, data: plain }, isEncrypted: true, workflowId: read(workflow) };
    } catch {
      throw new Error(`A payload encrypted with key "${id}" does not open: it was changed, or the key is another one.`);
    }
  };

  return {
    encode: async (payloads, context) => payloads.map((payload) => encrypt(payload, context?.workflowId)),
    decode: async (payloads) => payloads.map((payload) => decrypt(payload).payload),
    open: (payloads) => payloads.map(decrypt),
  };
}

/** For clients and replays; workers take the codec and the failure converter's path instead. */
export const loadedDataConverter = (keys: readonly PayloadKey[]) => ({
  payloadConverter: defaultPayloadConverter,
  failureConverter,
  payloadCodecs: [createPayloadCodec(keys)],
});
