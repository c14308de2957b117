import { type Codec, type Incoming, jsonRpcCodec, openClawCodec } from '@deskclaw/core/internal';
import { type DialectName, parseAsWritten } from '@deskclaw/protocol';
import { must, type Target } from '../target.ts';
import { anyFrame, sampleFrames } from './frames.ts';

export const codecs: Readonly<Record<DialectName, Codec>> = { jsonrpc: jsonRpcCodec, openclaw: openClawCodec };

const MOST_IN_BATCH = 1_000;
/** What an error answer adds to the id that it repeats, characters. */
const ANSWER_LENGTH = 300;

/** The id of a reply is a number of ours or -1, and the answer to an invalid frame can be written. */
function checkIncoming(incoming: Incoming, codec: Codec, text: string): void {
  switch (incoming.kind) {
    case 'result':
    case 'failure':
    case 'accepted':
    case 'malformed-reply':
    case 'progress':
      must(typeof incoming.id === 'number', 'an id of a reply is no number', () => incoming.id);
      break;
    case 'batch':
      must(incoming.items.length <= MOST_IN_BATCH, 'a batch is read past its limit');
      for (const item of incoming.items) {
        must(item.kind !== 'batch', 'a batch holds a batch');
        checkIncoming(item, codec, text);
      }
      break;
    case 'invalid': {
      if (incoming.answer === undefined) break;
      const answer = codec.failure(incoming.answer.id, incoming.answer.error);
      JSON.parse(answer);
      must(answer.length <= 6 * text.length + ANSWER_LENGTH, 'an error answer is longer than its frame', () => answer);
      break;
    }
    case 'request':
    case 'notification':
      must(typeof incoming.method === 'string', 'a method is no text', () => incoming.method);
      break;
    case 'cancel':
    case 'unhandled':
      break;
    default:
      incoming satisfies never;
  }
}

/** What we write with any text in it is read as what was meant. */
function checkWriting(codec: Codec, text: string): void {
  const request = codec.read(codec.request(7, `m${text}`, JSON.stringify({ text })));
  must(request.kind === 'request' && request.method === `m${text}`, 'a request is read as another', () => request);
  const success = codec.read(codec.success(7, { text }));
  must(success.kind === 'result' && success.id === 7, 'a result is read as another', () => success);
  must(JSON.stringify(success.value) === JSON.stringify({ text }), 'a result lost its value', () => success.value);
  const failure = codec.read(codec.failure(7, { code: -32_000, message: text, data: [text] }));
  must(failure.kind === 'failure' && failure.error.message === text, 'an error is read as another', () => failure);
}

/** A codec reads any text without throwing, the same each time, and what it writes is read back. */
export function codecTarget(dialect: DialectName): Target {
  const codec = codecs[dialect];
  return {
    name: `${dialect}-codec`,
    samples: sampleFrames[dialect].map((frame) => [frame]),
    generate: (random) => [anyFrame(dialect, random)],
    check: ([text = '']) => {
      const incoming = codec.read(text);
      checkIncoming(incoming, codec, text);
      checkIncoming(codec.read(text, parseAsWritten), codec, text);
      must(codec.read(text).kind === incoming.kind, 'a frame is read in two ways');
      checkWriting(codec, text.slice(0, 2_000));
      return incoming.kind;
    },
  };
}
