import { expect, test } from 'vitest';
import { createQuitController, type QuitDeps } from '../../src/quit/quit-controller.ts';
import { FakeHost } from '../support/fake-connection.ts';
import { statusIn } from '../support/statuses.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const stopped = { 'gateway.stop': { outcome: 'applied', generation: 2 }, 'host.shutdown': { stopping: true } };

interface Options extends Partial<Pick<QuitDeps, 'ask' | 'connection' | 'move'>> {
  readonly host?: FakeHost;
  readonly choice?: string;
  readonly remember?: boolean;
  readonly setting?: 'ask' | 'always' | 'never';
}

function scene({
  host = new FakeHost('host'),
  choice = 'Cancel',
  remember = false,
  setting = 'ask',
  ...more
}: Options = {}) {
  const done: string[] = [];
  const { connection } = host;
  const quitController = createQuitController({
    input: () =>
      Promise.resolve({
        host: { role: connection.role, kind: connection.info.kind },
        status: statusIn('running'),
        setting,
        canMove: true,
        passesProcesses: true,
      }),
    ask: (question) => {
      done.push('asked');
      return Promise.resolve({ choice: question.choices.findIndex(({ label }) => label === choice), remember });
    },
    connection: () => connection,
    endLink: () => done.push('link ended'),
    remember: (stored) => done.push(`remembered ${stored}`),
    move: () => {
      done.push('moved');
      return Promise.resolve();
    },
    failed: (error) => {
      done.push(`failed: ${error instanceof Error ? error.message : String(error)}`);
      return Promise.resolve();
    },
    exit: () => done.push('exit'),
    ...more,
  });
  return { quitController, done, host };
}

test('a cancelled quit changes nothing and can be repeated', async () => {
  const { quitController, done, host } = scene();
  await quitController.quit();
  await quitController.quit();
  expect(done).toEqual(['asked', 'asked']);
  expect([host.left, quitController.isQuitting]).toEqual([[], false]);
});

test('a quit dialog closed without an answer cancels', async () => {
  const { quitController, done } = scene({ choice: 'nothing of the kind' });
  await quitController.quit();
  expect(done).toEqual(['asked']);
});

test('quitting as the host with Stop shuts the host down and does not reconnect', async () => {
  const { quitController, done, host } = scene({ choice: 'Stop and Quit' });
  await quitController.quit();
  expect(done).toEqual(['asked', 'link ended', 'exit']);
  expect(host.left).toEqual([{ force: false }]);
});

test('quitting as the host with Keep Running moves the gateway', async () => {
  const { quitController, done, host } = scene({ choice: 'Keep Running', remember: true });
  await quitController.quit();
  expect(done).toEqual(['asked', 'remembered always', 'link ended', 'moved', 'exit']);
  expect(host.left).toEqual([]);
});

test('quitting as a client with Stop stops the gateway, then the background host', async () => {
  const host = new FakeHost('client', stopped, 'background');
  const { quitController, done } = scene({ host, choice: 'Stop and Quit', remember: true });
  await quitController.quit();
  expect(host.asked.map(({ method }) => method)).toEqual(['gateway.stop', 'host.shutdown']);
  expect(done).toEqual(['asked', 'remembered never', 'link ended', 'exit']);
});

test('quitting as a client with Keep Running leaves the host running', async () => {
  const host = new FakeHost('client', stopped, 'background');
  const { quitController } = scene({ host, choice: 'Keep Running' });
  await quitController.quit();
  expect([host.asked, host.left]).toEqual([[], [undefined]]);
});

test('a remembered choice quits without asking', async () => {
  const { quitController, done } = scene({ setting: 'never' });
  await quitController.quit();
  expect(done).toEqual(['link ended', 'exit']);
});

test('a second quit while the dialog is open asks once', async () => {
  let answer: (value: { choice: number; remember: boolean }) => void = () => undefined;
  let times = 0;
  const { quitController, done } = scene({
    ask: () => {
      times += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  });
  const first = quitController.quit();
  await settled();
  await quitController.quit();
  answer({ choice: 1, remember: false });
  await first;
  expect([times, done]).toEqual([1, ['link ended', 'exit']]);
});

test('a signal quits without waiting for the open dialog', async () => {
  const { quitController, done, host } = scene({ ask: () => new Promise(() => undefined) });
  void quitController.quit();
  await settled();
  await quitController.quit({ unattended: true });
  expect(done).toEqual(['link ended', 'exit']);
  expect(host.left).toEqual([{ force: false }]);
});

test('a dialog answer after a signal is ignored', async () => {
  let answer: (value: { choice: number; remember: boolean }) => void = () => undefined;
  const { quitController, done } = scene({
    ask: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  const first = quitController.quit();
  await settled();
  await quitController.quit({ unattended: true });
  answer({ choice: 0, remember: true });
  await first;
  expect(done).toEqual(['link ended', 'exit']);
});

test('a second quit while the gateway is stopping forces it', async () => {
  const host = new FakeHost('host');
  const left: unknown[] = [];
  let finish: () => void = () => undefined;
  const slow = {
    ...host.connection,
    leave: (options?: { readonly force?: boolean }) => {
      left.push(options);
      return new Promise<void>((resolve) => {
        if (options?.force === true) finish();
        else finish = resolve;
      });
    },
  };
  const { quitController, done } = scene({ host, setting: 'never', connection: () => slow });
  const first = quitController.quit();
  await settled();
  expect([quitController.isQuitting, done]).toEqual([true, ['link ended']]);
  await quitController.quit();
  await first;
  expect(left).toEqual([{ force: false }, { force: true }]);
  expect(done).toEqual(['link ended', 'exit']);
});

test('a failed quit action is reported and the app still quits', async () => {
  const { quitController, done } = scene({
    choice: 'Keep Running',
    move: () => Promise.reject(new Error('no host came up')),
  });
  await quitController.quit();
  expect(done).toEqual(['asked', 'link ended', 'failed: no host came up', 'exit']);
});

test('a failed unattended quit action is not reported', async () => {
  const { quitController, done } = scene({
    setting: 'always',
    move: () => Promise.reject(new Error('no host came up')),
  });
  await quitController.quit({ unattended: true });
  expect(done).toEqual(['link ended', 'exit']);
});

test('quitting without a host exits at once', async () => {
  const { quitController, done } = scene({ connection: () => undefined, setting: 'never' });
  await quitController.quit();
  expect(done).toEqual(['link ended', 'exit']);
});
