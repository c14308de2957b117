// @ts-check
/**
 * The layers of docs/architecture.md: imports point down only. Rules see type-only imports too, because a type
 * that points up couples as surely as a call does.
 */

const { builtinModules } = require('node:module');

/** Folders of packages/core/src from the top down; each may import those below it, never one above. */
const coreLayers = [
  'recovery',
  'manager',
  'control',
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

/** The same for packages/host/src. */
const hostLayers = [
  'host',
  'doctor',
  'recovery',
  'upgrade',
  'install',
  'control',
  'profile',
  'journal',
  'keyring',
  'metrics',
  'schema',
];

/** Node's own modules, with and without the `node:` in front: the cruiser names them both ways. */
const nodeModules = `^(node:)?(${builtinModules.join('|')})(/|$)`;

const coreFolder = (/** @type {string[]} */ ...names) => `^packages/core/src/(${names.join('|')})/`;

const hostFolder = (/** @type {string[]} */ ...names) => `^packages/host/src/(${names.join('|')})/`;

/**
 * @param {string} name of the package
 * @param {readonly string[]} layers
 * @param {(...names: string[]) => string} folder
 */
const layerRules = (name, layers, folder) =>
  layers.slice(1).map((layer, index) => ({
    name: `${name}-layer-${layer}`,
    comment: `packages/${name}/src/${layer} imports from the folders below it only`,
    severity: /** @type {const} */ ('error'),
    from: { path: folder(layer) },
    to: { path: folder(...layers.slice(0, index + 1)) },
  }));

/**
 * Folders of packages/ui/src from the top down; each may import those below it, never one above. What stands beside them
 * in `src` (the entry points, the app context, the navigation) belongs to the page, above `view-models`.
 */
const uiLayers = ['screens', 'components', 'view-models', 'session', 'chat', 'host', 'channels'];

const uiFolder = (/** @type {string[]} */ ...names) => `^packages/ui/src/(${names.join('|')})/`;

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
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
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
      name: 'core-imports-protocol-and-ws',
      comment: 'who embeds a gateway installs these two and nothing else',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: {
        pathNot: ['^packages/(core|protocol)/', 'node_modules/(@types/)?ws/'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'openclaw-below-host',
      severity: 'error',
      from: { path: '^packages/openclaw/src/' },
      to: { path: '^packages/(host|ui|gateway)/' },
    },
    {
      name: 'host-below-shells',
      severity: 'error',
      from: { path: '^packages/host/src/' },
      to: { path: '^packages/(ui|gateway)/' },
    },
    {
      name: 'core-internal-is-for-host-and-openclaw',
      comment: 'shells use the SDK and the host; what is internal may change with any commit',
      severity: 'error',
      from: { path: '^(apps|packages/(ui|gateway|protocol))/' },
      to: { path: '^packages/core/(src|dist)/internal\\.' },
    },
    {
      name: 'verification-is-imported-by-nothing',
      severity: 'error',
      from: { path: '^(packages|apps)/' },
      to: { path: '^verify/' },
    },
    {
      name: 'ui-knows-the-control-client-only',
      severity: 'error',
      from: { path: '^packages/ui/src/' },
      to: { path: '^packages/(core|openclaw|host|gateway)/', pathNot: '^packages/core/(src|dist)/client\\.' },
    },
    {
      name: 'apps-are-imported-by-nothing',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^apps/([^/]+)/', pathNot: '^$1/$2/' },
    },
    {
      name: 'packages-by-their-names',
      comment: 'another package is imported by its name, never by a path into its sources',
      severity: 'error',
      from: { path: '^(packages|apps|verify)/([^/]+)/' },
      to: { path: '^(packages|apps)/[^/]+/src/', pathNot: '^$1/$2/' },
    },
    ...['client', 'ui'].map((name) => ({
      name: `${name}-runs-in-browsers`,
      comment: 'reaches no node: module, however many steps away',
      severity: /** @type {const} */ ('error'),
      from: { path: name === 'client' ? '^packages/core/src/client\\.ts$' : '^packages/ui/src/' },
      to: { reachable: true, path: nodeModules },
    })),
    ...layerRules('core', coreLayers, coreFolder),
    ...layerRules('host', hostLayers, hostFolder),
    ...layerRules('ui', uiLayers, uiFolder),
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
      name: 'process-knows-no-connection',
      comment: 'process and connection meet in the manager',
      severity: 'error',
      from: { path: coreFolder('supervisor', 'process') },
      to: { path: coreFolder('connection', 'rpc', 'dialect') },
    },
    {
      name: 'connection-knows-no-process',
      severity: 'error',
      from: { path: coreFolder('connection', 'rpc', 'dialect') },
      to: { path: coreFolder('supervisor', 'process') },
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
