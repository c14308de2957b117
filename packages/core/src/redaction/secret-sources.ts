/** Finds the secrets in what a user configures: arguments, variables and addresses. */

const MASK = '[redacted]';

/** An option whose value is a secret: `--token X`, `--api-key=X`. A file or variable that holds one is none. */
const secretOption =
  /^(--?[\w-]*(?:token|secret|passw(?:or)?d|passphrase|api-?key|auth|credential|bearer)s?(?!-?(?:file|path|env|name|type|ttl|url|id|mode|provider)\b)[\w-]*)(?:=(.*))?$/is;
/** A header given as an argument: `Authorization: Bearer X`. */
const secretHeader = /^(?:proxy-authorization|authorization|cookie|x-api-key|x-auth-token)\s*:\s*(?:\w+\s+)?(\S.*)$/is;

interface SecretArgument {
  readonly index: number;
  readonly secret: string;
  /** The argument without its secret. */
  readonly masked: string;
}

function secretArguments(command: readonly string[]): readonly SecretArgument[] {
  const found: SecretArgument[] = [];
  let isValue = false;
  command.forEach((word, index) => {
    if (isValue && !word.startsWith('-')) {
      if (!word.includes('{')) found.push({ index, secret: word, masked: MASK });
      isValue = false;
      return;
    }
    const option = secretOption.exec(word);
    isValue = option !== null && option[2] === undefined;
    const secret = option?.[2] ?? secretHeader.exec(word)?.[1];
    if (secret !== undefined && secret !== '' && !secret.includes('{')) {
      found.push({ index, secret, masked: word.slice(0, word.length - secret.length) + MASK });
      return;
    }
    if (!word.includes('://')) return;
    const inAddress = secretsOfUrl(word);
    if (inAddress.length > 0) found.push({ index, secret: inAddress.join(' '), masked: maskUrl(word) });
  });
  return found;
}

/** Returns the secrets among the arguments of a command. */
export function secretsOfCommand(command: readonly string[]): readonly string[] {
  return secretArguments(command).flatMap(({ secret }) => [secret, ...secret.split(' ')]);
}

/** Returns the command with its secret arguments masked. */
export function maskCommand(command: readonly string[]): readonly string[] {
  const masked = new Map(secretArguments(command).map((argument) => [argument.index, argument.masked]));
  return command.map((word, index) => masked.get(index) ?? word);
}

/** Returns whether `maskCommand` put a mask into this argument. */
export function isMasked(word: string): boolean {
  return word.includes(MASK);
}

function decoded(text: string): readonly string[] {
  try {
    return [decodeURIComponent(text)];
  } catch {
    return [];
  }
}

/** Returns the password (or the user, where there is none) and the values of the query of an address or of the path of one. */
export function secretsOfUrl(url: string): readonly string[] {
  const base = 'ws://localhost';
  if (!URL.canParse(url, base)) return [];
  const { password, username, searchParams, search } = new URL(url, base);
  const written = search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const account = password === '' ? username : password;
  const readable = account === '' ? [] : [account, ...decoded(account)];
  return [...readable, ...written, ...searchParams.values()].filter((secret) => secret !== '');
}

/** Returns an address, or the path of one, with its credentials and the values of its query masked. */
export function maskUrl(text: string): string {
  return text
    .replace(/^([a-z][\w+.-]*:\/\/)[^/?#]*@/i, `$1${MASK}@`)
    .replace(/\?.*$/s, (query) => query.replaceAll(/=[^&#]*/g, `=${MASK}`).replace(/^\?[^=&#]+$/, `?${MASK}`));
}

const secretName = /key|token|secret|pass|auth|cred|cookie|session|dsn|webhook|private|signature|salt|pwd|bearer/i;
/** Words, paths, numbers, versions, hosts, locales: values that must stay readable in logs. */
const ordinaryValue =
  /^(?:[a-z]+(?:[-_., ][a-z]+)*|[~./][\w./~ :+@-]*|[A-Za-z]:\\.*|[\d.,:+-]+\w{0,4}|[\w.-]+:\d+|[a-z]{2}_[A-Z]{2}[\w.-]*)$/i;

/** Returns the values of variables that may be secrets. */
export function secretsOfEnvironment(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value.includes('://')) return [...secretsOfUrl(value), ...(secretName.test(name) ? [value] : [])];
    return secretName.test(name) || !ordinaryValue.test(value) ? [value] : [];
  });
}
