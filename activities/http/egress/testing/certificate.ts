/** A certificate for tests, made anew each time so that no private key lies in the repository. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** DER: a tag, the length, the contents. */
function der(tag: number, ...contents: (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(contents.map((each) => Buffer.from(each as string)));
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}
const SEQUENCE = 0x30;
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const ECDSA_WITH_SHA256 = der(SEQUENCE, oid('2a8648ce3d040302'));
const utc = (at: Date) => der(0x17, `${at.toISOString().replace(/\D/g, '').slice(2, 14)}Z`);

/**
 * A self-signed certificate, its own authority, PEM.
 * @param names  DNS names and IPv4 addresses it is for
 * @param days   how long it holds from now; negative for one that has expired
 */
export function selfSigned(names: readonly string[], days = 1): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const name = der(SEQUENCE, der(0x31, der(SEQUENCE, oid('550403'), der(0x0c, 'Hostwright test'))));
  const alternatives = names.map((each) =>
    isIP(each) ? der(0x87, Buffer.from(each.split('.').map(Number))) : der(0x82, each),
  );
  const extensions = der(
    SEQUENCE,
    der(
      SEQUENCE,
      oid('551d13'),
      der(0x01, Buffer.from([0xff])),
      der(0x04, der(SEQUENCE, der(0x01, Buffer.from([0xff])))),
    ),
    der(SEQUENCE, oid('551d11'), der(0x04, der(SEQUENCE, ...alternatives))),
  );
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, utc(new Date(now - 2 * 86_400_000)), utc(new Date(now + days * 86_400_000))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const cert = der(SEQUENCE, body, ECDSA_WITH_SHA256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
