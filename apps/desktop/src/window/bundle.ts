import { extname, join, normalize, sep } from 'node:path';

/** The page's own scheme: an origin of its own, and no `file:` rights. */
export const BUNDLE_SCHEME = 'app';
export const BUNDLE_ORIGIN = 'app://bundle';

/**
 * The page may load its own files and nothing else. It reaches the host through its port alone, so that no connection
 * of its own is needed: the token and the gateway's socket never enter it.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export interface BundleFile {
  readonly path: string;
  readonly contentType: string;
}

function decoded(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

/** Whether a URL or an origin is of the page's own; `URL.origin` knows no schemes of one's own making. */
export function isBundleUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}` === BUNDLE_ORIGIN;
}

/** The file below `root` that a URL names; `undefined` for anything else, however it is written. */
export function bundleFile(root: string, url: string): BundleFile | undefined {
  if (!isBundleUrl(url)) return undefined;
  const wanted = decoded(new URL(url).pathname);
  if (wanted === undefined || wanted.includes('\0')) return undefined;
  const path = normalize(join(root, wanted));
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  const contentType = contentTypes[extname(path)];
  return contentType === undefined ? undefined : { path, contentType };
}

export type ReadFile = (path: string) => Promise<Uint8Array<ArrayBuffer>>;

const safetyHeaders = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

function notFound(): Response {
  return new Response('There is nothing here.', {
    status: 404,
    headers: { ...safetyHeaders, 'content-type': 'text/plain' },
  });
}

/** Answers a request of the page. */
export async function serveBundle(
  root: string,
  request: { readonly url: string },
  readFile: ReadFile,
): Promise<Response> {
  const file = bundleFile(root, request.url);
  if (file === undefined) return notFound();
  try {
    return new Response(await readFile(file.path), { headers: { ...safetyHeaders, 'content-type': file.contentType } });
  } catch {
    return notFound();
  }
}
