/** The six planted corrections, each in several variants: what goes wrong, what is right, and how to recognize its skill. */

import type { SeededRandom } from '../../random.ts';
import type { Action } from './fleet.ts';

/** A lesson as the store keeps it, as far as the tests look into it. */
export interface FoundLesson {
  readonly kind: string;
  readonly subject: string;
  readonly object: string;
  readonly repos: readonly string[];
}

export interface Plant {
  readonly name: string;
  readonly repos: readonly string[];
  /** The wrong way, the correction, the right way. */
  mistake(random: SeededRandom): Action[];
  /** The same work without the mistake. */
  rightAway(random: SeededRandom): Action[];
  /** The wrong way where it is right: other repositories. Absent where nobody else does such work. */
  elsewhere?(random: SeededRandom): Action[];
  matches(lesson: FoundLesson): boolean;
}

const ok = (command: string): Action => ({ act: 'shell', command, outcome: 'ok' });
const failed = (command: string, exitCode = 1): Action => ({ act: 'shell', command, outcome: 'failed', exitCode });
const rejected = (command: string): Action => ({ act: 'shell', command, outcome: 'rejected' });
const looks: readonly Action[] = [
  { act: 'read', path: 'README.md' },
  ok('ls -la'),
  { act: 'shell', command: 'grep -rn config .', outcome: 'failed', exitCode: 1 },
];

/** Wrong by failure or by refusal, maybe a look around, then right; now and then the agent gives up instead. */
function corrected(random: SeededRandom, wrong: string, right: string, exitCode: number): Action[] {
  const first = random.chance(0.3) ? rejected(decorated(random, wrong)) : failed(decorated(random, wrong), exitCode);
  const looked = random.sample(looks, Math.floor(random.next() * 3));
  const stop: Action[] = random.chance(0.15) ? [{ act: 'interrupt' }, { act: 'prompt', text: '' }] : [];
  if (random.chance(0.1)) return [first, ...stop, ...looked];
  const again = random.chance(0.15) && first.act === 'shell' ? [first] : [];
  return [first, ...stop, ...looked, ...again, ok(decorated(random, right))];
}

/** How agents dress their commands. */
function decorated(random: SeededRandom, command: string): string {
  const dressed = random.pick([
    command,
    command,
    `${command} 2>&1 | tail -40`,
    `NO_COLOR=1 ${command}`,
    `bash -lc '${command}'`,
  ]);
  return command.includes("'") || command.includes('"') ? command : dressed;
}

const PACKAGES = ['lodash', 'zod', 'react', 'vite', 'undici', 'pino', 'express', 'commander'];
const FILES = ['user', 'order', 'cart', 'invoice', 'login', 'report', 'search', 'index'];

/** One plant of each sort; the repositories that it holds in are drawn. */
export function plantsFor(random: SeededRandom, repos: readonly string[]): Plant[] {
  const [first, second, third, fourth] = random.sample(repos, 4) as [string, string, string, string];
  return [
    packageManager(random, [first]),
    testCommand(random, [second]),
    forbiddenDirectory(random, [random.pick([first, second])]),
    requiredFlag(random, [third]),
    formatBeforeLint(random, [fourth]),
    commitConvention(random, random.chance(0.5) ? [first, second, third, fourth] : [third]),
  ];
}

function packageManager(random: SeededRandom, repos: readonly string[]): Plant {
  const [wrong, right, add] = random.pick([
    ['npm', 'pnpm', 'add'],
    ['npm', 'yarn', 'add'],
    ['npm', 'bun', 'add'],
    ['yarn', 'pnpm', 'add'],
    ['pip', 'uv', 'pip install'],
  ] as const);
  const work = (draw: SeededRandom) => {
    const name = draw.pick(PACKAGES);
    const sub = draw.pick(['install', 'build']);
    if (sub === 'build' && wrong !== 'pip') return [`${wrong} run build`, `${right} run build`] as const;
    return [`${wrong} install ${name}`, `${right} ${add} ${name}`] as const;
  };
  return {
    name: `package manager ${wrong} → ${right}`,
    repos,
    mistake(draw) {
      const [before, after] = work(draw);
      return corrected(draw, before, after, 1);
    },
    rightAway: (draw) => [ok(decorated(draw, work(draw)[1]))],
    elsewhere: (draw) => [ok(decorated(draw, work(draw)[0]))],
    matches: (lesson) => lesson.kind === 'command' && lesson.object === right && lesson.subject.split(' ')[0] === wrong,
  };
}

function testCommand(random: SeededRandom, repos: readonly string[]): Plant {
  const [wrong, right, subject, object] = random.pick([
    ['mvn test', './gradlew test', 'mvn test', 'gradlew test'],
    ['pytest', 'tox', 'pytest', 'tox'],
    ['go test ./...', 'make test', 'go test', 'make test'],
    ['pytest', 'uv run pytest', 'pytest', 'uv run'],
    ['rspec', 'bundle exec rspec', 'rspec', 'bundle exec'],
  ] as const);
  const file = (draw: SeededRandom) => (draw.chance(0.5) ? '' : ` tests/${draw.pick(FILES)}_test`);
  return {
    name: `test command ${wrong} → ${right}`,
    repos,
    mistake(draw) {
      const operand = file(draw);
      return corrected(draw, wrong + operand, right + operand, 127);
    },
    rightAway: (draw) => [ok(right + file(draw))],
    elsewhere: (draw) => [ok(wrong + file(draw))],
    matches: (lesson) => lesson.kind === 'command' && lesson.subject === subject && lesson.object === object,
  };
}

function forbiddenDirectory(random: SeededRandom, repos: readonly string[]): Plant {
  const [wrong, right] = random.pick([
    ['src/generated', 'schema'],
    ['vendor/protobuf', 'proto'],
    ['packages/client/gen', 'packages/spec'],
    ['db/schema', 'db/migrations'],
  ] as const);
  return {
    name: `forbidden directory ${wrong}`,
    repos,
    mistake: (draw) => [
      { act: 'edit', path: `${wrong}/${draw.pick(FILES)}.ts`, outcome: 'rejected' },
      ...(draw.chance(0.4) ? [draw.pick(looks)] : []),
      { act: 'edit', path: `${right}/${draw.pick(FILES)}.def`, outcome: 'ok' },
    ],
    rightAway: (draw) => [{ act: 'edit', path: `${right}/${draw.pick(FILES)}.def`, outcome: 'ok' }],
    elsewhere: (draw) => [{ act: 'edit', path: `${wrong}/${draw.pick(FILES)}.ts`, outcome: 'ok' }],
    matches: (lesson) => lesson.kind === 'path' && lesson.subject === wrong,
  };
}

function requiredFlag(random: SeededRandom, repos: readonly string[]): Plant {
  const [head, flag, value] = random.pick([
    ['terraform plan', '-var-file', '=dev.tfvars'],
    ['cargo test', '--features', ' integration'],
    ['kubectl apply', '--context', ' staging'],
    ['alembic upgrade', '--config', '=etc/alembic.ini'],
  ] as const);
  const operand = (draw: SeededRandom) => (head === 'kubectl apply' ? ` -f ${draw.pick(FILES)}.yaml` : '');
  return {
    name: `required flag ${head} ${flag}`,
    repos,
    mistake(draw) {
      const rest = operand(draw);
      return corrected(draw, head + rest, `${head} ${flag}${value}${rest}`, 2);
    },
    rightAway: (draw) => [ok(`${head} ${flag}${value}${operand(draw)}`)],
    elsewhere: (draw) => [ok(head + operand(draw))],
    matches: (lesson) => lesson.kind === 'flag' && lesson.subject === head && lesson.object === flag,
  };
}

function formatBeforeLint(random: SeededRandom, repos: readonly string[]): Plant {
  const [lint, format, extension, lintHead, formatHead] = random.pick([
    ['npm run lint', 'npx prettier --write .', 'ts', 'npm run lint', 'npx prettier'],
    ['make lint', 'make fmt', 'go', 'make lint', 'make fmt'],
    ['just check', 'just format', 'rs', 'just check', 'just format'],
    ['ruff check', 'black .', 'py', 'ruff', 'black'],
  ] as const);
  const edit = (draw: SeededRandom): Action => ({
    act: 'edit',
    path: `lib/${draw.pick(FILES)}.${extension}`,
    outcome: 'ok',
  });
  return {
    name: `${format} before ${lint}`,
    repos,
    mistake: (draw) => [
      edit(draw),
      failed(lint),
      ...(draw.chance(0.4) ? [draw.pick(looks)] : []),
      ok(format),
      ok(lint),
    ],
    rightAway: (draw) => [edit(draw), ok(format), ok(lint)],
    elsewhere: (draw) => [edit(draw), ok(lint)],
    matches: (lesson) => lesson.kind === 'prerequisite' && lesson.subject === lintHead && lesson.object === formatHead,
  };
}

function commitConvention(random: SeededRandom, repos: readonly string[]): Plant {
  const shape = random.pick(['conventional', 'ticket'] as const);
  const topics = ['login page', 'retry of uploads', 'price rounding', 'slow query', 'typo in help'];
  const right = (draw: SeededRandom, topic: string) =>
    shape === 'conventional'
      ? `git commit -m "${draw.pick(['fix', 'feat', 'chore'])}(${draw.pick(['api', 'ui'])}): ${topic}"`
      : `git commit -m "WEB-${100 + Math.floor(draw.next() * 800)}: ${topic}"`;
  return {
    name: `commit messages ${shape}`,
    repos,
    mistake(draw) {
      const topic = draw.pick(topics);
      return corrected(draw, `git commit -m "Fixed ${topic}"`, right(draw, topic), 1);
    },
    rightAway: (draw) => [ok(right(draw, draw.pick(topics)))],
    matches: (lesson) =>
      lesson.kind === 'flag' && lesson.subject === 'git commit' && lesson.object.includes(`msg:${shape}`),
  };
}
