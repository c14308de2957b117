import type { CompletionShell } from './completion-shells.ts';

/** One place in the tree of commands, and what may follow there. */
export interface CompletionPoint {
  /** `config set`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly description: string }[];
  /** Values of options that have a list of them. */
  readonly choices: readonly { readonly options: readonly string[]; readonly values: readonly string[] }[];
  /** Options whose value is anything: file names are completed after them. */
  readonly valued: readonly string[];
}

/** Single quotes for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Single quotes for fish, which knows `\'` inside of them. */
function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function quotePowerShell(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function knownPaths(points: readonly CompletionPoint[]): readonly string[] {
  return points.map(({ path }) => path).filter((path) => path !== '');
}

/** Case arms for words that lead further into the tree; `at` begins with a blank unless it is empty. */
function pathArms(points: readonly CompletionPoint[]): string {
  return knownPaths(points)
    .map((path) => quote(` ${path}`))
    .join('|');
}

function choiceArms(
  points: readonly CompletionPoint[],
  body: (values: readonly string[]) => string,
): readonly string[] {
  return points.flatMap(({ path, choices }) =>
    choices.flatMap(({ options, values }) =>
      options.map((option) => `    ${quote(`${path === '' ? '' : ` ${path}`} ${option}`)}) ${body(values)} ;;`),
    ),
  );
}

function bash(points: readonly CompletionPoint[]): readonly string[] {
  return [
    '# bash completion of deskclaw. To use it: source <(deskclaw completion bash)',
    '_deskclaw() {',
    `  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at= words= word i`,
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    `    word=\${COMP_WORDS[i]}`,
    `    case "$at $word" in ${pathArms(points)}) at="$at $word" ;; esac`,
    '  done',
    '  case "$at $previous" in',
    ...choiceArms(points, (values) => `COMPREPLY=($(compgen -W ${quote(values.join(' '))} -- "$current")); return`),
    ...points.flatMap(({ path, valued }) =>
      valued.map((option) => `    ${quote(`${path === '' ? '' : ` ${path}`} ${option}`)}) COMPREPLY=(); return ;;`),
    ),
    '  esac',
    '  case "$at" in',
    ...points.map(
      ({ path, words }) =>
        `    ${quote(path === '' ? '' : ` ${path}`)}) words=${quote(words.map(({ word }) => word).join(' '))} ;;`,
    ),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _deskclaw deskclaw',
  ];
}

function zsh(points: readonly CompletionPoint[]): readonly string[] {
  const described = (point: CompletionPoint): string =>
    point.words.map(({ word, description }) => quote(`${word.replaceAll(':', '\\:')}:${description}`)).join(' ');
  return [
    '#compdef deskclaw',
    '# zsh completion of deskclaw. To use it: source <(deskclaw completion zsh)',
    '_deskclaw() {',
    `  local at= word previous=\${words[CURRENT-1]}`,
    '  local -a found',
    `  for word in \${words[2,CURRENT-1]}; do`,
    `    case "$at $word" in (${pathArms(points)}) at="$at $word" ;; esac`,
    '  done',
    '  case "$at $previous" in',
    ...choiceArms(points, (values) => `compadd -- ${values.map(quote).join(' ')}; return`),
    ...points.flatMap(({ path, valued }) =>
      valued.map((option) => `    ${quote(`${path === '' ? '' : ` ${path}`} ${option}`)}) _files; return ;;`),
    ),
    '  esac',
    '  case "$at" in',
    ...points.map((point) => `    ${quote(point.path === '' ? '' : ` ${point.path}`)}) found=(${described(point)}) ;;`),
    '  esac',
    "  _describe 'deskclaw' found || _files",
    '}',
    'compdef _deskclaw deskclaw',
  ];
}

function fish(points: readonly CompletionPoint[]): readonly string[] {
  return [
    '# fish completion of deskclaw. To use it: deskclaw completion fish | source',
    'function __deskclaw_at',
    "  set -l at ''",
    '  for word in (commandline -opc)[2..]',
    `    contains -- "$at $word" ${knownPaths(points)
      .map((path) => quoteFish(` ${path}`))
      .join(' ')}; and set at "$at $word"`,
    '  end',
    '  test "$at" = "$argv[1]"',
    'end',
    ...points.flatMap(({ path, words, choices }) => {
      const condition = quoteFish(`__deskclaw_at ${quoteFish(path === '' ? '' : ` ${path}`)}`);
      const valuesOf = (word: string): readonly string[] =>
        choices.find(({ options }) => options.includes(word))?.values ?? [];
      return words.map(({ word, description }) => {
        const about = `-d ${quoteFish(description)}`;
        if (!word.startsWith('-')) return `complete -c deskclaw -f -n ${condition} -a ${word} ${about}`;
        const values = valuesOf(word);
        const value = values.length === 0 ? '' : ` -x -a ${quoteFish(values.join(' '))}`;
        const name = word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`;
        return `complete -c deskclaw -n ${condition} ${name}${value} ${about}`;
      });
    }),
  ];
}

function powershell(points: readonly CompletionPoint[]): readonly string[] {
  const list = (texts: readonly string[]): string => `@(${texts.map(quotePowerShell).join(', ')})`;
  return [
    '# PowerShell completion of deskclaw. To use it: deskclaw completion powershell | Out-String | Invoke-Expression',
    'Register-ArgumentCompleter -Native -CommandName deskclaw -ScriptBlock {',
    '  param($word, $ast, $position)',
    '  $words = @{',
    ...points.map(({ path, words }) => `    ${quotePowerShell(path)} = ${list(words.map((each) => each.word))}`),
    '  }',
    '  $at = ""',
    '  foreach ($element in $ast.CommandElements | Select-Object -Skip 1) {',
    '    if ($element.Extent.EndOffset -ge $position) { break }',
    '    $next = "$at $element".Trim()',
    '    if ($words.ContainsKey($next)) { $at = $next }',
    '  }',
    '  $words[$at] | Where-Object { $_ -like "$word*" } | ForEach-Object {',
    "    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)",
    '  }',
    '}',
  ];
}

const writers: Readonly<Record<CompletionShell, (points: readonly CompletionPoint[]) => readonly string[]>> = {
  bash,
  zsh,
  fish,
  powershell,
};

/** Returns the lines of a script that completes the commands in a shell; the script runs no program. */
export function completionScript(shell: CompletionShell, points: readonly CompletionPoint[]): readonly string[] {
  return writers[shell](points);
}
