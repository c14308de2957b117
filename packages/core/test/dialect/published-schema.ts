import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

/** The JSON schema of the wire as OpenClaw publishes it. Its package does not export the file, only ships it. */
const file = new URL('../protocol.schema.json', import.meta.resolve('@openclaw/gateway-protocol'));
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')), 'published');

/** Returns the schema violations of a value, one line each. */
export function faultsOf(definition: string, value: unknown): readonly string[] {
  const validate = ajv.getSchema(`published#/definitions/${definition}`);
  if (validate === undefined) throw new Error(`nothing is published of "${definition}"`);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  );
}
