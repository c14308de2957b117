import { describe, expectTypeOf, test } from 'vitest';
import type {
  BuiltinMethods,
  builtinMethodNames,
  Channel,
  ChatRecord,
  CronJob,
  MethodParams,
  MethodResult,
  Provider,
  Settings,
  Skill,
  SkillBundle,
  SystemHealth,
} from '../../src/methods.ts';
import type { OpenClawHealth } from '../../src/openclaw-methods.ts';

/** As the SDK declares it: the method infers the rest. */
declare function rpc<M extends string>(method: M, params: MethodParams<M>): Promise<MethodResult<M>>;
declare const anyName: string;

describe('a method that is known', () => {
  test('gives its result', () => {
    expectTypeOf(rpc('system.health', { deep: true })).resolves.toEqualTypeOf<SystemHealth>();
    expectTypeOf(rpc('system.health', undefined)).resolves.toEqualTypeOf<SystemHealth>();
    expectTypeOf(rpc('channels.get', { channelId: 'c' })).resolves.toEqualTypeOf<Channel>();
    expectTypeOf(rpc('chat.send', { message: 'hello' }))
      .resolves.toHaveProperty('runId')
      .toEqualTypeOf<string>();
  });

  test('a known OpenClaw method has typed params and result', () => {
    expectTypeOf(rpc('health', undefined)).resolves.toEqualTypeOf<OpenClawHealth>();
    expectTypeOf(rpc('logs.tail', { limit: 5 }))
      .resolves.toHaveProperty('lines')
      .toEqualTypeOf<readonly string[]>();
    // @ts-expect-error: a session is reset by its key
    void rpc('sessions.reset', { sessionKey: 'main' });
  });

  test('takes its params and no others', () => {
    // @ts-expect-error: a channel is named by its id
    void rpc('channels.get', { channel: 'c' });
    // @ts-expect-error: an id is text
    void rpc('channels.get', { channelId: 7 });
    // @ts-expect-error: the message is what it is about
    void rpc('chat.send', {});
    // @ts-expect-error: nothing is asked for here
    void rpc('cron.list', { all: true });
    // @ts-expect-error: an absent member is left out, not undefined
    void rpc('chat.history', { sessionKey: undefined });
  });

  test('results are for reading only', () => {
    expectTypeOf<MethodResult<'channels.list'>>().toEqualTypeOf<{ readonly channels: readonly Channel[] }>();
    expectTypeOf<MethodResult<'chat.history'>['messages']>().toEqualTypeOf<readonly ChatRecord[]>();
  });
});

describe('a method that is not known', () => {
  test('takes anything and gives the unknown', () => {
    expectTypeOf(rpc('plugin.anything', 1)).resolves.toBeUnknown();
    expectTypeOf(rpc(anyName, [])).resolves.toBeUnknown();
    expectTypeOf<MethodParams<'plugin.anything'>>().toBeUnknown();
    expectTypeOf<MethodParams<string>>().toBeUnknown();
  });

  test('among known ones, the result is one of theirs', () => {
    expectTypeOf<MethodResult<'channels.get' | 'cron.run'>>().toEqualTypeOf<Channel | { readonly runId: string }>();
    expectTypeOf<MethodResult<'channels.get' | 'plugin.anything'>>().toBeUnknown();
  });
});

test('the list of names at run time and the map of types agree', () => {
  expectTypeOf<(typeof builtinMethodNames)[number]>().toEqualTypeOf<keyof BuiltinMethods>();
});

test('every method of the map, one by one', () => {
  interface Expected {
    'channels.list': [undefined, { readonly channels: readonly Channel[] }];
    'channels.get': [{ readonly channelId: string }, Channel];
    'channels.connect': [{ readonly channelId: string }, Channel];
    'channels.disconnect': [{ readonly channelId: string }, Channel];
    'channels.getQRCode': [
      { readonly channelId: string },
      { readonly channelId: string; readonly qr: string; readonly expiresAt: number },
    ];
    'skills.list': [undefined, { readonly skills: readonly Skill[] }];
    'skills.enable': [{ readonly skillId: string }, Skill];
    'skills.disable': [{ readonly skillId: string }, Skill];
    'skills.getConfig': [{ readonly skillId: string }, { readonly config: Settings }];
    'skills.updateConfig': [{ readonly skillId: string; readonly config: Settings }, { readonly config: Settings }];
    'skills.bundles': [undefined, { readonly bundles: readonly SkillBundle[] }];
    'skills.installBundle': [{ readonly bundleId: string }, { readonly installed: readonly string[] }];
    'chat.send': [
      { readonly message: string; readonly sessionKey?: string; readonly idempotencyKey?: string },
      { readonly runId: string; readonly status: 'started' | 'in_flight' | 'ok' },
    ];
    'chat.abort': [
      { readonly sessionKey?: string; readonly runId?: string },
      { readonly aborted: boolean; readonly runIds: readonly string[] },
    ];
    'chat.history': [
      { readonly sessionKey?: string; readonly limit?: number },
      { readonly sessionKey: string; readonly messages: readonly ChatRecord[] },
    ];
    'chat.clear': [{ readonly sessionKey?: string }, { readonly cleared: number }];
    'cron.list': [undefined, { readonly jobs: readonly CronJob[] }];
    'cron.create': [
      { readonly name: string; readonly schedule: string; readonly message: string; readonly enabled?: boolean },
      CronJob,
    ];
    'cron.update': [
      {
        readonly jobId: string;
        readonly patch: {
          readonly name?: string;
          readonly schedule?: string;
          readonly message?: string;
          readonly enabled?: boolean;
        };
      },
      CronJob,
    ];
    'cron.delete': [{ readonly jobId: string }, { readonly deleted: boolean }];
    'cron.run': [{ readonly jobId: string }, { readonly runId: string }];
    'providers.list': [undefined, { readonly providers: readonly Provider[] }];
    'providers.set': [
      { readonly providerId: string; readonly baseUrl: string; readonly model: string; readonly apiKey?: string },
      Provider,
    ];
    'providers.remove': [{ readonly providerId: string }, { readonly removed: boolean }];
    'providers.test': [
      { readonly providerId: string },
      { readonly ok: boolean; readonly latencyMs?: number; readonly error?: string },
    ];
    'system.health': [{ readonly deep?: boolean } | undefined, SystemHealth];
    'system.config': [undefined, { readonly config: Settings }];
    'system.updateConfig': [{ readonly config: Settings }, { readonly config: Settings }];
    'system.version': [undefined, { readonly version: string; readonly protocol: number }];
    'system.methods': [undefined, { readonly methods: readonly string[]; readonly events: readonly string[] }];
  }
  expectTypeOf<keyof Expected>().toEqualTypeOf<keyof BuiltinMethods>();
  expectTypeOf<{ [M in keyof Expected]: Expected[M][0] }>().toEqualTypeOf<{
    [M in keyof BuiltinMethods]: BuiltinMethods[M]['params'];
  }>();
  expectTypeOf<{ [M in keyof Expected]: Expected[M][1] }>().toEqualTypeOf<{
    [M in keyof BuiltinMethods]: BuiltinMethods[M]['result'];
  }>();
});

test('a provider says whether its key is set, never the key', () => {
  expectTypeOf<Provider>().toHaveProperty('hasKey').toBeBoolean();
  expectTypeOf<Provider>().not.toHaveProperty('apiKey');
});
