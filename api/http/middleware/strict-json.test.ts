import { describe, expect, it } from '@jest/globals';
import { checkJson } from './strict-json.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const check = (text: string) => checkJson(bytes(text));
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const list = (items: number) => `{"a":[${Array(items).fill('1').join(',')}]}`;
const object = (keys: number) => `{${Array.from({ length: keys }, (_, i) => `"k${i}":1`).join(',')}}`;
const control = String.fromCharCode(0);

describe('JSON that arrives', () => {
  it.each([
    ['what people send', '{"a":"b","c":[1,2,{"d":null}],"e":"tab\\tand\\nnewline"}'],
    ['32 levels', nested(32)],
    ['1000 items', list(1000)],
    ['200 properties', object(200)],
    ['the same key in two objects', '[{"a":1},{"a":1}]'],
    ['a colon, quotes and braces inside text', '{"a":"x\\": {[","b":"\\\\"}'],
    ['a character of two halves', '{"a":"\\ud83d\\ude00"}'],
    ['a dangerous word as a value', '{"a":"__proto__"}'],
  ])('takes %s', (_, text) => {
    expect(() => check(text)).not.toThrow();
  });

  it.each([
    ['IN-02: refuses 33 levels', nested(33), 'invalid_request'],
    ['IN-02: refuses 1001 items', list(1001), 'invalid_request'],
    ['IN-02: refuses 201 properties', object(201), 'invalid_request'],
    ['IN-06: refuses the same key twice', '{"a":1,"b":2,"a":3}', 'invalid_request'],
    ['IN-06: refuses the same key written differently', '{"a":1,"\\u0061":2}', 'invalid_request'],
    ['IN-06: refuses __proto__', '{"__proto__":{"admin":true}}', 'invalid_request'],
    [
      'IN-06: refuses an escaped __proto__ with spaces before its colon',
      '{"__pr\\u006fto__" \n :1}',
      'invalid_request',
    ],
    ['IN-06: refuses constructor deep inside', '{"a":[{"constructor":{"prototype":1}}]}', 'invalid_request'],
    ['IN-04: refuses NUL, escaped', '{"a":"x\\u0000y"}', 'invalid_request'],
    ['IN-04: refuses escape characters of terminals', '{"a":"\\u001b[31m"}', 'invalid_request'],
    ['IN-04: refuses half a character', '{"a":"x\\ud800y"}', 'invalid_request'],
    ['IN-04: refuses half a character in a key', '{"\\udfff":1}', 'invalid_request'],
    ['IN-04: refuses a raw control', `{"a":"${control}"}`, 'malformed_json'],
    ['IN-01: refuses what is not JSON', '{"a":1', 'malformed_json'],
    ['IN-01: refuses NaN', '{"a":NaN}', 'malformed_json'],
  ])('%s', (_, text, code) => {
    expect(() => check(text)).toThrow(expect.objectContaining({ name: 'Problem', code }));
  });

  it('IN-04: refuses bytes that are not UTF-8', () => {
    const broken = Uint8Array.from([...bytes('{"a":"'), 0xc3, 0x28, ...bytes('"}')]);
    expect(() => checkJson(broken)).toThrow(expect.objectContaining({ status: 400, code: 'not_utf8' }));
  });
});
