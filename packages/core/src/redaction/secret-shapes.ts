/** Shapes of secrets that can be recognised without knowing their value. Each pattern keeps its first group and takes linear time. */

/** Words that say what became of a secret, and are none. */
const ordinaryValues =
  'true|false|null|undefined|none|empty|missing|required|invalid|expired|optional|unknown|refused|rejected|accepted|disabled|enabled|unset|redacted|default|string|number|changed|updated|loaded|mismatch|present|provided|incorrect|generated|configured|unauthorized|forbidden|unavailable|revoked|rotated';
/** After the name of a file that ends in `.token`: `gateway.token: EMFILE: too many open files`. */
const systemError = 'E[A-Z0-9]{2,14}:\\s';
const notOrdinary = `(?!(?:${ordinaryValues})\\b|\\[redacted\\]|${systemError})`;

/** Names whose value is a secret, without tokens: those are counted as often as they are kept. */
const secretNames =
  'passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|signing[_-]?key|encryption[_-]?key|client[_-]?secret|credential';
/** The rest of a name. What names a file is no secret: `DESKCLAW_TOKEN_FILE`, `tokenFile`. */
const restOfName = `[\\w-]{0,32}(?<!file|path|dir|folder)`;
/** What stands between a name and its value: `=`, `:`, `": "`, `\": \"`. */
const assignment = `\\\\?["']?\\s{0,4}[=:]\\s{0,4}`;
const bareValue = `[^\\s"'&,\\\\]`;

export const secretShapes: readonly RegExp[] = [
  /(-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)[\s\S]*?(?=-----END |$)/g,
  // Credentials of an address: the user name stays.
  /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#:@"'<>]{0,128}:)[^\s/?#@"'<>]{1,256}(?=@)/gi,
  /(\b(?:proxy-)?authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?:(?:basic|bearer|digest|token|negotiate)\s{1,4})?)(?!\[redacted\]|(?:basic|bearer|digest|token|negotiate)\s)[^\s"',;\\]{4,}/gi,
  /(\bBearer\s{1,4})(?![a-z]+(?:[\s.,;:!?]|$))[\w.~+/=-]{8,}/gi,
  /(\bBasic\s{1,4})(?=[A-Za-z]*[0-9+/=])[A-Za-z0-9+/]{8,}={0,2}/g,
  /(\b(?:set-)?cookie\\?["']?\s{0,4}:\s{0,4}\\?["']?)(?=[^"'\r\n]{0,256}=)[^"'\r\n]+/gi,
  // Parameters of a query.
  /([?&](?:key|sig|signature|auth|code|token|[a-z_-]{0,32}(?:token|key|secret|password|signature))=)(?!\[redacted\])[^&\s"'#]+/gi,
  new RegExp(`((?:${secretNames}|token)${restOfName}${assignment}\\\\?")${notOrdinary}[^"\\r\\n]{4,}?(?=\\\\?")`, 'gi'),
  new RegExp(`((?:${secretNames}|token)${restOfName}${assignment}')${notOrdinary}[^'\\r\\n]{4,}(?=')`, 'gi'),
  new RegExp(`((?:${secretNames})${restOfName}${assignment}\\\\?["']?)${notOrdinary}${bareValue}{6,}`, 'gi'),
  // Numbers of tokens are counts.
  new RegExp(
    `(token${restOfName}${assignment}\\\\?["']?)${notOrdinary}(?![\\d.,/]+(?:[\\s"',;&)\\]}]|$))${bareValue}{6,}`,
    'gi',
  ),
  /(\b[A-Z][A-Z0-9_]{0,64}_(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|CREDENTIALS?)=["']?)[^\s"']{4,}/g,
  /(\bx-(?:api-key|goog-api-key|auth-token)\s{1,4})(?=[\w.~+/=-]{0,256}\d)[\w.~+/=-]{8,}/gi,
  // Arguments of a command: names of files and variables are none.
  /(\s--?[\w-]{0,40}(?:token|secret|passw(?:or)?d|passphrase|api-?key|credential)s?(?:\s{1,4}|=)["']?)(?![-[])[^\s"']{4,}/gi,
  // Prefixes of providers.
  /(\b(?:sk|rk|pk|whsec)[-_])(?=[\w-]{0,256}[0-9A-Z])[\w-]{8,}/g,
  /(\bxox[a-z]-|\bxapp-|\bgh[pousr]_|\bgithub_pat_|\bglpat-|\bhf_|\bpypi-|\bdop_v1_|\btskey-)[\w-]{8,}/g,
  /(\bnpm_)[A-Za-z0-9]{30,}/g,
  /(\bAIza)[\w-]{30,}/g,
  /(\bA(?:KIA|SIA))[A-Z0-9]{16}\b/g,
  /(\bya29\.)[\w-]{16,}/g,
  /(\bSG\.)[\w-]{16,}\.[\w-]{16,}/g,
  /(\beyJ)[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,4}/g,
  // Telegram: the id of the bot, then its secret.
  /((?:\bbot|\b)\d{6,12}:)[\w-]{30,}/g,
];

const keyBegins = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const keyEnds = /-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const keyBody = /[A-Za-z0-9+/=]{16,}/g;
/** More lines than a private key has. */
const MAX_KEY_LINES = 200;

/** Masks the lines of a private key that is printed line by line. */
export class KeyBlockMask {
  #left = 0;

  line(text: string, mask: string): string {
    if (keyBegins.test(text)) {
      this.#left = keyEnds.test(text) ? 0 : MAX_KEY_LINES;
      return text;
    }
    if (this.#left === 0) return text;
    this.#left = keyEnds.test(text) ? 0 : this.#left - 1;
    return text.replace(keyBody, mask);
  }
}
