// @ts-check
/**
 * The floors of CONTRIBUTING.md: arrows point down only. Rules see type-only imports too, because a type
 * that points up couples as surely as a call does.
 */

const { builtinModules } = require('node:module');

/** Folders of packages/core/src from the roof down; each may import those below it, never one above. */
const coreFloors = [
  'host',
  'upgrade',
  'install',
  'openclaw',
  'control',
  'profile',
  'journal',
  'schema',
  'manager',
  'channels',
  'chat',
  'connection',
  'supervisor',
  'rpc',
  'dialect',
  'process',
  'events',
  'redaction',
  'ports',
  'errors',
  'util',
];

/** Node's own modules, with and without the `node:` in front: the cruiser names them both ways. */
const nodeModules = `^(node:)?(${builtinModules.join('|')})(/|$)`;

const coreFolder = (/** @type {string[]} */ ...names) => `^packages/core/src/(${names.join('|')})/`;

const coreFloorRules = coreFloors.slice(1).map((name, index) => ({
  name: `core-floor-${name}`,
  comment: `core/src/${name} may not reach up`,
  severity: /** @type {const} */ ('error'),
  from: { path: coreFolder(name) },
  to: { path: coreFolder(...coreFloors.slice(0, index + 1)) },
}));

/**
 * Folders of packages/ui/src from the top down; each may import those below it, never one above. What stands beside them
 * in `src` (the entry points, the app context, the navigation) belongs to the page, above `view-models`.
 */
const uiLayers = ['screens', 'components', 'view-models', 'session', 'chat', 'host', 'channels'];

const uiFolder = (/** @type {string[]} */ ...names) => `^packages/ui/src/(${names.join('|')})/`;

const uiLayerRules = uiLayers.slice(1).map((name, index) => ({
  name: `ui-layer-${name}`,
  comment: `ui/src/${name} imports from the folders below it only`,
  severity: /** @type {const} */ ('error'),
  from: { path: uiFolder(name) },
  to: { path: uiFolder(...uiLayers.slice(0, index + 1)) },
}));

/** Folders of apps/cli/src from the top down: definitions, commands, what they share, the terminal. */
const cliLayers = ['program', 'commands', '(channels|chat)', 'host', 'command-line', 'output'];

const cliLayerRules = cliLayers.slice(1).map((name, index) => ({
  name: `cli-layer-${name.replace(/\W+/g, '-').replace(/^-|-$/g, '')}`,
  comment: `apps/cli/src/${name} may not import a layer above it`,
  severity: /** @type {const} */ ('error'),
  from: { path: `^apps/cli/src/${name}/` },
  to: { path: `^apps/cli/src/(${cliLayers.slice(0, index + 1).join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'protocol-imports-nothing',
      severity: 'error',
      from: { path: '^packages/protocol/src/' },
      to: { pathNot: '^packages/protocol/src/' },
    },
    {
      name: 'gateway-stands-on-protocol-alone',
      comment: 'Node itself is allowed, for it is a program, and what it declares to need',
      severity: 'error',
      from: { path: '^packages/gateway/src/' },
      to: {
        pathNot: ['^packages/gateway/src/', '^packages/protocol/', 'node_modules/(@types/)?(ws|croner|uqr)/'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'core-below-ui-and-apps',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: { path: '^packages/(ui|gateway)/' },
    },
    {
      name: 'ui-knows-the-control-client-only',
      severity: 'error',
      from: { path: '^packages/ui/src/' },
      to: { path: '^packages/(core|gateway)/', pathNot: '^packages/core/(src|dist)/client\\.' },
    },
    {
      name: 'apps-are-imported-by-nothing',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^apps/([^/]+)/', pathNot: '^$1/$2/' },
    },
    {
      name: 'packages-through-their-doors',
      comment: 'another package is imported by its name, never by a path into its sources',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^(packages|apps)/[^/]+/src/', pathNot: '^$1/$2/' },
    },
    ...['client', 'ui'].map((name) => ({
      name: `${name}-runs-in-browsers`,
      comment: 'reaches no node: module, however many steps away',
      severity: /** @type {const} */ ('error'),
      from: { path: name === 'client' ? '^packages/core/src/client\\.ts$' : '^packages/ui/src/' },
      to: { reachable: true, path: nodeModules },
    })),
    ...coreFloorRules,
    ...uiLayerRules,
    {
      name: 'ui-models-know-no-page',
      comment: 'view models and what is below them run without React and without a page: the desktop app uses them too',
      severity: 'error',
      from: { path: uiFolder(...uiLayers.slice(2)) },
      to: { path: ['^packages/ui/src/[^/]+$', 'node_modules/(@types/)?react(-dom)?/'] },
    },
    ...cliLayerRules,
    {
      name: 'gateway-services-below-state',
      comment: 'services declare the state they need; state implements it',
      severity: 'error',
      from: { path: '^packages/gateway/src/services/' },
      to: { path: '^packages/gateway/src/state/' },
    },
    {
      name: 'core-halves-are-strangers',
      comment: 'process and connection meet in the manager',
      severity: 'error',
      from: { path: coreFolder('supervisor', 'process') },
      to: { path: coreFolder('connection', 'rpc', 'dialect') },
    },
    {
      name: 'core-halves-are-strangers-too',
      severity: 'error',
      from: { path: coreFolder('connection', 'rpc', 'dialect') },
      to: { path: coreFolder('supervisor', 'process', 'openclaw', 'profile', 'journal') },
    },
    {
      name: 'core-testing-is-for-tests',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: '^packages/core/src/testing(\\.ts$|/)' },
      to: { path: '^packages/core/src/testing(\\.ts$|/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(test|\\.turbo)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      mainFields: ['module', 'main'],
    },
  },
};
