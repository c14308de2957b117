import { clientContracts } from './contracts/client.ts';
import type { Contract } from './contracts/contract.ts';
import { hostContracts } from './contracts/host.ts';
import { supervisorContracts } from './contracts/supervisor.ts';

export const contracts: readonly Contract[] = [...hostContracts, ...supervisorContracts, ...clientContracts];

/** Set by `npm run conformance -- --contracts`: only the checks that a contract names are run, and the page is written. */
export const CONTRACTS_VARIABLE = 'DESKCLAW_CONFORMANCE_CONTRACTS';

/** The first check starts the gateway that the others use. */
const always = ['start'];

export const contractChecks: ReadonlySet<string> = new Set([
  ...always,
  ...contracts.flatMap(({ checks = [] }) => checks),
]);
