import type { Problem } from '@deskclaw/protocol';
import type { MessageBoxOptions } from 'electron';
import type { QuitQuestion } from './quit/quit-plan.ts';

/** The words of every dialog the app opens by itself. */
export function quitDialog({ title, detail, choices }: QuitQuestion): MessageBoxOptions {
  return {
    type: 'question',
    title: 'DeskClaw',
    message: title,
    detail,
    buttons: choices.map(({ label }) => label),
    defaultId: 0,
    cancelId: choices.findIndex(({ action }) => action === 'cancel'),
    checkboxLabel: 'Do not ask again',
    // Windows would turn short labels into its own kind of links.
    noLink: true,
  };
}

export const restartDialog: MessageBoxOptions = {
  type: 'question',
  title: 'DeskClaw',
  message: 'Restart the gateway?',
  detail: 'Running work is interrupted.',
  buttons: ['Restart', 'Cancel'],
  defaultId: 0,
  cancelId: 1,
  noLink: true,
};

/** What happened, what is known, what to do: the catalogue's own words. */
export function problemDialog(problem: Problem): MessageBoxOptions {
  const steps = problem.actions.map(({ label, command }) =>
    command === undefined ? `• ${label}` : `• ${label}: ${command}`,
  );
  return {
    type: 'warning',
    title: 'DeskClaw',
    message: problem.title,
    detail: [problem.detail, ...(steps.length === 0 ? [] : ['', ...steps])].join('\n'),
    buttons: ['OK'],
    noLink: true,
  };
}

/** Never shown with `showErrorBox`: that one stands still, and the gateway's host with it, until somebody presses its button. */
export function lostWindowDialog(reason: string): MessageBoxOptions {
  return {
    type: 'error',
    title: 'DeskClaw',
    message: 'The window cannot be shown',
    detail: `The page stopped working (${reason}). The gateway is not affected. To check it, run “deskclaw status”.`,
    buttons: ['OK'],
    noLink: true,
  };
}
