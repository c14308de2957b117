const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/**
 * Whether a page of this origin may open a socket here. Programs send no Origin; browsers always do, and a page
 * from elsewhere must not reach a gateway on the visitor's own machine (cross-site WebSocket hijacking).
 */
export function isOriginAllowed(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return loopbackNames.has(url.hostname) || url.hostname.endsWith('.localhost');
}

export function isLoopbackHost(host: string): boolean {
  return loopbackNames.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}
