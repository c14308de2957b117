import type { ExitCause } from '@deskclaw/protocol';

const all: Readonly<Record<ExitCause, true>> = {
  requested: true,
  clean: true,
  configuration: true,
  'port-in-use': true,
  runtime: true,
  'out-of-memory': true,
  killed: true,
  'not-started': true,
  'managed-elsewhere': true,
  'newer-state': true,
  'state-locked': true,
  crash: true,
};

/** Every cause there is: the compiler asks for a new one here. */
export const exitCauses = Object.keys(all).filter((name): name is ExitCause => Object.hasOwn(all, name));
