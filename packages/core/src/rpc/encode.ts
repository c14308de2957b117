import { isObject } from '@deskclaw/protocol';

/** A request that cannot be sent as it is, and why, in words for its caller. */
export class InvalidRequest extends Error {}

function encode(params: object): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(params);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown cause';
    throw new InvalidRequest(`its parameters cannot be said in JSON: ${why}.`);
  }
  // An object with a toJSON of its own may come out as nothing, or as a bare value.
  if (text === undefined || !/^[[{]/.test(text))
    throw new InvalidRequest('its parameters must come out as an object or an array.');
  return text;
}

/** @throws UnusableRequest */
export function encodeParams(params: unknown, idempotencyKey: string | undefined): string | undefined {
  if (params === undefined) return idempotencyKey === undefined ? undefined : encode({ idempotencyKey });
  if (typeof params !== 'object' || params === null) {
    throw new InvalidRequest('parameters must be an object, an array, or left out.');
  }
  if (idempotencyKey === undefined) return encode(params);
  if (!isObject(params)) throw new InvalidRequest('an idempotency key needs parameters that are an object.');
  if (params['idempotencyKey'] !== undefined && params['idempotencyKey'] !== idempotencyKey) {
    throw new InvalidRequest('the idempotency key in its parameters is not the one in its options.');
  }
  return encode({ ...params, idempotencyKey });
}
