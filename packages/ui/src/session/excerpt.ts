/** Cuts a text that is too long for a screen and says how long it was. */
export function truncate(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length.toLocaleString('en')} characters)`;
}

/**
 * Formats a value as short JSON-like text. The cost is bounded by `limit`, not by the size of the value: a 10 MB
 * payload costs no more than a small one.
 */
export function excerpt(value: unknown, limit: number): string {
  const parts: string[] = [];
  let room = limit;

  function put(text: string): void {
    parts.push(text);
    room -= text.length;
  }

  function list(open: string, close: string, items: Iterable<readonly [string, unknown]>): void {
    put(open);
    let first = true;
    for (const [key, item] of items) {
      if (room <= 0) break;
      put(`${first ? '' : ', '}${key}`);
      write(item);
      first = false;
    }
    put(close);
  }

  function write(item: unknown): void {
    if (room <= 0) return;
    if (typeof item === 'string') put(JSON.stringify(item.slice(0, room)));
    else if (Array.isArray(item)) list('[', ']', unnamed(item));
    else if (typeof item === 'object' && item !== null) list('{', '}', keyed(item));
    else put(String(item));
  }

  write(value);
  const text = parts.join('');
  return text.length > limit ? `${text.slice(0, Math.max(0, limit - 1))}…` : text;
}

function* unnamed(items: readonly unknown[]): Generator<readonly [string, unknown]> {
  for (const item of items) yield ['', item];
}

function* keyed(object: object): Generator<readonly [string, unknown]> {
  for (const key in object) {
    const value: unknown = Reflect.get(object, key);
    yield [`${key.slice(0, 64)}: `, value];
  }
}
