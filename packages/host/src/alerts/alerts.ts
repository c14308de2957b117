import { hostname } from 'node:os';
import type { Clock, Environment } from '@deskclaw/core';
import type { GatewayStatus, LogRecord } from '@deskclaw/protocol';
import {
  type Alert,
  type AlertPolicy,
  type AlertState,
  type AlertStep,
  type AlertTime,
  initialAlertState,
  noteRecovery,
  noteStatus,
  passTime,
} from './alert-policy.ts';
import { type Delivery, deliverWithRetries, targetName } from './alert-sender.ts';
import type { AlertSettings, AlertTarget } from './alert-settings.ts';

const DEFAULT_AFTER_MS = 30_000;
const DEFAULT_MAX_PER_HOUR = 12;

export interface AlertsDeps {
  readonly clock: Clock;
  /** Read from the file again for each alert, so that a change by hand counts. */
  readonly settings: (read: 'cached' | 'again') => AlertSettings | undefined;
  /** Time of the day of a moment (epoch ms): ms since midnight, local time. */
  readonly msOfDay: (wallTime: number) => number;
  readonly deliver: (target: AlertTarget, alert: Alert) => Promise<Delivery>;
  readonly log: (level: LogRecord['level'], text: string) => void;
}

function localMsOfDay(wallTime: number): number {
  const date = new Date(wallTime);
  return wallTime - new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function msOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000;
}

function policyOf({ afterMs, maxPerHour, quietHours }: AlertSettings): AlertPolicy {
  return {
    afterMs: afterMs ?? DEFAULT_AFTER_MS,
    maxPerHour: maxPerHour ?? DEFAULT_MAX_PER_HOUR,
    ...(quietHours && { quiet: { from: msOf(quietHours.from), to: msOf(quietHours.to) } }),
  };
}

/** Tells people that the gateway is down, given up or back: a gateway that is down cannot. */
export class Alerts {
  readonly #deps: AlertsDeps;
  #state: AlertState = initialAlertState;
  #cancelTimer: (() => void) | undefined;

  constructor(deps: AlertsDeps) {
    this.#deps = deps;
  }

  noteStatus(status: GatewayStatus): void {
    this.#take((policy, time) => noteStatus(this.#state, status, policy, time));
  }

  noteRecovery(message: string, asks: boolean): void {
    this.#take((policy, time) => noteRecovery(this.#state, { message, asks }, policy, time));
  }

  close(): void {
    this.#cancelTimer?.();
  }

  #take(next: (policy: AlertPolicy, time: AlertTime) => AlertStep): void {
    const { clock, msOfDay } = this.#deps;
    const settings = this.#deps.settings('cached') ?? {};
    const step = next(policyOf(settings), { now: clock.now(), msOfDay: msOfDay(clock.wallTime()) });
    this.#state = step.state;
    if (step.alerts.length > 0) {
      const targets = this.#deps.settings('again')?.targets ?? [];
      for (const alert of step.alerts) this.#send(targets, alert);
    }
    this.#cancelTimer?.();
    this.#cancelTimer =
      step.wakeInMs === undefined
        ? undefined
        : clock.schedule(step.wakeInMs, () => this.#take((policy, time) => passTime(this.#state, policy, time)));
  }

  #send(targets: readonly AlertTarget[], alert: Alert): void {
    for (const target of targets) {
      void this.#deps.deliver(target, alert).then((delivery) => {
        const name = targetName(target);
        if (delivery.ok) this.#deps.log('info', `Alert "${alert.kind}" sent to ${name}`);
        else this.#deps.log('warn', `Alert "${alert.kind}" could not be sent to ${name}: ${delivery.reason}`);
      });
    }
  }
}

export interface HostAlertsOptions {
  readonly clock: Clock;
  readonly env: Environment;
  readonly profile: string;
  readonly settings: AlertsDeps['settings'];
  readonly log: {
    readonly learnSecret: (secret: string) => void;
    log(level: LogRecord['level'], text: string): void;
  };
}

/** The alerts of a host: by its settings, over the network and by programs. */
export function hostAlerts({ clock, env, profile, settings, log }: HostAlertsOptions): Alerts {
  const sender = { env, clock, origin: { profile, machine: hostname() }, learnSecret: log.learnSecret };
  return new Alerts({
    clock,
    settings,
    msOfDay: localMsOfDay,
    deliver: (target, alert) => deliverWithRetries(target, alert, sender),
    log: (level, text) => log.log(level, text),
  });
}
