import { createEchoAgent } from '../agent/echo-agent.ts';
import { createLazyModelAgent } from '../agent/lazy-model-agent.ts';
import { ChatRuns } from '../chat/chat-runs.ts';
import type { GatewayOptions } from '../options.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { GatewayState } from '../state/state.ts';
import { type ChannelFaults, ChannelsService } from './channels.ts';
import { CronService } from './cron-jobs.ts';
import { HealthStats } from './health-stats.ts';
import { COMMAND_LINE_PROVIDER, ProvidersService } from './providers.ts';
import { SettingsService } from './settings.ts';
import { SkillsService } from './skills.ts';

/** Everything the gateway can do, whatever dialect it is asked in. */
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

export interface ServicesPorts {
  readonly state: GatewayState;
  readonly model: GatewayOptions['model'];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly channelFaults: ChannelFaults;
  readonly forgetsRuns: boolean;
  readonly url: () => string;
  readonly connections: () => number;
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
