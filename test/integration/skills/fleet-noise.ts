/** Ordinary work that must teach nothing: failing searches, development loops, flaky tests, refused contents, one-offs. */

import type { SeededRandom } from '../../random.ts';
import type { Action } from './fleet.ts';
import type { Plant } from './fleet-plants.ts';

const ok = (command: string): Action => ({ act: 'shell', command, outcome: 'ok' });
const failed = (command: string, exitCode = 1): Action => ({ act: 'shell', command, outcome: 'failed', exitCode });

const FILES = ['app', 'main', 'router', 'model', 'view', 'state', 'theme', 'hooks'];

/** Some units of work in a repository. */
export function noiseFor(random: SeededRandom, repo: string, count: number): Action[] {
  const actions: Action[] = [];
  for (let index = 0; index < count; index++) actions.push(...random.pick(UNITS)(random, repo));
  return actions;
}

const UNITS: readonly ((random: SeededRandom, repo: string) => Action[])[] = [
  (random) => [{ act: 'read', path: `app/${random.pick(FILES)}.ts` }],
  (random) => [failed(`grep -rn ${random.pick(FILES)} app`), ok(`rg ${random.pick(FILES)} app`)],
  () => [ok('git status'), ok('git diff --stat')],
  // A development loop: the edit makes it pass.
  (random, repo) => [
    failed(unitTests(repo)),
    { act: 'edit', path: `app/${random.pick(FILES)}.ts`, outcome: 'ok' },
    ok(unitTests(repo)),
  ],
  // Flaky: the same command passes the second time.
  (_random, repo) => [failed(unitTests(repo)), ok(unitTests(repo))],
  // Narrowing to one file while it fails.
  (random, repo) => [failed(unitTests(repo)), ok(`${unitTests(repo)} app/${random.pick(FILES)}.test.ts`)],
  (_random, repo) => [ok(unitTests(repo))],
  // The content was refused, not the place.
  (random) => {
    const path = `app/${random.pick(FILES)}.ts`;
    return [
      { act: 'edit', path, outcome: 'rejected' },
      { act: 'edit', path, outcome: 'ok' },
    ];
  },
  (random) => [{ act: 'edit', path: `app/${random.pick(FILES)}.ts`, outcome: 'ok' }],
  () => [failed('docker ps', 1), ok('docker ps -a')],
  () => [failed('cat missing.txt'), ok('ls')],
  () => [failed('node scripts/seed.js', 1), ok('node scripts/seed.js --help')],
  () => [{ act: 'interrupt' }, { act: 'prompt', text: '' }],
];

/** Each repository's own unit tests, which ordinarily work. */
function unitTests(repo: string): string {
  return repo === 'acme/api' ? 'cargo nextest run' : repo === 'acme/infra' ? 'phpunit' : 'npx mocha';
}

/**
 * Looks like a correction and happens often, but the "wrong" way mostly works: a failing whole run followed by a passing
 * run by another command, in a repository where the whole run usually passes.
 */
export function lookAlike(random: SeededRandom, repo: string, plants: readonly Plant[]): Action[] {
  if (
    repo !== 'acme/docs' ||
    plants.some((plant) => plant.name.startsWith('test command') && plant.repos.includes(repo))
  ) {
    return [];
  }
  if (random.chance(0.2)) return [failed('mix test'), ok('make unit-test')];
  return random.chance(0.7) ? [ok('mix test')] : [];
}

/** Corrections that happen too rarely to teach anything. */
export function oneOffs(random: SeededRandom): Action[][] {
  const all: Action[][] = [
    [failed('docker-compose up'), ok('docker compose up')],
    [failed('python seed.py', 2), ok('python3 seed.py')],
    [failed('helm upgrade app'), ok('helm upgrade app --install')],
    [failed('yarn deploy'), ok('npm run deploy')],
    [{ act: 'shell', command: 'git push --force', outcome: 'rejected' }, ok('git push --force-with-lease')],
    [
      { act: 'edit', path: 'config/prod.yaml', outcome: 'rejected' },
      { act: 'edit', path: 'local/dev.yaml', outcome: 'ok' },
    ],
    [failed('dotnet test'), ok('dotnet build'), ok('dotnet test')],
    [failed('composer install', 1), ok('composer install --ignore-platform-reqs')],
  ];
  return random.sample(all, 5);
}
