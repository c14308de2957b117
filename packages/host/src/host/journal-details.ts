import { statfsSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import type { JournalRecord, OpenClawProgram, StartRequest } from '@deskclaw/protocol';
import { startFlags } from '../profile/start-command.ts';
import type { Choice } from './launch-target.ts';

/** What a host knows of its gateway besides what the manager records. */
export interface JournalContext {
  readonly choice: Choice;
  readonly openclaw: OpenClawProgram | undefined;
  /** The request of the last start, its secret arguments masked. */
  readonly request: StartRequest;
  /** Which kind of client asks just now; `adoption`, `recovery` and `shutdown` for what the host does by itself. */
  readonly client: string | undefined;
  /** Measures how much of memory and disk is free. */
  readonly resources: () => Readonly<Record<string, number>>;
}

function programOf({ choice, openclaw }: JournalContext): Readonly<Record<string, string>> {
  if (choice.kind === 'builtin') return { program: 'built-in gateway' };
  if (choice.kind !== 'openclaw' || openclaw === undefined) return {};
  return { program: `OpenClaw ${openclaw.version}`, version: openclaw.version };
}

function withData(record: JournalRecord, data: Readonly<Record<string, unknown>>): JournalRecord {
  return { ...record, data: { ...record.data, ...data } };
}

/** Adds what a host knows to a record of its manager: who asked and how, which program it is, what was free at an exit. */
export function addJournalDetails(record: JournalRecord, context: JournalContext): JournalRecord {
  switch (`${record.category} ${record.what}`) {
    case 'intent start':
    case 'intent restart':
    case 'intent stop': {
      const flags = record.what === 'start' ? startFlags(context.request) : '';
      const command = [`deskclaw ${record.what}`, flags].filter((text) => text !== '').join(' ');
      const by = context.client === undefined ? {} : { by: context.client };
      // What a host does by itself was typed by nobody.
      const isOwnAct = context.client === 'adoption' || context.client === 'shutdown' || context.client === 'recovery';
      return withData(record, isOwnAct ? by : { command, ...by });
    }
    case 'process spawned':
    case 'process adopted':
      return withData(record, programOf(context));
    case 'process exit':
      return record.cause?.startsWith('requested') === true ? record : withData(record, context.resources());
    default:
      return record;
  }
}

/** Measures free memory of the machine and free space for a folder, in bytes. What cannot be measured is left out. */
export function measureResources(folder: string): Readonly<Record<string, number>> {
  const memory = { freeMemory: freemem(), totalMemory: totalmem() };
  try {
    const { bavail, bsize } = statfsSync(folder);
    return { ...memory, freeDisk: bavail * bsize };
  } catch {
    return memory;
  }
}
