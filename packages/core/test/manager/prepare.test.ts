import { afterEach, expect, it } from 'vitest';
import { GatewayError } from '../../src/rpc/gateway-error.ts';
import { manage, stopAll } from './builtin.ts';

afterEach(stopAll);

it('a hook that throws fails the start with its reason, and harms nobody else', async () => {
  const manager = manage({
    prepare: () => Promise.reject(new Error('the hook has a bug')),
  });
  const error: unknown = await manager.start().catch((reason: unknown) => reason);
  expect(String(error)).toContain('the hook has a bug');
  expect(error).toBeInstanceOf(GatewayError);
  expect(manager.getStatus().state).toBe('error');
});
