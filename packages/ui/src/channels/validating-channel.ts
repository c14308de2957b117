import type { FrameChannel } from '@deskclaw/core/client';
import {
  cleanData,
  cleanText,
  controlEventNames,
  isObject,
  isRpcNotification,
  isRpcRequest,
  isRpcResponse,
  parseJson,
} from '@deskclaw/protocol';

function isMessage(value: unknown): boolean {
  if (isRpcNotification(value))
    return !controlEventNames.some((name) => name === value.method) || isObject(value.params);
  return isRpcResponse(value) || isRpcRequest(value);
}

function isFrame(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(isMessage) : isMessage(value);
}

/** Escapes by which JSON writes control characters. */
const escapes = /\\[ubfr]/;

/** Returns the frame with its texts cleaned: what a gateway says can neither reorder nor forge what the page shows. */
function cleanFrame(text: string, value: unknown): string {
  return escapes.test(text) || cleanText(text) !== text ? JSON.stringify(cleanData(value)) : text;
}

/** Passes on valid frames, with their texts cleaned, and counts the others, which the peer would ignore silently. */
export function validatingChannel(channel: FrameChannel, onMalformed: () => void): FrameChannel {
  return {
    send: (text) => channel.send(text),
    onFrame: (listener) =>
      channel.onFrame((text) => {
        const value = parseJson(text);
        if (isFrame(value)) listener(cleanFrame(text, value));
        else onMalformed();
      }),
    onClose: (listener) => channel.onClose(listener),
    close: (code, reason) => channel.close(code, reason),
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
  };
}
