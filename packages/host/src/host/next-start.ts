import type { GatewayTarget } from '@deskclaw/core';
import { commandName, displayAddress, targetFromOptions, targetUrl } from '@deskclaw/core/internal';
import type { GatewayStatus, StartRequest } from '@deskclaw/protocol';
import type { Settings } from '../profile/config.ts';
import { builtinName, chooseGateway, startOptions } from './launch-target.ts';

export interface NextStartDeps {
  /** Version of DeskClaw, and so of the built-in gateway. */
  readonly version: string;
  /** The OpenClaw of the last start: its configuration decides the port where nothing else does. */
  readonly lastOpenClaw: Pick<GatewayTarget, 'host' | 'port' | 'path' | 'program'> | undefined;
}

type Address = Pick<GatewayTarget, 'host' | 'port' | 'path' | 'url'>;

/** Program and address of a start that is made with this request now. `port` is 0 where a free one is chosen. */
export type NextStart = Pick<GatewayStatus, 'host' | 'port' | 'url' | 'program'>;

function described(program: string | undefined, address: Address): NextStart {
  const url = displayAddress(targetUrl(address, address.port));
  return { host: address.host, port: address.port, url, ...(program === undefined ? {} : { program }) };
}

/** Describes what the next start will run and where, as far as settings, request and the last start tell. Looks at nothing else. */
export function nextStart(request: StartRequest, settings: Settings, deps: NextStartDeps): NextStart {
  const base = targetFromOptions(startOptions(request, settings, undefined));
  const choice = chooseGateway(request, settings);
  switch (choice.kind) {
    case 'attach':
      return described(undefined, base);
    case 'command':
      return described(commandName(choice.command), base);
    case 'builtin':
      return described(builtinName(deps.version), base);
    case 'openclaw': {
      const { lastOpenClaw } = deps;
      const port = request.port ?? settings.port ?? lastOpenClaw?.port ?? base.port;
      const address = { ...base, path: '/', host: lastOpenClaw?.host ?? base.host, port };
      return described(lastOpenClaw?.program ?? 'OpenClaw', address);
    }
    default:
      return choice satisfies never;
  }
}
