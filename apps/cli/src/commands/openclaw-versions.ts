import { type ListedVersion, listOpenClaws, type OpenClawList, selectOpenClaw } from '@deskclaw/host';
import { type ExitCode, exitCodes, type OpenClawProgram } from '@deskclaw/protocol';
import { findHost } from '../host/find-host.ts';
import { finishInterruptedUpgrade } from '../host/upgrade-gateway-control.ts';
import { isoTime } from '../output/documents.ts';
import { megabytes } from '../output/format.ts';
import { layTable, type Span, span } from '../output/layout.ts';
import { addProfileFlag } from '../output/problem.ts';
import type { Shell } from '../shell.ts';

/** Returns the OpenClaw that runs now as a child of the host of this profile. */
export async function runningOpenClaw(shell: Shell): Promise<OpenClawProgram | undefined> {
  const session = await findHost(shell);
  if (session === undefined) return undefined;
  const status = await session.client.call('gateway.status');
  return status.ownership === 'owned' && status.pid !== undefined ? session.info.openclaw : undefined;
}

function isRunning({ package: found }: ListedVersion, running: OpenClawProgram | undefined): boolean {
  return running !== undefined && running.path === found.root;
}

function row(each: ListedVersion, running: boolean, shell: Shell): readonly (Span | string)[] {
  const { glyphs } = shell.out.style;
  const marks = [
    ...(each.inUse ? ['in use'] : []),
    ...(running ? ['running'] : []),
    ...(each.knownGoodAt === undefined ? [] : ['known good']),
  ];
  const node = each.runsOn === undefined ? span('no Node fits', 'bad') : `Node ${each.runsOn.version}`;
  return [
    each.inUse ? span(glyphs.on, running ? 'good' : 'accent') : span(glyphs.off, 'dim'),
    span(each.version, 'strong'),
    node,
    megabytes(each.bytes),
    marks.join(', '),
  ];
}

function ownLine({ own, choice }: OpenClawList): string {
  const named = choice.kind === 'named' ? `, as the settings name (${choice.path})` : '';
  if (own === undefined) {
    return choice.kind === 'named'
      ? `The settings name ${choice.path}, but no OpenClaw is there.`
      : 'No OpenClaw of your own was found.';
  }
  return `Your own: OpenClaw ${own.version}, found by ${own.by}${named}${own.inUse ? ' (in use)' : ''}`;
}

/** Returns lines with the disk space of all versions and their Nodes. */
function sizeLines({ versions, nodes, folder }: OpenClawList): readonly string[] {
  if (versions.length + nodes.length === 0) return [];
  const sum = [...versions, ...nodes].reduce((total, { bytes }) => total + bytes, 0);
  const nodeLabels = nodes.map(({ version, bytes }) => `Node ${version} (${megabytes(bytes)})`);
  return [
    ...(nodeLabels.length === 0 ? [] : [`Node versions installed with them: ${nodeLabels.join(', ')}`]),
    `Total ${megabytes(sum)}, versions in ${folder}`,
  ];
}

function documentOf(list: OpenClawList, running: OpenClawProgram | undefined): object {
  const versions = list.versions.map((each) => {
    const { version, folder, bytes, installedAt, knownGoodAt, inUse, runsOn } = each;
    return {
      version,
      folder,
      bytes,
      installedAt: isoTime(installedAt),
      ...(knownGoodAt === undefined ? {} : { knownGoodAt: isoTime(knownGoodAt) }),
      inUse,
      running: isRunning(each, running),
      runsOn: runsOn ?? null,
    };
  });
  const { folder, nodes, own, drafts } = list;
  return { folder, versions, nodes, own: own ?? null, running: running ?? null, unfinished: drafts };
}

export async function openclawList(shell: Shell): Promise<ExitCode> {
  const [list, running] = await Promise.all([
    listOpenClaws({ name: shell.profile, env: shell.env }),
    runningOpenClaw(shell),
  ]);
  if (shell.json) {
    shell.document('openclaw-list', documentOf(list, running));
    return exitCodes.ok;
  }
  const rows = list.versions.map((each) => row(each, isRunning(each, running), shell));
  if (rows.length > 0) shell.data(...layTable(rows, shell.out.style));
  else shell.data('No version is installed.');
  shell.data(...sizeLines(list), ownLine(list));
  if (list.choice.kind === 'missing') {
    const how = addProfileFlag(`deskclaw openclaw install ${list.choice.version}`, shell.namedProfile);
    shell.message(`${list.choice.version} is chosen but not installed: ${how}`);
  }
  if (list.drafts.length > 0)
    shell.message('An installation is in progress or did not finish. The next one removes it.');
  return exitCodes.ok;
}

export async function openclawUse(shell: Shell, version: string): Promise<ExitCode> {
  await finishInterruptedUpgrade(shell);
  const { folder, package: found } = await selectOpenClaw(version, { name: shell.profile, env: shell.env });
  const running = await runningOpenClaw(shell);
  const restartNeeded = running !== undefined && running.path !== found.root;
  if (shell.json) {
    shell.document('openclaw-use', { version, folder, running: running ?? null, restartNeeded });
    return exitCodes.ok;
  }
  shell.data(`The next start runs OpenClaw ${version}.`);
  if (restartNeeded) {
    shell.message(
      `${running.version} keeps running until you run: ${addProfileFlag('deskclaw restart', shell.namedProfile)}`,
    );
  }
  return exitCodes.ok;
}
