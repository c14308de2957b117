import { describeProblem, type Problem } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { problemReport } from '../../src/view-models/problem-report.ts';
import { scenes } from '../support/scenes.ts';
import { NOW } from '../support/view-states.ts';

function problemWith(...actions: Problem['actions']): Problem {
  return { ...describeProblem('internal', { detail: 'x' }, NOW), actions };
}

function stepOf(action: Problem['actions'][number]) {
  return problemReport(problemWith(action), { port: 18_789 }).steps[0];
}

describe('the next steps of a problem', () => {
  it.each([
    ['start', { method: 'gateway.start' }],
    ['retry', { method: 'gateway.restart' }],
    ['reconnect', { method: 'gateway.reconnect' }],
    ['builtin', { method: 'gateway.start', params: { gateway: 'builtin' } }],
    ['force', { method: 'gateway.stop', params: { force: true } }],
    ['stop-start', { method: 'gateway.stop' }],
    ['wait-longer', { method: 'gateway.start', params: { timeoutMs: 300_000 } }],
    ['other-port', { method: 'gateway.start', params: { port: 18_790 } }],
  ])('%s is done here', (id, request) => {
    expect(stepOf({ id, label: 'L', command: 'c' })).toEqual({ kind: 'request', label: 'L', request });
  });

  it('shows logs on a screen of its own', () => {
    expect(stepOf({ id: 'logs', label: 'Show logs', command: 'deskclaw logs' })).toEqual({
      kind: 'logs',
      label: 'Show logs',
    });
  });

  it('hands a terminal what only a terminal can do', () => {
    expect(stepOf({ id: 'approve', label: 'Approve it', command: 'openclaw devices approve 7' })).toEqual({
      kind: 'command',
      label: 'Approve it',
      command: 'openclaw devices approve 7',
    });
  });

  it('leaves to the person what no command does', () => {
    expect(stepOf({ id: 'edit', label: 'Correct it' })).toEqual({ kind: 'advice', label: 'Correct it' });
  });

  it('does not offer to show the status on the screen that shows it', () => {
    expect(stepOf({ id: 'status', label: 'Show status', command: 'deskclaw status' })).toBeUndefined();
  });

  it('takes the port after the taken one, as its label says', () => {
    const problem = scenes.portTaken(NOW).problem;
    const steps = problem === undefined ? [] : problemReport(problem, { port: 18_789 }).steps;
    expect(steps[0]).toEqual({
      kind: 'request',
      label: 'Use port 18790',
      request: { method: 'gateway.start', params: { port: 18_790 } },
    });
  });

  it('does not repeat what a button beside it does', () => {
    const problem = problemWith({ id: 'retry', label: 'Restart gateway' }, { id: 'builtin', label: 'Built-in' });
    const offered = [{ method: 'gateway.restart' }, { method: 'gateway.start' }] as const;
    expect(problemReport(problem, { port: 1, offered }).steps.map((step) => step.label)).toEqual(['Built-in']);
  });
});

describe('the words of a problem', () => {
  it('keeps what a program printed apart from what we say', () => {
    const problem = scenes.error(NOW).problem;
    const report = problem === undefined ? undefined : problemReport(problem, { port: 1 });
    expect(report?.summary).toMatch(/^5 crashes within 300 s/u);
    expect(report?.output?.split('\n')[0]).toBe('It last said:');
  });

  it('copies all of it as text', () => {
    const problem = describeProblem('openclaw.not-installed', { searched: ['/usr/bin'] }, Date.UTC(2026, 10, 23));
    expect(problemReport(problem, { port: 1 }).copy).toBe(
      [
        'OpenClaw is not installed (openclaw.not-installed, 2026-11-23T00:00:00.000Z)',
        problem.detail,
        ...problem.actions.map((action) => `- ${action.label}: ${action.command ?? ''}`),
      ].join('\n'),
    );
  });
});
