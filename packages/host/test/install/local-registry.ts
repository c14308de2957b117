import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { tarball } from './tarball.ts';

interface PublishedPackage {
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly tarball: Buffer;
}

export interface PublishedFiles {
  readonly name: string;
  readonly version: string;
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Further fields of `package.json`. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Version in the packed `package.json`, if it differs from the registry's. */
  readonly versionInside?: string;
}

/** npm registry with version lists and tarballs, sufficient for a real npm. */
export class LocalRegistry {
  readonly #packages = new Map<string, Map<string, PublishedPackage>>();
  readonly #server = createServer((request, response) => this.#answer(decodeURIComponent(request.url ?? ''), response));
  readonly #held = new Map<string, { readonly asked: PromiseWithResolvers<void>; readonly gate: Promise<void> }>();
  #port = 0;

  static async open(): Promise<LocalRegistry> {
    const registry = new LocalRegistry();
    await new Promise<void>((resolve) => {
      registry.#server.listen(0, '127.0.0.1', resolve);
    });
    const address = registry.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    registry.#port = address.port;
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}/`;
  }

  publish({ name, version, files, manifest = {}, versionInside = version }: PublishedFiles): void {
    const inside = JSON.stringify({ ...manifest, name, version: versionInside });
    const versions = this.#packages.get(name) ?? new Map<string, PublishedPackage>();
    versions.set(version, { manifest, tarball: tarball({ 'package.json': inside, ...files }) });
    this.#packages.set(name, versions);
  }

  /** Keeps every request for a tarball of that package waiting. `asked` resolves when one came. */
  hold(name: string): { readonly asked: Promise<void>; readonly release: () => void } {
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    this.#held.set(name, { asked, gate: gate.promise });
    return {
      asked: asked.promise,
      release: () => {
        this.#held.delete(name);
        gate.resolve();
      },
    };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer(path: string, response: ServerResponse): void {
    const [, name = '', file] = /^\/([^/]+)(?:\/-\/(.+))?$/.exec(path.split('?')[0] ?? '') ?? [];
    const versions = this.#packages.get(name);
    if (versions === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
      return;
    }
    if (file === undefined) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(this.#describe(name, versions)));
      return;
    }
    void this.#send(name, versions.get(file.slice(name.length + 1, -'.tgz'.length)), response);
  }

  async #send(name: string, found: PublishedPackage | undefined, response: ServerResponse): Promise<void> {
    const held = this.#held.get(name);
    held?.asked.resolve();
    await held?.gate;
    response.writeHead(found === undefined ? 404 : 200).end(found?.tarball);
  }

  #describe(name: string, versions: ReadonlyMap<string, PublishedPackage>): object {
    const entries = [...versions].map(([version, { manifest, tarball: body }]) => {
      const integrity = `sha512-${createHash('sha512').update(body).digest('base64')}`;
      const dist = { tarball: `${this.url}${name}/-/${name}-${version}.tgz`, integrity };
      return [version, { ...manifest, name, version, dist }] as const;
    });
    const latest = entries.at(-1)?.[0];
    return { name, 'dist-tags': { latest }, versions: Object.fromEntries(entries) };
  }
}
