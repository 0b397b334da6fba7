/** What is known about command-line programs: which word is a sub-command, which flags take a value, what only looks. */

/** Commands that set the scene for others; never the subject of a correction. */
export const SCENERY = new Set([
  ...['cd', 'export', 'set', 'source', '.', 'pushd', 'popd', 'echo', 'true', 'false', ':', 'sleep', 'printf', 'pwd'],
  ...['clear', 'umask', 'ulimit', 'exit', 'wait', 'alias', 'unset', 'trap', 'mkdir', 'touch', 'test', '[', '[['],
  ...['for', 'case', 'select', 'function', 'done', 'fi', 'esac', '}', ')'],
]);

/** Programs that only look, or that fail as their ordinary answer (grep without a match). */
export const EXPLORING = new Set([
  ...[
    'cat',
    'ls',
    'grep',
    'egrep',
    'rg',
    'ag',
    'find',
    'fd',
    'head',
    'tail',
    'wc',
    'sed',
    'awk',
    'sort',
    'uniq',
    'cut',
  ],
  ...['diff', 'less', 'more', 'which', 'whereis', 'type', 'command', 'file', 'stat', 'du', 'df', 'ps', 'env', 'date'],
  ...['tree', 'jq', 'yq', 'tr', 'tee', 'xargs', 'basename', 'dirname', 'realpath', 'readlink', 'man', 'uname', 'id'],
  ...['whoami', 'hostname', 'history', 'curl', 'wget', 'ping', 'kill', 'pkill', 'lsof', 'nc', 'cp', 'mv', 'rm', 'ln'],
  ...['chmod', 'chown', 'tar', 'unzip', 'zip', 'base64', 'xxd', 'strings', 'seq', 'column', 'nl', 'cmp', 'comm'],
]);

/** Heads that only look, of programs that otherwise act. */
export const EXPLORING_HEADS = new Set([
  ...['git status', 'git log', 'git diff', 'git show', 'git branch', 'git remote', 'git rev-parse', 'git blame'],
  ...[
    'git grep',
    'git ls-files',
    'git describe',
    'git config',
    'git fetch',
    'git stash',
    'gh pr',
    'gh issue',
    'gh api',
  ],
  ...['npm ls', 'npm view', 'npm outdated', 'npm config', 'pnpm ls', 'pnpm list', 'pnpm why', 'yarn why', 'yarn list'],
  ...['pip list', 'pip show', 'pip freeze', 'docker ps', 'docker images', 'docker logs', 'docker inspect'],
  ...['kubectl get', 'kubectl describe', 'kubectl logs', 'cargo tree', 'go env', 'go list', 'go version'],
]);

/** Programs whose first bare word is an argument, not a sub-command. */
export const WITHOUT_SUBCOMMAND = new Set([
  ...['pytest', 'jest', 'vitest', 'mocha', 'eslint', 'prettier', 'tsc', 'black', 'ruff', 'flake8', 'mypy', 'pylint'],
  ...['node', 'python', 'python3', 'python2', 'ruby', 'php', 'perl', 'bash', 'sh', 'zsh', 'tsx', 'ts-node', 'deno-run'],
  ...['gofmt', 'rustfmt', 'clang-format', 'psql', 'mysql', 'sqlite3', 'ssh', 'scp', 'rsync', 'code', 'vim', 'nano'],
  ...['javac', 'java', 'gcc', 'g++', 'clang', 'cmake', 'ctest', 'rspec', 'phpunit', 'tox', 'isort', 'shellcheck'],
]);

/** Programs whose script is part of what they do: `python manage.py`. */
export const INTERPRETERS = new Set(['node', 'python', 'python3', 'ruby', 'php', 'perl', 'bash', 'sh', 'zsh', 'tsx']);

/** Programs of which two words name the action: `npm run build`, `docker compose up`, `git stash pop`. */
export const TWO_WORD_SUBCOMMANDS = new Set([
  ...['npm run', 'npm exec', 'pnpm run', 'pnpm exec', 'pnpm dlx', 'yarn run', 'yarn exec', 'yarn dlx', 'bun run'],
  ...['docker compose', 'docker image', 'docker container', 'docker volume', 'uv run', 'uv pip', 'uv tool'],
  ...['poetry run', 'pipenv run', 'pdm run', 'hatch run', 'rye run', 'bundle exec', 'gh pr', 'gh issue', 'gh run'],
  ...['git worktree', 'git submodule', 'aws s3', 'gcloud compute', 'az vm', 'cargo nextest', 'dotnet ef', 'nx run'],
  ...['turbo run', 'deno task', 'php artisan', 'rails db', 'mix ecto', 'helm repo', 'terraform workspace'],
]);

/** Runners of another program: their head goes on with that program's. */
export const WRAPPERS = new Set([
  ...['npx', 'bunx', 'npm exec', 'pnpm exec', 'pnpm dlx', 'yarn exec', 'yarn dlx', 'uv run', 'poetry run'],
  ...['pipenv run', 'pdm run', 'hatch run', 'rye run', 'bundle exec', 'uvx', 'pipx run', 'mise exec', 'direnv exec'],
]);

/** Prefixes that change how a program runs, not which: dropped. */
export const TRANSPARENT = new Set([
  ...['sudo', 'time', 'nohup', 'nice', 'env', 'command', 'exec', 'stdbuf', 'timeout'],
  ...['do', 'then', 'else', 'elif', 'if', 'while', 'until', '!', '{'],
]);

/** Shells whose `-c` argument is the real command. */
export const SHELLS = new Set(['bash', 'sh', 'zsh', 'dash', 'ksh']);

/** Flags that take the next word as their value, by program (`*`: any). */
const VALUE_FLAGS_BY_PROGRAM = {
  '*': new Set(['--config', '--profile', '--env', '--project', '--output', '--file', '--cwd', '--dir']),
  git: new Set(['-C', '-c', '-m', '--message', '--git-dir', '--work-tree', '-b', '--author', '-F']),
  npm: new Set(['--prefix', '-w', '--workspace', '-C']),
  pnpm: new Set(['--filter', '-F', '-C', '--dir', '-w']),
  yarn: new Set(['--cwd']),
  make: new Set(['-C', '-f', '-j']),
  kubectl: new Set(['--context', '-n', '--namespace', '--kubeconfig', '-f', '-l', '--cluster']),
  helm: new Set(['--kube-context', '-n', '--namespace', '-f', '--values', '--set']),
  docker: new Set(['--context', '-f', '--file', '-H', '-t', '--tag', '-p', '-v', '-e', '--name']),
  aws: new Set(['--profile', '--region', '--output']),
  gcloud: new Set(['--project', '--account']),
  cargo: new Set(['--manifest-path', '-p', '--package', '--features', '--target']),
  go: new Set(['-C', '-run', '-tags', '-o']),
  gh: new Set(['-R', '--repo', '-t', '--title', '-b', '--body']),
  uv: new Set(['--directory', '--project', '-p', '--python', '--with', '--group', '--extra']),
  pytest: new Set(['-k', '-m', '-n', '-c', '-p', '--maxfail']),
  timeout: new Set(['-s', '-k']),
  sudo: new Set(['-u', '-g']),
  nice: new Set(['-n']),
};
/** A map: a program may be called `constructor`. */
export const VALUE_FLAGS: ReadonlyMap<string, ReadonlySet<string>> = new Map(Object.entries(VALUE_FLAGS_BY_PROGRAM));

/** Flags that narrow, silence or decorate: a difference in these alone is no correction. */
export const IDLE_FLAGS = new Set([
  ...['-v', '-vv', '-vvv', '--verbose', '-q', '--quiet', '--silent', '-s', '--color', '--colors', '--no-color'],
  ...['-k', '-t', '--grep', '--filter', '--testNamePattern', '--test-name-pattern', '-run', '--run', '-x', '--bail'],
  ...['--maxfail', '--lf', '--ff', '--tb', '-o', '--reporter', '--output', '--json', '-j', '-n', '--watch', '-w'],
  ...['--debug', '--trace', '--progress', '--no-progress', '--log-level', '--loglevel'],
]);

/** Programs whose short flags choose a target (`-n namespace`), so that none of their flags is idle. */
export const TARGETING_PROGRAMS = new Set(['kubectl', 'helm', 'aws', 'gcloud', 'az', 'terraform', 'docker']);

/** Flags that turn a command into a look at it: its success says nothing about the right way. */
export const INSPECTING_FLAGS = new Set([
  ...['--help', '-h', '--version', '-V', '--dry-run', '--list', '--collect-only', '--listTests', '--showConfig'],
  ...['--print-config', '--what-if', '-?'],
]);

/** Programs that stand in for each other, action by action. */
export const FAMILIES: readonly ReadonlySet<string>[] = [
  new Set(['npm', 'pnpm', 'yarn', 'bun']),
  new Set(['pip', 'pip3', 'uv', 'poetry', 'pipenv', 'pdm', 'conda']),
  new Set(['docker-compose', 'docker', 'podman', 'podman-compose']),
  new Set(['python', 'python3', 'python2']),
  new Set(['make', 'just', 'task']),
];

/** Words that name an action, each with its canonical word. */
const ACTION_WORDS: readonly (readonly [string, string])[] = [
  ['test', 'test tests t spec specs pytest jest vitest mocha tox nox rspec phpunit ctest unittest nextest'],
  ['install', 'install i add ci sync restore bootstrap'],
  ['build', 'build compile assemble bundle webpack rollup tsc'],
  ['lint', 'lint eslint ruff flake8 pylint clippy golangci-lint shellcheck'],
  ['format', 'format fmt prettier black gofmt rustfmt clang-format'],
  ['check', 'check typecheck type-check mypy pyright'],
  ['start', 'start dev serve up'],
  ['migrate', 'migrate migration migrations alembic'],
  ['deploy', 'deploy release publish'],
  ['remove', 'remove uninstall rm un'],
  ['generate', 'generate gen codegen'],
  ['commit', 'commit'],
  ['push', 'push'],
  ['apply', 'apply'],
  ['plan', 'plan'],
].map(([action, words]) => [action!, words!] as const);

const ACTION_BY_WORD = new Map<string, string>();
for (const [action, words] of ACTION_WORDS) for (const word of words.split(' ')) ACTION_BY_WORD.set(word, action);

/** The canonical word of an action (`t`, `pytest` → `test`), or undefined. */
export function actionOfWord(word: string): string | undefined {
  return ACTION_BY_WORD.get(word);
}
