import { identifier } from '../params/fields.ts';
import { nothing, object, optional } from '../params/guard.ts';
import { invalidParams } from '../rpc-fault.ts';
import { apiKey, baseUrl, COMMAND_LINE_PROVIDER, modelName, type ProvidersService } from '../services/providers.ts';
import { type Handlers, method } from './method.ts';

const provider = object({ providerId: identifier });

export function providerMethods(providers: ProvidersService): Handlers<'providers'> {
  return {
    'providers.list': method('providers.list', nothing, () => ({ providers: providers.list() })),
    'providers.set': method(
      'providers.set',
      object({ providerId: identifier, baseUrl, model: modelName, apiKey: optional(apiKey) }),
      (params) => {
        assertChangeable('providers.set', params.providerId);
        const { providerId, baseUrl: address, model, apiKey: key } = params;
        return providers.set({
          id: providerId,
          baseUrl: address,
          model,
          ...(key === undefined ? {} : { apiKey: key }),
        });
      },
    ),
    'providers.remove': method('providers.remove', provider, async ({ providerId }) => {
      assertChangeable('providers.remove', providerId);
      return { removed: await providers.remove(providerId) };
    }),
    'providers.test': method('providers.test', provider, ({ providerId }) => providers.test(providerId)),
  };
}

function assertChangeable(name: string, providerId: string): void {
  if (providerId !== COMMAND_LINE_PROVIDER) return;
  const problem = 'is the provider given on the command line, which only the command line can change';
  throw invalidParams(name, { path: '/providerId', kind: 'wrong', problem });
}
