import type { Settings } from '@deskclaw/protocol';
import { type Agent, createEchoAgent } from '../agent/agent.ts';
import type { ModelServer } from '../agent/model-request.ts';
import { ChatRuns } from '../chat/chat-runs.ts';
import type { TranscriptStore } from '../chat/transcript.ts';
import type { GatewayOptions } from '../options.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Document } from '../store/document.ts';
import { type ChannelFaults, type ChannelState, ChannelsService } from './channels.ts';
import { CronService, type CronState } from './cron-jobs.ts';
import { HealthStats } from './health-stats.ts';
import { COMMAND_LINE_PROVIDER, type ProviderState, ProvidersService } from './providers.ts';
import { SettingsService } from './settings.ts';
import { type SkillState, SkillsService } from './skills.ts';

/** All services of the gateway, in any dialect. */
export interface Services {
  readonly healthStats: HealthStats;
  readonly settings: SettingsService;
  readonly channels: ChannelsService;
  readonly skills: SkillsService;
  readonly providers: ProvidersService;
  readonly runs: ChatRuns;
  readonly cron: CronService;
  readonly log: Log;
  readonly stateDirectory: string | undefined;
}

/** The state that the services need; `state/` stores it. */
export interface ServiceState {
  readonly settings: Document<Settings>;
  readonly channels: Document<ChannelState>;
  readonly skills: Document<SkillState>;
  readonly cron: Document<CronState>;
  readonly providers: Document<ProviderState>;
  readonly transcripts: TranscriptStore;
  /** The data directory, or `undefined` for state in memory. */
  readonly directory: string | undefined;
}

export interface ServicesPorts {
  readonly state: ServiceState;
  readonly model: GatewayOptions['model'];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly channelFaults: ChannelFaults;
  readonly forgetsRuns: boolean;
  readonly url: () => string;
  readonly connections: () => number;
}

/**
 * Creates a model agent whose code is loaded with its first reply, so that a gateway that only echoes never pays for it.
 */
function createLazyModelAgent(server: ModelServer, clock: Clock): Agent {
  return {
    label: { provider: server.provider, model: server.model },
    async *reply(turns, signal) {
      const { createModelAgent } = await import('../agent/model-client.ts');
      yield* createModelAgent(server, clock).reply(turns, signal);
    },
  };
}

export function createServices(ports: ServicesPorts): Services {
  const { state, model, clock, random, log, channelFaults, forgetsRuns, url, connections } = ports;
  const settings = new SettingsService(state.settings);
  const skills = new SkillsService(state.skills);
  const providers = new ProvidersService({
    document: state.providers,
    commandLine:
      model === undefined
        ? undefined
        : {
            provider: COMMAND_LINE_PROVIDER,
            baseUrl: model.url,
            model: model.name,
            ...(model.key === undefined ? {} : { apiKey: model.key }),
          },
    preferred: () => {
      const name = settings.get()['provider'];
      return typeof name === 'string' ? name : undefined;
    },
    echo: createEchoAgent(clock),
    createAgent: (server) => createLazyModelAgent(server, clock),
    test: async (server) => (await import('../agent/model-client.ts')).testModelServer(server, clock),
  });
  const runs: ChatRuns = new ChatRuns({
    transcripts: state.transcripts,
    agent: () => providers.agent(),
    systemPrompt: () => skills.instructions(new Date(clock.wallTime())),
    clock,
    random,
    log,
    forgetsRuns,
  });
  return {
    healthStats: new HealthStats({ clock, connections, runs: () => runs.active().length }),
    settings,
    channels: new ChannelsService({ faults: channelFaults, document: state.channels, clock, random, log, url }),
    skills,
    providers,
    runs,
    cron: new CronService({ document: state.cron, runs, clock, random, log }),
    log,
    stateDirectory: state.directory,
  };
}
