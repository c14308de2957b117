import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const installed = /^(?<folder>.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

/** The folders of the packages that these modules come from. */
function packageFolders(moduleIds) {
  return [...new Set(moduleIds.flatMap((id) => installed.exec(id)?.groups?.folder ?? []))];
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} is bundled and has no licence file to give along.`);
  return { name, text: `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n` };
}

/**
 * The licences of everything that is bundled: most ask that their text comes along.
 * @param {readonly string[]} moduleIds
 */
export function thirdPartyNotices(moduleIds) {
  const notices = packageFolders(moduleIds).map(notice);
  return notices
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ text }) => text)
    .join(`\n${'-'.repeat(80)}\n\n`);
}
