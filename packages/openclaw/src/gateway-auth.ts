import { describeProblem, type Problem } from '@deskclaw/protocol';
import { type Config, section } from './config-file.ts';
import { type Lookup, type ResolvedSecret, resolveSecret } from './variables.ts';

/** How to log in; `source` names where the secret came from and is for people. Never log the secret. */
export type GatewayAuth =
  | { readonly kind: 'token'; readonly token: string; readonly source: string }
  | { readonly kind: 'password'; readonly password: string; readonly source: string }
  | { readonly kind: 'none'; readonly source: string };

export type AuthResult =
  | { readonly ok: true; readonly auth: GatewayAuth }
  | { readonly ok: false; readonly problem: Problem };

export interface NamedSecret {
  readonly value: string;
  readonly source: string;
}

export interface AuthInput {
  readonly config: Config | undefined;
  readonly configPath: string;
  readonly lookup: Lookup;
  /** Secret that the user named; wins over those of the gateway's configuration. */
  readonly userSecret?: NamedSecret;
  /** A token of our own for a gateway that has none. */
  readonly createToken: () => NamedSecret;
  /** Epoch ms. */
  readonly at: number;
}

function missing(detail: string, at: number): AuthResult {
  return { ok: false, problem: describeProblem('auth.token-missing', { detail }, at) };
}

/** The first that is set, in the gateway's own order: configuration before environment. */
function firstSet(...secrets: readonly ResolvedSecret[]): ResolvedSecret {
  return secrets.find((secret) => secret.kind !== 'unset') ?? { kind: 'unset' };
}

function fromLookup(name: string, lookup: Lookup): ResolvedSecret {
  const found = lookup(name);
  return found === undefined ? { kind: 'unset' } : { kind: 'known', value: found.value, source: found.source };
}

/**
 * Returns the secret that a gateway with this configuration requires. Measured: the configuration wins over the
 * environment in all three generations.
 */
export function resolveAuth(input: AuthInput): AuthResult {
  const { config, configPath, lookup: look, userSecret, createToken: own, at } = input;
  const auth = section(config, 'gateway', 'auth') ?? {};
  const mode = auth['mode'];
  const modePlace = `${configPath}: gateway.auth.mode`;
  const read = (value: unknown, key: string): ResolvedSecret => resolveSecret(value, `${configPath}: ${key}`, look);

  const password = firstSet(
    read(auth['password'], 'gateway.auth.password'),
    fromLookup('OPENCLAW_GATEWAY_PASSWORD', look),
  );
  if (mode === 'none') return { ok: true, auth: { kind: 'none', source: modePlace } };
  if (mode === 'password' || mode === 'trusted-proxy' || (mode === undefined && password.kind !== 'unset')) {
    if (userSecret !== undefined)
      return { ok: true, auth: { kind: 'password', password: userSecret.value, source: userSecret.source } };
    if (password.kind === 'known') {
      return { ok: true, auth: { kind: 'password', password: password.value, source: password.source } };
    }
    if (password.kind === 'unresolved') return missing(unresolved(password), at);
    return missing(`${modePlace} is "${String(mode)}", but no gateway.auth.password is set for local callers.`, at);
  }

  if (userSecret !== undefined)
    return { ok: true, auth: { kind: 'token', token: userSecret.value, source: userSecret.source } };
  const token = firstSet(
    read(auth['token'], 'gateway.auth.token'),
    fromLookup('OPENCLAW_GATEWAY_TOKEN', look),
    read(section(config, 'gateway', 'remote')?.['token'], 'gateway.remote.token'),
  );
  switch (token.kind) {
    case 'known':
      return { ok: true, auth: { kind: 'token', token: token.value, source: token.source } };
    case 'unresolved':
      return missing(unresolved(token), at);
    case 'unset': {
      const created = own();
      return { ok: true, auth: { kind: 'token', token: created.value, source: created.source } };
    }
    default:
      return token satisfies never;
  }
}

function unresolved(secret: Extract<ResolvedSecret, { kind: 'unresolved' }>): string {
  return `${secret.place} cannot be read from outside: ${secret.why}.`;
}
