import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/redaction/redactor.ts';

describe('Redactor', () => {
  const redactor = new Redactor();
  redactor.learn('hunter2-hunter2');
  it.each([
    ['a known secret', 'it is hunter2-hunter2.', 'it is [redacted].'],
    ['a bearer header', 'Authorization: Bearer abcdefghijkl', 'Authorization: [redacted]'],
    ['a provider key', 'key sk-abcdef123456', 'key sk-[redacted]'],
    ['a query parameter', 'ws://h/?token=abcdef123&x=1', 'ws://h/?token=[redacted]&x=1'],
    ['a JSON member', '{"apiKey":"abcdefgh"}', '{"apiKey":"[redacted]"}'],
  ])('masks %s in a text', (_name, text, expected) => {
    const redacted = redactor.text(text);
    expect(redacted).not.toContain('abcdef');
    expect(redacted.replace(/Authorization: .*/, 'Authorization: [redacted]')).toBe(expected);
  });

  it('leaves ordinary words as they are', () => {
    const text = 'listening on ws://127.0.0.1:18789, pid 42, tokens used: 12';
    expect(redactor.text(text)).toBe(text);
  });

  it('learns no secret of fewer than 8 characters', () => {
    const short = new Redactor();
    short.learn('pass');
    expect(short.text('a passing test')).toBe('a passing test');
  });

  it('masks a secret of any length that it was created with, and nothing for an empty one', () => {
    expect(new Redactor({ secrets: ['pw', ''], patterns: false }).text('my pw')).toBe('my [redacted]');
  });

  it('leaves secret-shaped text as it is where patterns are switched off', () => {
    expect(new Redactor({ patterns: false }).text('token=abcdef123')).toBe('token=abcdef123');
  });

  it.each([
    ['created with both', () => new Redactor({ secrets: ['sesame-7f3a', 'sesame-7f3a-and-more'] })],
    [
      'given the shorter one first',
      () => {
        const learning = new Redactor();
        learning.learn('sesame-7f3a');
        learning.learn('sesame-7f3a-and-more');
        return learning;
      },
    ],
  ])('masks a secret that begins with another one whole when it was %s', (_how, create) => {
    expect(create().text('sesame-7f3a-and-more')).toBe('[redacted]');
  });

  it('redacts the keys and strings of JSON data and keeps its shape', () => {
    const exact = new Redactor({ secrets: ['sesame'], patterns: false });
    const data = { sesame: ['a sesame', 1, null, true, { deep: 'sesame' }] };
    expect(exact.value(data)).toEqual({ '[redacted]': ['a [redacted]', 1, null, true, { deep: '[redacted]' }] });
  });

  it('cuts data off that is nested deeper than any stack', () => {
    let data: unknown = 'hunter2-hunter2';
    for (let depth = 0; depth < 200_000; depth += 1) data = [data];
    expect(JSON.stringify(redactor.value(data))).not.toContain('hunter2');
  });

  it('returns data as it is when it knows no secret and no pattern', () => {
    const data = { a: ['b'] };
    expect(new Redactor({ patterns: false }).value(data)).toBe(data);
  });
});
