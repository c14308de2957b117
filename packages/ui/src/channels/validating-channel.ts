import type { FrameChannel } from '@deskclaw/core/client';
import {
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

function isFrame(text: string): boolean {
  const value = parseJson(text);
  return Array.isArray(value) ? value.length > 0 && value.every(isMessage) : isMessage(value);
}

/** Counts frames that the peer would ignore silently, and passes on only valid ones. */
export function validatingChannel(channel: FrameChannel, onMalformed: () => void): FrameChannel {
  return {
    send: (text) => channel.send(text),
    onFrame: (listener) =>
      channel.onFrame((text) => {
        if (isFrame(text)) listener(text);
        else onMalformed();
      }),
    onClose: (listener) => channel.onClose(listener),
    close: (code, reason) => channel.close(code, reason),
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
  };
}
