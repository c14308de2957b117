import { describeProblem } from '@deskclaw/protocol';
import { expect, it } from 'vitest';
import { addProfileFlag, problemLines } from '../../src/output/problem.ts';
import { createStyle } from '../../src/output/style.ts';

const style = createStyle({ colour: false, unicode: false });

it('says what happened, what we know and what to do', () => {
  const problem = describeProblem(
    'port.in-use',
    { host: '127.0.0.1', port: 18_789, owner: { pid: 77, name: 'node' } },
    0,
  );
  expect(problemLines({ problem }, style, 60).join('\n')).toMatchInlineSnapshot(`
    "x Another program uses the port (port.in-use)
      Port 18789 on 127.0.0.1 is held by node (pid 77). DeskClaw
      left it alone.

      -> Use port 18790:     deskclaw start --port 18790
      -> Show that program:  ps -fp 77"
  `);
});

it("shows the gateway's own code and data", () => {
  const problem = describeProblem('rpc.error', { method: 'x.y', code: -32_004, message: 'no such thing' }, 0);
  const lines = problemLines({ problem, rpc: { data: { id: 7 } } }, style);
  expect(lines.join('\n')).toContain('-32004');
  expect(lines).toContain('  data: {"id":7}');
});

it('prints nothing that a gateway could put into our terminal', () => {
  const problem = describeProblem('internal', { detail: 'bad \u001b]0;owned\u0007 line\u001b[2J' }, 0);
  expect(problemLines({ problem }, style).join('')).not.toMatch(/\p{Cc}/u);
});

it.each([
  ['deskclaw start', 'work', 'deskclaw --profile work start'],
  ['deskclaw stop && deskclaw start', 'work', 'deskclaw --profile work stop && deskclaw --profile work start'],
  ['DESKCLAW_TOKEN_FILE=/t deskclaw start', 'work', 'DESKCLAW_TOKEN_FILE=/t deskclaw --profile work start'],
  ['npm install -g openclaw', 'work', 'npm install -g openclaw'],
  ['deskclaw start', undefined, 'deskclaw start'],
])('%s for profile %s', (command, profile, expected) => {
  expect(addProfileFlag(command, profile)).toBe(expected);
});
