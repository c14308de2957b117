import { isObject, type StartRequest } from '@deskclaw/protocol';

function readRequest(params: unknown): StartRequest {
  if (!isObject(params)) return {};
  const { gateway, port } = params;
  return {
    ...(gateway === 'openclaw' || gateway === 'builtin' ? { gateway } : {}),
    ...(typeof port === 'number' ? { port } : {}),
  };
}

/** Which gateway was last started from this app, so that the same one can be started again on another host. */
export class StartMemory {
  #request: StartRequest | undefined;

  /** `undefined`: none was; another shell may have started what runs. */
  get request(): StartRequest | undefined {
    return this.#request;
  }

  /** `params`: as they were sent to the host. */
  note(method: string, params: unknown): void {
    if (method === 'gateway.start') this.#request = readRequest(params);
  }
}
