import type { GatewayMethodName, MethodParams, MethodResult } from '@deskclaw/protocol';
import { expectTypeOf, test } from 'vitest';

// As a user of the package widens the map: through its door, by its name.
declare module '@deskclaw/protocol' {
  interface GatewayMethods {
    'example.weather': {
      params: { readonly city: string };
      result: { readonly celsius: number };
    };
  }
}

declare function rpc<M extends string>(method: M, params: MethodParams<M>): Promise<MethodResult<M>>;

test('a method that a user adds is as well known as ours', () => {
  expectTypeOf<'example.weather'>().toExtend<GatewayMethodName>();
  expectTypeOf(rpc('example.weather', { city: 'Bern' })).resolves.toEqualTypeOf<{ readonly celsius: number }>();
  // @ts-expect-error: the city is what it is about
  void rpc('example.weather', {});
});

test('ours stay as they are', () => {
  expectTypeOf<MethodResult<'cron.run'>>().toEqualTypeOf<{ readonly runId: string }>();
  expectTypeOf<MethodResult<'example.tides'>>().toBeUnknown();
});
