import { describe, expectTypeOf, test } from 'vitest';
import { describeProblem } from '../../src/catalogue.ts';
import type {
  ControlEventName,
  ControlEvents,
  ControlMethodName,
  ControlMethods,
  controlEventNames,
  HealthReport,
  HostInfo,
  LifecycleResult,
  LogLevel,
  LogRecord,
  logLevels,
  StartRequest,
} from '../../src/control.ts';
import type { ChatMessageEvent, GatewayEventName, GatewayEvents, gatewayEventNames } from '../../src/events.ts';
import type { ExitCode } from '../../src/exit-codes.ts';
import type { JournalRecord } from '../../src/journal.ts';
import type { Problem, ProblemCode } from '../../src/problem.ts';
import type { ExitFacts, PlainFacts, ProblemFacts } from '../../src/problem-facts.ts';
import type { GatewayState, GatewayStatus, gatewayStates, stateEdges } from '../../src/status.ts';

describe('the control methods', () => {
  // More may come, none may go.
  test('the control methods include the documented ones', () => {
    expectTypeOf<
      | 'host.info'
      | 'host.shutdown'
      | 'gateway.status'
      | 'gateway.start'
      | 'gateway.stop'
      | 'gateway.restart'
      | 'gateway.reconnect'
      | 'gateway.health'
      | 'gateway.rpc'
      | 'gateway.methods'
      | 'logs.query'
      | 'timeline.query'
      | 'config.get'
      | 'doctor.run'
      | 'events.subscribe'
      | 'events.unsubscribe'
    >().toExtend<ControlMethodName>();
  });

  test('every control method has params and a result', () => {
    expectTypeOf<ControlMethods[ControlMethodName]>().toHaveProperty('params');
    expectTypeOf<ControlMethods[ControlMethodName]>().toHaveProperty('result');
  });

  test('give what they say', () => {
    expectTypeOf<ControlMethods['host.info']['result']>().toEqualTypeOf<HostInfo>();
    expectTypeOf<ControlMethods['gateway.status']['result']>().toEqualTypeOf<GatewayStatus>();
    expectTypeOf<ControlMethods['gateway.health']['result']>().toEqualTypeOf<HealthReport>();
    expectTypeOf<
      ControlMethods['gateway.start' | 'gateway.stop' | 'gateway.restart']['result']
    >().toEqualTypeOf<LifecycleResult>();
    expectTypeOf<ControlMethods['logs.query']['result']['records']>().toEqualTypeOf<readonly LogRecord[]>();
    expectTypeOf<ControlMethods['timeline.query']['result']['records']>().toEqualTypeOf<readonly JournalRecord[]>();
  });

  test('pass a gateway call through without knowing its answer', () => {
    expectTypeOf<ControlMethods['gateway.rpc']['result']>().toBeUnknown();
    expectTypeOf<ControlMethods['gateway.rpc']['params']['method']>().toBeString();
  });

  test('start a program by its arguments, never by a shell string', () => {
    expectTypeOf<NonNullable<StartRequest['command']>>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<string>().not.toExtend<NonNullable<StartRequest['command']>>();
  });

  test('answer truly: applied, joined or superseded', () => {
    expectTypeOf<LifecycleResult['outcome']>().toEqualTypeOf<'applied' | 'joined' | 'superseded'>();
  });
});

describe('lists at run time and types agree', () => {
  test('controlEventNames lists every control event', () => {
    expectTypeOf<(typeof controlEventNames)[number]>().toEqualTypeOf<ControlEventName>();
  });
  test('logLevels lists every log level', () => {
    expectTypeOf<(typeof logLevels)[number]>().toEqualTypeOf<LogLevel>();
  });
  test('gatewayEventNames lists every gateway event', () => {
    expectTypeOf<(typeof gatewayEventNames)[number]>().toEqualTypeOf<GatewayEventName>();
  });
  test('gatewayStates lists every gateway state', () => {
    expectTypeOf<(typeof gatewayStates)[number]>().toEqualTypeOf<GatewayState>();
    expectTypeOf<keyof typeof stateEdges>().toEqualTypeOf<GatewayState>();
  });
});

describe('events', () => {
  test('tell the host of the gateway, and the gateway of a chat', () => {
    expectTypeOf<ControlEvents['gateway.status']>().toEqualTypeOf<GatewayStatus>();
    expectTypeOf<GatewayEvents['chat.message_received']>().toEqualTypeOf<ChatMessageEvent>();
    expectTypeOf<ChatMessageEvent['state']>().toEqualTypeOf<'delta' | 'final' | 'error' | 'aborted'>();
  });
});

describe('problems', () => {
  test('describeProblem takes only the facts of its code', () => {
    expectTypeOf(describeProblem('internal', { detail: 'x' }, 0)).toEqualTypeOf<Problem>();
    expectTypeOf<ProblemFacts<'gateway.exited'>>().toEqualTypeOf<ExitFacts>();
    expectTypeOf<ProblemFacts<'internal'>>().toEqualTypeOf<PlainFacts>();
    // @ts-expect-error: a port problem needs its port
    describeProblem('port.in-use', { host: '127.0.0.1' }, 0);
    // @ts-expect-error: facts of another code
    describeProblem('rpc.error', { detail: 'x' }, 0);
    // @ts-expect-error: no such code
    describeProblem('gateway.tired', { detail: 'x' }, 0);
  });

  test('carry a code of the list', () => {
    expectTypeOf<Problem['code']>().toEqualTypeOf<ProblemCode>();
  });

  test('the problem of a status is optional', () => {
    expectTypeOf<GatewayStatus['problem']>().toEqualTypeOf<Problem | undefined>();
  });
});

test('an exit code is one of the table', () => {
  expectTypeOf<ExitCode>().toEqualTypeOf<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 78 | 130 | 143>();
});

test('a status is for reading only', () => {
  expectTypeOf<GatewayStatus>().toEqualTypeOf<Readonly<GatewayStatus>>();
});
