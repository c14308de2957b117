import type { Problem } from '@deskclaw/protocol';
import type { MessageBoxOptions } from 'electron';
import type { QuitQuestion } from './quit/quit-plan.ts';

/** Builds the quit dialog. */
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

/** Builds the dialog of a problem: title, detail and next steps from the catalogue. */
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

/**
 * Not shown with `showErrorBox`, which blocks the main process, and the gateway's host with it, until its button is
 * pressed.
 */
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
