import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { tarball } from './tarball.ts';

interface PublishedPackage {
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly tarball: Buffer;
  readonly checksum: 'sha512' | 'sha1' | 'none';
}

export interface PublishedFiles {
  readonly name: string;
  readonly version: string;
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Further fields of `package.json`. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Version in the packed `package.json`, if it differs from the registry's. */
  readonly versionInside?: string;
  /** What the registry states of the archive. Default `sha512`. `none` also stands for registries that swap the archive. */
  readonly checksum?: 'sha512' | 'sha1' | 'none';
}

/** npm registry with version lists and tarballs, sufficient for a real npm. */
export class LocalRegistry {
  readonly #packages = new Map<string, Map<string, PublishedPackage>>();
  readonly #server = createServer((request, response) => {
    if (this.#refusal === undefined) this.#answer(decodeURIComponent(request.url ?? ''), response);
    else {
      const { authorization = '' } = request.headers;
      const error = `no entry for ${authorization}, that is ${authorization.replace('Bearer ', '')}`;
      response.writeHead(this.#refusal, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    }
  });
  readonly #held = new Map<string, { readonly asked: PromiseWithResolvers<void>; readonly gate: Promise<void> }>();
  readonly #swapped = new Map<string, Buffer>();
  #refusal: number | undefined;
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

  publish({ name, version, files, manifest = {}, versionInside = version, checksum = 'sha512' }: PublishedFiles): void {
    const inside = JSON.stringify({ ...manifest, name, version: versionInside });
    const versions = this.#packages.get(name) ?? new Map<string, PublishedPackage>();
    versions.set(version, { manifest, tarball: tarball({ 'package.json': inside, ...files }), checksum });
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

  /** Answers every request with an error that repeats the credentials of the request. */
  refuseAll(status: number): void {
    this.#refusal = status;
  }

  /** Sends other bytes for an archive than the registry states the checksum of. */
  swap(name: string, version: string): void {
    const found = this.#packages.get(name)?.get(version);
    if (found === undefined) throw new Error(`no ${name} ${version}`);
    this.#swapped.set(
      `${name}-${version}.tgz`,
      tarball({ 'package.json': JSON.stringify({ name, version }), evil: 'x' }),
    );
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
    void this.#send(
      name,
      this.#swapped.get(file) ?? versions.get(file.slice(name.length + 1, -'.tgz'.length))?.tarball,
      response,
    );
  }

  async #send(name: string, found: Buffer | undefined, response: ServerResponse): Promise<void> {
    const held = this.#held.get(name);
    held?.asked.resolve();
    await held?.gate;
    response.writeHead(found === undefined ? 404 : 200).end(found);
  }

  #describe(name: string, versions: ReadonlyMap<string, PublishedPackage>): object {
    const entries = [...versions].map(([version, { manifest, tarball: body, checksum }]) => {
      const integrity =
        checksum === 'none' ? {} : { integrity: `${checksum}-${createHash(checksum).update(body).digest('base64')}` };
      const dist = { tarball: `${this.url}${name}/-/${name}-${version}.tgz`, ...integrity };
      return [version, { ...manifest, name, version, dist }] as const;
    });
    const latest = entries.at(-1)?.[0];
    return { name, 'dist-tags': { latest }, versions: Object.fromEntries(entries) };
  }
}
