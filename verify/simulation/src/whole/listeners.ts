import { Emitter, type Unsubscribe } from '@deskclaw/core/internal';

interface Source {
  on(event: never, listener: never): Unsubscribe;
}

let listening = 0;

/** Every listener that is added from now on is counted until it is taken away. */
function tap(prototype: Source): void {
  const { on } = prototype;
  prototype.on = function counted(this: Source, event, listener) {
    const off = on.call(this, event, listener);
    let isOn = true;
    listening += 1;
    return () => {
      if (isOn) listening -= 1;
      isOn = false;
      off();
    };
  };
}

tap(Emitter.prototype);

/** Listeners of all managers, connections and supervisors so far that nobody took away. Only differences mean something. */
export function listenerCount(): number {
  return listening;
}
