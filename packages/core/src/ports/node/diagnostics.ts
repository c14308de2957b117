import { channel } from 'node:diagnostics_channel';

/**
 * Hands each event to the channel `<prefix>.<its type>` of `node:diagnostics_channel`, where tracers listen without our doing.
 * Costs a lookup where nobody does.
 */
export function publishTo(prefix: string): (event: { readonly type: string }) => void {
  const channels = new Map<string, ReturnType<typeof channel>>();
  return (event) => {
    let target = channels.get(event.type);
    if (target === undefined) {
      target = channel(`${prefix}.${event.type}`);
      channels.set(event.type, target);
    }
    if (target.hasSubscribers) target.publish(event);
  };
}
