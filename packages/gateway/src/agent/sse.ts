/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) from text that arrives in
 * pieces of any size. Only `data` matters to chat completions; other fields and comments are passed over.
 */
export class SseReader {
  #rest = '';
  #data: string[] = [];

  /** The data of every event that this piece completes. */
  push(piece: string): readonly string[] {
    const text = this.#rest + piece;
    // A lone CR may be the first half of CRLF whose LF has not come yet.
    const usable = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, usable).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + text.slice(usable);
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): readonly string[] {
    if (line === '') {
      const data = this.#data;
      this.#data = [];
      return data.length === 0 ? [] : [data.join('\n')];
    }
    const field = /^data:? ?(.*)$/s.exec(line)?.[1];
    if (field !== undefined && (line === 'data' || line.startsWith('data:'))) this.#data.push(field);
    return [];
  }
}
