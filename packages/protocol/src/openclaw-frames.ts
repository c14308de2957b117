/** OpenClaw's wire, protocol 3 and 4, as measured on 2026.2.3-1, 2026.5.28 and 2026.9.6. */
import { isObject } from './json.ts';

export const OPENCLAW_PROTOCOL = { min: 3, max: 4 } as const;

export interface OpenClawRequest {
  readonly type: 'req';
  readonly id: string;
  readonly method: string;
  readonly params?: unknown;
}

export interface OpenClawError {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryable?: boolean;
  /** A floor for the next attempt, ms. */
  readonly retryAfterMs?: number;
}

export type OpenClawResponse =
  | { readonly type: 'res'; readonly id: string; readonly ok: true; readonly payload?: unknown }
  | {
      readonly type: 'res';
      readonly id: string;
      readonly ok: false;
      readonly error: OpenClawError;
      readonly payload?: unknown;
    };

export interface OpenClawEvent {
  readonly type: 'event';
  readonly event: string;
  readonly payload?: unknown;
  /** Numbers the events of one connection from 1; a gap means a missed event. */
  readonly seq?: number;
  readonly stateVersion?: unknown;
}

export type OpenClawFrame = OpenClawRequest | OpenClawResponse | OpenClawEvent;

function isOptionalDelay(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && Number.isFinite(value) && value >= 0);
}

export function isOpenClawError(value: unknown): value is OpenClawError {
  return (
    isObject(value) &&
    typeof value['code'] === 'string' &&
    typeof value['message'] === 'string' &&
    (value['retryable'] === undefined || typeof value['retryable'] === 'boolean') &&
    isOptionalDelay(value['retryAfterMs'])
  );
}

export function isOpenClawRequest(value: unknown): value is OpenClawRequest {
  return (
    isObject(value) && value['type'] === 'req' && typeof value['id'] === 'string' && typeof value['method'] === 'string'
  );
}

export function isOpenClawResponse(value: unknown): value is OpenClawResponse {
  if (!isObject(value) || value['type'] !== 'res' || typeof value['id'] !== 'string') return false;
  return value['ok'] === true || (value['ok'] === false && isOpenClawError(value['error']));
}

export function isOpenClawEvent(value: unknown): value is OpenClawEvent {
  if (!isObject(value) || value['type'] !== 'event' || typeof value['event'] !== 'string') return false;
  return value['seq'] === undefined || Number.isInteger(value['seq']);
}
