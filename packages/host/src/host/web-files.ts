import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.map': 'application/json',
};

interface WebFile {
  readonly type: string;
  readonly body: Buffer;
  /** Hashed names never change their content. */
  readonly immutable: boolean;
}

/** Returns a file below `root`; `undefined` for anything else, whatever the path tries. */
export async function readWebFile(root: string, urlPath: string): Promise<WebFile | undefined> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0')) return undefined;
  const path = normalize(join(root, decoded === '/' ? 'index.html' : decoded));
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  const type = contentTypes[extname(path)];
  if (type === undefined) return undefined;
  const body = await readFile(path).catch(() => undefined);
  return body === undefined ? undefined : { type, body, immutable: decoded.startsWith('/assets/') };
}
