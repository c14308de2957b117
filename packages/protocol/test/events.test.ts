import { expect, test } from 'vitest';
import { gatewayEventNames } from '../src/events.ts';

test('the names of the events are these for ever', () => {
  expect(gatewayEventNames).toEqual([
    'gateway.status_changed',
    'channel.status_changed',
    'chat.message_received',
    'chat.message_sent',
    'tool.call_started',
    'tool.call_completed',
    'error',
  ]);
});
