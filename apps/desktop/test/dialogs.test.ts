import { expect, test } from 'vitest';
import { problemDialog, quitDialog } from '../src/dialogs.ts';
import { planQuit } from '../src/quit/quit-plan.ts';
import { failure, statusIn } from './support/statuses.ts';

test('the quit dialog keeps the button order, and closing it cancels', () => {
  const plan = planQuit({
    host: { role: 'host', kind: 'desktop' },
    status: statusIn('running'),
    setting: 'ask',
    canMove: true,
    passesProcesses: true,
    unattended: false,
  });
  if (plan.kind !== 'ask') throw new Error('nothing was asked');
  expect(quitDialog(plan.question)).toMatchObject({
    message: 'Keep the gateway running after you quit?',
    buttons: ['Keep Running', 'Stop and Quit', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
  });
});

test('the problem dialog shows title, detail and every step with its command', () => {
  expect(problemDialog(failure)).toMatchObject({
    message: 'The gateway exited',
    detail: 'It ended with exit code 1.\n\n• Try again: deskclaw restart',
  });
});
