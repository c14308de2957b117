import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Biome has format and the fast rules. Only what needs types is here: the mistakes a supervisor dies of
 * (a promise nobody waits for, a case nobody handles), and the ban on time, randomness and processes
 * outside the ports, which a simulation could not control.
 */
const ambient = [
  ['Date', 'now', 'Clock.wallTime'],
  ['Math', 'random', 'Random.next'],
  ['performance', 'now', 'Clock.now'],
  ['process', 'hrtime', 'Clock.now'],
  ['process', 'kill', 'ProcessTable.signal'],
  ['crypto', 'randomUUID', 'Random.uuid'],
].map(([object, property, port]) => ({ object, property, message: `Use the port: ${port}.` }));

const timers = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Use the port: Clock.schedule.',
}));

const portModules = [
  ['child_process', 'Spawner'],
  ['timers', 'Clock'],
  ['timers/promises', 'Clock'],
].flatMap(([name, port]) => [name, `node:${name}`].map((each) => ({ name: each, message: `Use the port: ${port}.` })));

export default defineConfig(
  globalIgnores(['**/dist/', '**/fixtures/', '**/node_modules/', '**/.cache/', '**/coverage/']),
  {
    files: ['{packages,apps}/*/{src,test}/**/*.{ts,tsx}', 'verify/*/{src,test}/**/*.ts', 'scripts/**/*.{mjs,ts}'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['packages/{core,openclaw,host}/src/**/*.ts'],
    // The simulated world is driven from the real one.
    ignores: ['packages/core/src/{ports,testing}/**', 'packages/host/src/keyring/**'],
    rules: {
      'no-restricted-globals': ['error', ...timers],
      'no-restricted-properties': ['error', ...ambient],
      'no-restricted-imports': ['error', { paths: portModules }],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="WebSocket"]', message: 'Use the port: SocketFactory.' },
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Use the port: Clock.wallTime.' },
      ],
    },
  },
);
