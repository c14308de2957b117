import * as z from 'zod/mini';

const localHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** `https`, or `http` that stays on the machine: an address or token that others can read is nobody's secret any more. */
const address = () =>
  z.url({ protocol: /^https?$/ }).check(
    z.refine((text) => {
      const { protocol, hostname } = new URL(text);
      return protocol === 'https:' || localHost.test(hostname);
    }, 'an https address is needed, or http to this machine'),
  );
const file = () => z.string().check(z.minLength(1));
const clockTime = () => z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 22:00 is needed'));

const common = {
  name: z.exactOptional(
    z.string().check(z.minLength(1), z.describe('Name for "deskclaw alerts test NAME". Default: its kind.')),
  ),
  template: z.exactOptional(
    z
      .string()
      .check(z.describe('Text of an alert; {title}, {text}, {profile}, {machine}, {kind} and {code} are replaced.')),
  ),
};

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), command: z.array(z.string()).check(z.minLength(1)), ...common }),
  z.strictObject({ kind: z.literal('desktop'), ...common }),
  z.strictObject({ kind: z.literal('webhook'), url: address(), tokenFile: z.exactOptional(file()), ...common }),
  z.strictObject({ kind: z.literal('ntfy'), url: address(), tokenFile: z.exactOptional(file()), ...common }),
  z.strictObject({ kind: z.literal('slack'), urlFile: file(), ...common }),
  z.strictObject({
    kind: z.literal('telegram'),
    chat: z.string().check(z.minLength(1)),
    tokenFile: file(),
    url: z.exactOptional(address()),
    ...common,
  }),
]);

/** Settings of the alerts that reach a person while the gateway is down. */
export const alertsSchema = z.object({
  targets: z.exactOptional(
    z.array(target).check(z.describe('Where alerts go: command, desktop, webhook, ntfy, slack or telegram.')),
  ),
  afterMs: z.exactOptional(
    z
      .number()
      .check(
        z.int(),
        z.nonnegative(),
        z.describe('How long the gateway must be down before an alert, ms. Default 30000.'),
      ),
  ),
  maxPerHour: z.exactOptional(
    z
      .number()
      .check(
        z.int(),
        z.minimum(1),
        z.describe('Alerts within an hour; the others are told later, in one. Default 12.'),
      ),
  ),
  quietHours: z.exactOptional(
    z
      .strictObject({ from: clockTime(), to: clockTime() })
      .check(z.describe('Local time without alerts, but for a gateway that DeskClaw has given up.')),
  ),
});

export type AlertSettings = z.infer<typeof alertsSchema>;
export type AlertTarget = z.infer<typeof target>;
