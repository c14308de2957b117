import type { Connection } from '../host-link/host-link.ts';
import type { KeepGateway } from '../settings/settings.ts';
import { planQuit, type QuitAction, type QuitInput, type QuitQuestion } from './quit-plan.ts';

export interface QuitDeps {
  readonly input: () => Promise<Omit<QuitInput, 'unattended'>>;
  /** Resolves with the index of the chosen button and the state of the "Do not ask again" box. */
  readonly ask: (question: QuitQuestion) => Promise<{ readonly choice: number; readonly remember: boolean }>;
  readonly connection: () => Connection | undefined;
  /** Stops the link from reconnecting. */
  readonly endLink: () => void;
  readonly remember: (setting: KeepGateway) => void;
  /** Has a host in the background go on with the gateway. */
  readonly move: (connection: Connection) => Promise<void>;
  /** Reports an error before the app exits. */
  readonly failed: (error: unknown) => Promise<void>;
  readonly exit: () => void;
}

export interface QuitController {
  readonly isQuitting: boolean;
  /** Quits the app, after a dialog where needed. A second call while the gateway is stopping forces the stop. */
  quit(options?: { readonly unattended?: boolean }): Promise<void>;
}

type Progress =
  | { readonly name: 'idle' }
  | { readonly name: 'confirming' }
  | { readonly name: 'quitting'; readonly force: () => void };

async function stop(connection: Connection, force: boolean): Promise<void> {
  if (connection.role === 'host') return connection.leave({ force });
  await connection.client.call('gateway.stop', { force });
  await connection.client.call('host.shutdown');
}

interface Chosen {
  readonly action: QuitAction | 'cancel';
  readonly remember?: KeepGateway | undefined;
}

async function choose(deps: QuitDeps, unattended: boolean): Promise<Chosen> {
  const plan = planQuit({ ...(await deps.input()), unattended });
  if (plan.kind === 'proceed') return { action: plan.action };
  const { choice, remember } = await deps.ask(plan.question);
  const chosen = plan.question.choices[choice];
  if (chosen === undefined) return { action: 'cancel' };
  return remember ? { action: chosen.action, remember: chosen.remember } : { action: chosen.action };
}

export function createQuitController(deps: QuitDeps): QuitController {
  let progress: Progress = { name: 'idle' };

  async function perform(action: QuitAction): Promise<void> {
    const connection = deps.connection();
    deps.endLink();
    if (connection === undefined) return;
    progress = { name: 'quitting', force: () => void stop(connection, true).catch(() => undefined) };
    switch (action) {
      case 'leave':
        return connection.leave();
      case 'stop':
        return stop(connection, false);
      case 'move':
        return deps.move(connection);
      default:
        return action satisfies never;
    }
  }

  async function start(unattended: boolean): Promise<void> {
    const asking: Progress = { name: 'confirming' };
    progress = asking;
    const { action, remember } = await choose(deps, unattended);
    // A signal quit the app before the dialog was answered.
    if (progress !== asking) return;
    if (remember !== undefined) deps.remember(remember);
    if (action === 'cancel') {
      progress = { name: 'idle' };
      return;
    }
    try {
      await perform(action);
    } catch (error) {
      if (!unattended) await deps.failed(error);
    }
    deps.exit();
  }

  return {
    get isQuitting() {
      return progress.name === 'quitting';
    },
    quit: async ({ unattended = false } = {}) => {
      switch (progress.name) {
        case 'idle':
          return start(unattended);
        case 'quitting':
          return progress.force();
        case 'confirming':
          return unattended ? start(true) : undefined;
        default:
          return progress satisfies never;
      }
    },
  };
}
