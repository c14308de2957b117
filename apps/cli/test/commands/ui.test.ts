import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Home } from '../support/deskclaw.ts';

/** A home with a folder of programs for its PATH. */
class Desk {
  readonly home = new Home();
  readonly programs: string;

  constructor() {
    this.programs = join(this.home.folder, 'programs');
    mkdirSync(this.programs);
  }

  /** Adds a program that is a shell script. */
  script(name: string, ...lines: readonly string[]): string {
    const file = join(this.programs, name);
    writeFileSync(file, `#!/bin/sh\n${lines.join('\n')}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  ui(env: Readonly<Record<string, string>>) {
    return this.home.start(['ui'], { input: '', env: { PATH: `${this.programs}:/usr/bin:/bin`, ...env } });
  }

  get redirectPages(): readonly string[] {
    const state = join(this.home.folder, 'state', 'default');
    return readdirSync(state).filter((name) => name.startsWith('open-dashboard'));
  }
}

const display = { DISPLAY: ':0' };
const byHand = 'Open this address in a browser within two minutes. It works once.';

/** Arguments of all processes that can be read, as any user can. */
function allArguments(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        // It ended meanwhile.
        return '';
      }
    })
    .join('\n');
}

describe('deskclaw ui', { timeout: 60_000 }, () => {
  it('T4: while the browser is opened, no process has the token among its arguments', async () => {
    const desk = new Desk();
    const [opened, release] = [join(desk.programs, 'opened'), join(desk.programs, 'release')];
    desk.script('xdg-open', `echo "$1" > ${opened}`, `while [ ! -e ${release} ]; do sleep 0.05; done`);
    const running = desk.ui(display);
    await expect.poll(() => existsSync(opened) && readFileSync(opened, 'utf8'), { timeout: 30_000 }).toMatch(/\n$/);
    const seen = allArguments();
    writeFileSync(release, '');
    expect(seen).toContain(opened.replace('opened', 'xdg-open'));
    expect(seen).not.toContain('token=');
    const page = fileURLToPath(readFileSync(opened, 'utf8').trim());
    expect(statSync(page).mode & 0o777).toBe(0o600);
    const ended = await running.ended;
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Opened in the browser.') });
    expect(readFileSync(page, 'utf8')).toContain(`content="0;url=${ended.stdout.trim()}"`);
    await desk.home.run('stop');
    expect(desk.redirectPages).toEqual([]);
  });

  it('T4: --no-open and --json print the link and write no page', async () => {
    const desk = new Desk();
    const printed = await desk.home.run('ui', '--no-open');
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^http:\S+\?token=\S+\n$/) });
    expect(printed.stderr).toBe(`${byHand}\n`);
    expect(await desk.home.document('ui')).toMatchObject({ url: expect.stringContaining('?token=') });
    expect(desk.redirectPages).toEqual([]);
  });

  it.each([
    ['a browser that is not found', 'exit 3', display, '"xdg-open" failed with exit code 3: it found no browser.'],
    ['an opener that fails', 'exit 7', display, '"xdg-open" failed with exit code 7.'],
    ['an opener that is killed', 'kill -9 $$', display, '"xdg-open" was ended by SIGKILL.'],
    ['no opener', undefined, { ...display, PATH: '/nowhere' }, '"xdg-open" was not found.'],
    ['no display', 'exit 0', {}, 'There is no display here: DISPLAY, WAYLAND_DISPLAY and BROWSER are not set.'],
    ['a BROWSER that fails', undefined, { BROWSER: '/bin/false' }, '"/bin/false" failed with exit code 1.'],
  ])('E13: %s is told, and the link is printed', async (_what, line, env, reason) => {
    const desk = new Desk();
    if (line !== undefined) desk.script('xdg-open', line);
    const ended = await desk.ui(env).ended;
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^http:\S+\?token=\S+\n$/) });
    expect(ended.stderr).toBe(`The browser was not opened. ${reason}\n${byHand}\n`);
    // Nothing spent the link.
    expect((await fetch(ended.stdout.trim())).status).toBe(200);
  });

  it.each([
    ['a program', (file: string) => file],
    ['a line with the place of the address', (file: string) => `${file} --new %s --last`],
    ['several, of which the first is missing', (file: string) => `/nowhere/browser:${file}`],
  ])('E13: BROWSER names %s, without a display', async (_what, variable) => {
    const desk = new Desk();
    const opened = join(desk.programs, 'opened');
    const browser = desk.script('browser', `echo "$@" > ${opened}`);
    const ended = await desk.ui({ BROWSER: variable(browser) }).ended;
    expect(ended.stderr).toContain('Opened in the browser.');
    expect(readFileSync(opened, 'utf8')).toMatch(/^(--new )?file:\/\/\S+\.html( --last)?\n$/);
  });

  it('E13: an opener that only looks at what it is given does not spend the link', async () => {
    const desk = new Desk();
    const ended = await desk.home.run('ui', '--no-open');
    const link = ended.stdout.trim();
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(link)).status).toBe(200);
    expect((await fetch(link)).status).toBe(200);
  });
});
