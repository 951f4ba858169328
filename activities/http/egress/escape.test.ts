import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeControls, sanitizeJson } from './escape.ts';

describe('SSRF-07 what strangers say', () => {
  it.each([
    { text: 'no such package', shown: 'no such package' },
    { text: 'line\r\nline\tend', shown: 'line\nline\tend' },
    { text: '\u001b[2J\u001b]0;owned\u0007', shown: '\\u001b[2J\\u001b]0;owned\\u0007' },
    { text: 'a\u0000b', shown: 'a\\u0000b' },
    { text: 'a\rb', shown: 'a\\u000db' },
    { text: 'abc\u202efdp.exe', shown: 'abc\\u202efdp.exe' },
    { text: 'a\u200bb\ufeff\u2028', shown: 'a\\u200bb\\ufeff\\u2028' },
    { text: 'half \ud800', shown: 'half \ufffd' },
    { text: 'Größe 😀', shown: 'Größe 😀' },
  ])('$shown', ({ text, shown }) => {
    expect(escapeControls(text)).toBe(shown);
    expect(JSON.parse(sanitizeJson(JSON.stringify({ a: [text] })))).toEqual({ a: [shown] });
  });

  it('harmless bodies stay as they are, to the byte', () => {
    for (const body of ['{"a": 1.50,"b":"ü\\n"}', '', '<html>', '{"a":', '[1, 2]', '{"a":"[[[[\\"[{"}'])
      expect(sanitizeJson(body)).toBe(body);
  });

  it('a key that means more than a name is left out', () => {
    const { a } = JSON.parse(sanitizeJson('{"a":{"__proto__":{"admin":true},"b":1}}')) as {
      a: Record<string, unknown>;
    };
    expect(Object.keys(a)).toEqual(['b']);
    expect(a['admin']).toBeUndefined();
  });

  it('what nests deeper than 64 is no answer, however long', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(sanitizeJson(nested(64))).toBe(nested(64));
    for (const body of [nested(65), '['.repeat(2_000_000), '{"a":'.repeat(500_000)]) {
      expect(sanitizeJson(body)).toBe('(an answer that nests too deep)');
    }
  });

  it('whatever JSON comes, its texts are plain afterwards, and the rest is as it was', () => {
    const texts = (value: unknown): string[] =>
      typeof value === 'string'
        ? [value]
        : typeof value === 'object' && value !== null
          ? Object.values(value).flatMap(texts)
          : [];
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary', maxDepth: 5 }), (body) => {
        const before: unknown = JSON.parse(body);
        const after: unknown = JSON.parse(sanitizeJson(body));
        expect(texts(after)).toEqual(texts(after).map(escapeControls));
        if (texts(before).every((text) => escapeControls(text) === text) && !body.includes('__proto__'))
          expect(after).toEqual(before);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
