import type { SystemHealth } from '@deskclaw/protocol';
import { GATEWAY_VERSION } from '../options.ts';
import type { Clock } from '../ports/clock.ts';

interface HealthStatsSources {
  readonly clock: Clock;
  readonly connections: () => number;
  readonly runs: () => number;
}

/** Health of the gateway, measured since it began to listen. */
export class HealthStats {
  readonly #sources: HealthStatsSources;
  #listeningSince: number;

  constructor(sources: HealthStatsSources) {
    this.#sources = sources;
    this.#listeningSince = sources.clock.now();
  }

  markListening(): void {
    this.#listeningSince = this.#sources.clock.now();
  }

  /** Whole ms. */
  uptime(): number {
    return Math.round(this.#sources.clock.now() - this.#listeningSince);
  }

  health(): SystemHealth {
    return { ok: true, uptime: this.uptime(), version: GATEWAY_VERSION };
  }

  deepHealth(): SystemHealth {
    return {
      ...this.health(),
      pid: process.pid,
      connections: this.#sources.connections(),
      runs: this.#sources.runs(),
      rssBytes: process.memoryUsage.rss(),
    };
  }
}
