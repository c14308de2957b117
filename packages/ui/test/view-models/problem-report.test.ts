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
  ])('the action %s is a request of the screen', (id, request) => {
    expect(stepOf({ id, label: 'L', command: 'c' })).toMatchObject({ kind: 'request', label: 'L', request });
  });

  it('the action logs links to the Logs screen', () => {
    expect(stepOf({ id: 'logs', label: 'Show logs', command: 'deskclaw logs' })).toEqual({
      kind: 'logs',
      label: 'Show logs',
    });
  });

  it('an action with only a command shows the command', () => {
    expect(stepOf({ id: 'approve', label: 'Approve it', command: 'openclaw devices approve 7' })).toEqual({
      kind: 'command',
      label: 'Approve it',
      command: 'openclaw devices approve 7',
    });
  });

  it('an action without a command is shown as advice', () => {
    expect(stepOf({ id: 'edit', label: 'Correct it' })).toEqual({ kind: 'advice', label: 'Correct it' });
  });

  it('the action status is left out', () => {
    expect(stepOf({ id: 'status', label: 'Show status', command: 'deskclaw status' })).toBeUndefined();
  });

  it('the action other-port requests the next port', () => {
    const problem = scenes.portTaken(NOW).problem;
    const steps = problem === undefined ? [] : problemReport(problem, { port: 18_789 }).steps;
    expect(steps[0]).toEqual({
      kind: 'request',
      label: 'Use port 18790',
      rank: 'primary',
      request: { method: 'gateway.start', params: { port: 18_790 } },
    });
  });

  it('a step that repeats what failed is not primary, nor is one that is not the first', () => {
    const problem = problemWith({ id: 'retry', label: 'Again' }, { id: 'other-port', label: 'Other' });
    const ranks = problemReport(problem, { port: 1 }).steps.map((step) => step.kind === 'request' && step.rank);
    expect(ranks).toEqual(['secondary', 'secondary']);
  });

  it('an action that a button already offers is left out', () => {
    const problem = problemWith({ id: 'retry', label: 'Restart gateway' }, { id: 'builtin', label: 'Built-in' });
    const offered = [{ method: 'gateway.restart' }, { method: 'gateway.start' }] as const;
    expect(problemReport(problem, { port: 1, offered }).steps.map((step) => step.label)).toEqual(['Built-in']);
  });
});

describe('problemReport', () => {
  it('the sentence about missing output is no output', () => {
    const problem = { ...problemWith(), detail: 'It exited with code 3.\nIt printed nothing.' };
    expect(problemReport(problem, { port: 1 })).toMatchObject({
      summary: 'It exited with code 3. It printed nothing.',
      output: undefined,
    });
  });

  it('program output is kept apart from the summary', () => {
    const problem = scenes.error(NOW).problem;
    const report = problem === undefined ? undefined : problemReport(problem, { port: 1 });
    expect(report?.summary).toMatch(/^5 crashes within 300 s/u);
    expect(report?.output?.split('\n')[0]).toBe('Its last output:');
  });

  it('the copy text contains title, detail and steps', () => {
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
