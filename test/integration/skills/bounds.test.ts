/** A tenant that has outgrown a bound of the harness: what lies inside the bound is still learned, and learned right. */

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openTestStore, type TestStore } from './chdb-store.ts';
import type { Action } from './fleet.ts';
import { sessionRows } from './fleet-rows.ts';
import { foundSkills, NOW_MS, run } from './harness-run.ts';
import { failed, ok, rejected, type SessionsOptions, sessionsOf } from './sessions.ts';

const DAY_MS = 86_400_000;
const START_MS = NOW_MS - 40 * DAY_MS;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => store.truncate());

async function add(actions: (index: number) => readonly Action[], options: SessionsOptions): Promise<void> {
  const rows = sessionsOf(actions, options).flatMap((session) => sessionRows('acme', session, true));
  await store.insert('coding_agent_events', rows);
}

const edit = (path: string, outcome: 'ok' | 'rejected'): Action => ({ act: 'edit', path, outcome });
const prompt = (text: string): Action => ({ act: 'prompt', text });

it('[H58] takes the best supported clusters of all kinds when there are more than a run takes', async () => {
  const wrong = ['npm install', 'pytest', 'terraform plan'];
  const right = ['pnpm add', 'uv run pytest', 'terraform plan -var-file=dev.tfvars'];
  for (const [at, command] of wrong.entries()) {
    await add((index) => [failed(`${command} x${index}`), ok(`${right[at]} x${index}`)], {
      ...{ count: 3, firstAtMs: START_MS, label: `c${at}` },
    });
  }
  await add((index) => [edit(`generated/${index}.ts`, 'rejected'), edit(`schema/${index}.graphql`, 'ok')], {
    ...{ count: 8, firstAtMs: START_MS, label: 'place' },
  });
  await run(store, { settings: { candidatesMax: 2 } });
  expect((await foundSkills(store)).map(({ id }) => id)).toContain('do-not-edit-generated');
});

it('[H59] a lesson with more corrections than are read is not held to be wrong in the sessions before them', async () => {
  await add((index) => [ok(`npm install x${index}`), prompt('No, use pnpm here.'), ok(`pnpm add x${index}`)], {
    ...{ count: 20, firstAtMs: START_MS, label: 'said' },
  });
  const { notes } = await run(store, { settings: { evidencePerClusterMax: 6 } });
  expect(notes.join(' ')).not.toContain('left out');
  expect(await foundSkills(store)).toMatchObject([{ id: 'use-pnpm-instead-of-npm', status: 'approved' }]);
});

it('[H58] a session is not handled again because its first rows have become too old to be looked at', async () => {
  const nowMs = START_MS + 90 * DAY_MS;
  const settings = { lookbackDays: 90 };
  await add((index) => [failed(`npm install x${index}`), ok(`pnpm add x${index}`), rejected('make deploy')], {
    ...{ count: 1, firstAtMs: START_MS, label: 'old' },
  });
  expect(await run(store, { runId: '1', nowMs, settings })).toMatchObject({ sessions: 1 });
  expect(await run(store, { runId: '2', nowMs: nowMs + 10_000, settings })).toMatchObject({ sessions: 0 });
});

it('[H58] a session that grew is handled once more, also after the clock was set back', async () => {
  await add(() => [ok('git status')], { count: 1, firstAtMs: START_MS, label: 'grows' });
  expect(await run(store, { runId: '1', nowMs: NOW_MS + DAY_MS })).toMatchObject({ sessions: 1 });
  await add(() => [ok('git status'), ok('git diff')], { count: 1, firstAtMs: START_MS + 60_000, label: 'grows' });
  expect(await run(store, { runId: '2' })).toMatchObject({ sessions: 1 });
  expect(await run(store, { runId: '3', nowMs: NOW_MS + 1_000 })).toMatchObject({ sessions: 0 });
});

it('[H58] a batch is bounded by the paths that its snapshots name, too', async () => {
  const paths = Array.from({ length: 64 }, (_, index) => `/home/ada/src/web/${'deep/'.repeat(10)}${index}.ts`);
  const made = sessionsOf(() => Array.from({ length: 20 }, () => ok('git status')), {
    ...{ count: 24, firstAtMs: START_MS, agent: 'cursor', user: 'ada', label: 'snapshots' },
  });
  const rows = made.flatMap((session) => sessionRows('acme', session, true));
  const attributes = { snapshot_changed_paths: JSON.stringify(paths).slice(0, 4_000) };
  const snapshots = rows.map((row, index) => ({ ...row, snapshot_tree: `tree ${index}`, attributes }));
  await store.insert('coding_agent_events', snapshots);
  const bytesRead: number[] = [];
  const watched: TestStore = {
    ...store,
    async query<T>(sql: string, parameters: Readonly<Record<string, string | number>>): Promise<T[]> {
      const found = await store.query<T>(sql, parameters);
      if (sql.includes('AS changed_paths')) bytesRead.push(JSON.stringify(found).length);
      return found;
    },
  };
  await run(watched, { settings: { textKibPerBatchMax: 32 } });
  expect(bytesRead.length).toBeGreaterThan(2);
  expect(Math.max(...bytesRead)).toBeLessThan(400 * 1024);
});

it('[H58] learns an instruction that people give now although more were given before than a run compares', async () => {
  const words = ['alpha', 'bravo', 'cedar', 'delta', 'ember', 'fjord', 'gable', 'haven', 'inlet', 'jetty'];
  await add((index) => [prompt(`Never touch ${words[index]} or the ${words[index]}-table.`)], {
    ...{ count: words.length, firstAtMs: START_MS, label: 'once' },
  });
  await add(() => [prompt('Always describe database columns in the changelog.')], {
    ...{ count: 6, firstAtMs: START_MS + 12 * DAY_MS, label: 'again' },
  });
  await run(store, { settings: { instructionsMax: 10 } });
  expect((await foundSkills(store)).map(({ id }) => id)).toEqual(['always-describe-database-columns-in-the-changelog']);
});

it('[H58] an instruction keeps its skill when its first words are no longer among those compared', async () => {
  const say = (text: string, label: string, day: number) =>
    add(() => [prompt(text)], { count: 5, firstAtMs: START_MS + day * DAY_MS, label });
  await say('Always describe database columns in the changelog.', 'a', 0);
  await run(store, { runId: '1', settings: { instructionsMax: 6 } });
  await say('Describe new database columns in the changelog file please, always.', 'b', 6);
  await run(store, { runId: '2', nowMs: NOW_MS + 1000, settings: { instructionsMax: 6 } });
  expect(await foundSkills(store)).toHaveLength(1);
});

it('[H58] a character of two units at the place where a text is cut fails no run', async () => {
  const title = 'Always describe database columns in the changelog'.padEnd(79, ' and indexes');
  const place = `generated/${'d'.repeat(400 - 'edit:generated/'.length - 1)}💥`;
  await add((index) => [edit(`${place}/${index}.ts`, 'rejected'), edit('src/a.ts', 'ok'), prompt(`${title}💥.`)], {
    ...{ count: 6, firstAtMs: START_MS, label: 'cut' },
  });
  const { corrections } = await run(store);
  expect(corrections).toBe(12);
  expect((await foundSkills(store)).map(({ id }) => id)).toContain('always-describe-database-columns-in-the-changelog');
});
