import {
  accountOf,
  type ChannelMethods,
  type ChannelTarget,
  type ChannelView,
  type ControlClient,
  channelMethods,
  GatewayError,
  type GatewayRequest,
  needsProbe,
  nodeClock,
} from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';
import { requireGateway } from '../host/host-connection.ts';
import type { Shell } from '../shell.ts';

/** The host keeps the deadline of a request; ours comes a little later, in case the host is stuck. */
const HOST_MARGIN_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;

export type Account = NonNullable<ReturnType<typeof accountOf>>;

/** The channels of the running gateway, asked for in its own way. */
export class GatewayChannels {
  readonly methods: ChannelMethods;
  readonly #shell: Shell;
  readonly #client: ControlClient;
  readonly #offered: ReadonlySet<string>;
  readonly #advertised: boolean;
  #onChange: () => void = () => undefined;

  private constructor(
    shell: Shell,
    parts: {
      readonly client: ControlClient;
      readonly offered: readonly string[];
      readonly advertised: boolean;
    },
  ) {
    this.#shell = shell;
    this.#client = parts.client;
    this.#offered = new Set(parts.offered);
    this.#advertised = parts.advertised;
    this.methods = channelMethods(parts.offered);
  }

  static async open(shell: Shell): Promise<GatewayChannels> {
    const { client } = await requireGateway(shell);
    const { methods, source } = await client.call('gateway.methods');
    const channels = new GatewayChannels(shell, {
      client,
      offered: methods,
      advertised: source === 'advertised',
    });
    client.on('gateway.notification', () => channels.#onChange());
    await client.subscribe(['gateway.notification']);
    return channels;
  }

  /** Returns whether the gateway lists the method; `true` for a gateway that lists none. Good enough for advice. */
  offers(method: string): boolean {
    return !this.#advertised || this.#offered.has(method);
  }

  /**
   * Sends a request even if its method is not listed, because the list of OpenClaw omits methods it has
   * (`web.login.start`).
   * @throws GatewayError `method.not-offered` when the gateway does not know the method.
   */
  async request({ method, params }: GatewayRequest, timeoutMs = REQUEST_TIMEOUT_MS): Promise<unknown> {
    return this.#client.call('gateway.rpc', { method, params, timeoutMs }, { timeoutMs: timeoutMs + HOST_MARGIN_MS });
  }

  async list(): Promise<readonly ChannelView[]> {
    const { methods } = this;
    const channels = methods.read(await this.request(methods.list(false)));
    return needsProbe(channels) ? methods.read(await this.request(methods.list(true))) : channels;
  }

  /** @throws GatewayError `channel.unknown` naming those there are. */
  async find({
    channelId,
    accountId,
  }: ChannelTarget): Promise<{ readonly channel: ChannelView; readonly account: Account }> {
    const channels = await this.list();
    const channel = channels.find(({ id }) => id === channelId);
    const account = channel && accountOf(channel, accountId);
    if (channel !== undefined && account !== undefined) return { channel, account };
    const facts =
      channel === undefined || accountId === undefined
        ? { channel: channelId, known: channels.map(({ id }) => id) }
        : { channel: `${channelId} --account ${accountId}`, known: channel.accounts.map(({ id }) => id) };
    throw new GatewayError(describeProblem('channel.unknown', facts, this.#shell.now()));
  }

  /** Resolves when the gateway has told something, or after that long. */
  nextChange(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#onChange = () => undefined;
        resolve();
      };
      const cancel = nodeClock.schedule(withinMs, done, { keepAlive: true });
      this.#onChange = done;
    });
  }
}
