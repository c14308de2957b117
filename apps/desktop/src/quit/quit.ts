import type { Connection } from '../host-link/host-link.ts';
import type { KeepGateway } from '../settings/settings.ts';
import { type Going, planQuit, type QuitFacts, type QuitQuestion } from './quit-plan.ts';

export interface QuitDeps {
  readonly facts: () => Promise<Omit<QuitFacts, 'unattended'>>;
  /** What is chosen, and whether to remember it. */
  readonly ask: (question: QuitQuestion) => Promise<{ readonly choice: number; readonly remember: boolean }>;
  readonly connection: () => Connection | undefined;
  /** No host is sought from here on. */
  readonly endLink: () => void;
  readonly remember: (setting: KeepGateway) => void;
  /** Has a host in the background go on with the gateway. */
  readonly move: (connection: Connection) => Promise<void>;
  /** Something could not be done: told before the app is gone. */
  readonly failed: (error: unknown) => Promise<void>;
  readonly exit: () => void;
}

export interface Quitter {
  readonly underWay: boolean;
  /** Quits, after asking where there is something to ask. A second call while the gateway is stopping forces it. */
  quit(options?: { readonly unattended?: boolean }): Promise<void>;
}

type Progress =
  | { readonly name: 'no' }
  | { readonly name: 'asking' }
  | { readonly name: 'going'; readonly force: () => void };

async function stop(connection: Connection, force: boolean): Promise<void> {
  if (connection.role === 'hosting') return connection.leave({ force });
  await connection.client.call('gateway.stop', { force });
  await connection.client.call('host.shutdown');
}

interface Chosen {
  readonly going: Going | 'stay';
  readonly remember?: KeepGateway | undefined;
}

async function choose(deps: QuitDeps, unattended: boolean): Promise<Chosen> {
  const plan = planQuit({ ...(await deps.facts()), unattended });
  if (plan.kind === 'go') return { going: plan.going };
  const { choice, remember } = await deps.ask(plan.question);
  const chosen = plan.question.choices[choice];
  if (chosen === undefined) return { going: 'stay' };
  return remember ? { going: chosen.going, remember: chosen.remember } : { going: chosen.going };
}

export function createQuitter(deps: QuitDeps): Quitter {
  let progress: Progress = { name: 'no' };

  async function perform(going: Going): Promise<void> {
    const connection = deps.connection();
    deps.endLink();
    if (connection === undefined) return;
    progress = { name: 'going', force: () => void stop(connection, true).catch(() => undefined) };
    switch (going) {
      case 'leave':
        return connection.leave();
      case 'stop':
        return stop(connection, false);
      case 'move':
        return deps.move(connection);
      default:
        return going satisfies never;
    }
  }

  async function start(unattended: boolean): Promise<void> {
    const asking: Progress = { name: 'asking' };
    progress = asking;
    const { going, remember } = await choose(deps, unattended);
    // A signal came before the answer, and did not wait for it.
    if (progress !== asking) return;
    if (remember !== undefined) deps.remember(remember);
    if (going === 'stay') {
      progress = { name: 'no' };
      return;
    }
    try {
      await perform(going);
    } catch (error) {
      if (!unattended) await deps.failed(error);
    }
    deps.exit();
  }

  return {
    get underWay() {
      return progress.name === 'going';
    },
    quit: async ({ unattended = false } = {}) => {
      switch (progress.name) {
        case 'no':
          return start(unattended);
        case 'going':
          return progress.force();
        case 'asking':
          return unattended ? start(true) : undefined;
        default:
          return progress satisfies never;
      }
    },
  };
}
