import type { SeededRandom } from '@deskclaw/core/testing';
import { troublesome } from './mutate.ts';

const names = ['id', 'method', 'params', 'result', 'error', 'code', 'message', 'data', 'type', 'ok', 'payload', 'seq'];
const MOST_DEPTH = 4;

/** Returns one of several pieces of JSON text or, rarely, one that breaks parsers. */
export function oneOf(random: SeededRandom, ...choices: readonly string[]): string {
  return random.chance(0.08) ? random.pick(troublesome) : random.pick(choices);
}

export function anyText(random: SeededRandom): string {
  if (random.chance(0.2)) return random.pick(troublesome);
  const length = random.chance(0.95) ? random.integer(0, 12) : random.integer(100, 5_000);
  const least = random.chance(0.8) ? 0x20 : 0;
  const most = random.chance(0.8) ? 0x7e : 0xffff;
  return Array.from({ length }, () => String.fromCharCode(random.integer(least, most))).join('');
}

/** Returns the text of any JSON value, nested up to four levels, or much deeper now and then. */
export function anyJson(random: SeededRandom, depth = 0): string {
  const choice = random.integer(0, depth >= MOST_DEPTH ? 4 : 7);
  switch (choice) {
    case 0:
      return random.pick(['null', 'true', 'false']);
    case 1:
      return String(random.integer(-3, 1_000));
    case 2:
      return JSON.stringify(anyText(random));
    case 3:
      return random.pick(troublesome);
    case 4:
      return random.chance(0.95) ? '""' : `${'['.repeat(3_000)}${']'.repeat(3_000)}`;
    case 5:
      return `[${Array.from({ length: random.integer(0, 4) }, () => anyJson(random, depth + 1)).join(',')}]`;
    default:
      return anyObject(random, depth);
  }
}

function anyObject(random: SeededRandom, depth: number): string {
  const members = Array.from({ length: random.integer(0, 4) }, () => {
    const name = random.chance(0.7) ? random.pick(names) : anyText(random);
    return `${JSON.stringify(name)}:${anyJson(random, depth + 1)}`;
  });
  return `{${members.join(',')}}`;
}

/** Returns the text of an object with these members, some of them left out. */
export function object(random: SeededRandom, members: Readonly<Record<string, string>>): string {
  const present = Object.entries(members).filter(() => !random.chance(0.06));
  return `{${present.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

export function list<T>(random: SeededRandom, most: number, make: () => T): T[] {
  return Array.from({ length: random.integer(1, most) }, make);
}
