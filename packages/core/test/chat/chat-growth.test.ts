import { expect, test, vi } from 'vitest';
import { reduceChatRuns } from '../../src/chat/chat-reducer.ts';
import { emptyChatRuns } from '../../src/chat/chat-types.ts';

/** Returns how many characters of replies were looked at by string functions while a reply of `pieces` pieces came in. */
function charactersRead(pieces: number): number {
  let characters = 0;
  const spies = (['startsWith', 'slice', 'endsWith', 'indexOf'] as const).map((name) => {
    const original: (...args: never[]) => unknown = String.prototype[name];
    return vi.spyOn(String.prototype, name).mockImplementation(function (this: string, ...args: unknown[]) {
      characters += this.length;
      return Reflect.apply(original, this, args) as never;
    });
  });
  try {
    let runs = emptyChatRuns;
    for (let piece = 0; piece < pieces; piece += 1) {
      const params = { runId: 'r', sessionKey: 's', state: 'delta', deltaText: 'x'.repeat(200) };
      const step = reduceChatRuns(runs, { kind: 'notification', method: 'chat', params, at: piece });
      runs = step.runs;
      expect(step.updates).toHaveLength(1);
      expect(step.updates[0]?.added).toHaveLength(200);
    }
    expect(runs.running.get('r')?.text).toHaveLength(200 * pieces);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return characters;
}

test('a reply of twice the length costs about twice the work, and not four times', () => {
  const [once, twice] = [charactersRead(1_000), charactersRead(2_000)];
  expect(twice).toBeLessThanOrEqual(2.2 * once + 1_000);
});
