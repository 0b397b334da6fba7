/** The life of a skill: proposed, approved, updated, withdrawn, rejected, reopened; a person's word and the gate's. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_CUSTOM_RULES } from '../../../src/model/custom-rules.ts';
import { runHarness } from '../../../src/skills/harness.ts';
import { createSkillService, type SkillService } from '../../../src/skills/service.ts';
import { DEFAULT_HARNESS_SETTINGS } from '../../../src/skills/settings.ts';
import { storeTime } from '../../../src/skills/store.ts';
import { openTestStore, type TestStore } from './chdb-store.ts';
import type { FleetSession } from './fleet.ts';
import { sessionRows } from './fleet-rows.ts';
import { foundSkills, NOW_MS, run } from './harness-run.ts';
import { failed, ok, rejected, sessionsOf } from './sessions.ts';

const DAY_MS = 86_400_000;
const START_MS = NOW_MS - 40 * DAY_MS;
const ID = 'use-pnpm-instead-of-npm';

let store: TestStore;
let service: SkillService;
let nowMs: number;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.truncate();
  nowMs = NOW_MS;
  service = createSkillService({
    store,
    runner: (job, report, signal) => runHarness(store, job, report, signal),
    settings: DEFAULT_HARNESS_SETTINGS,
    rules: NO_CUSTOM_RULES,
    model: undefined,
    now: () => nowMs,
    onFailure: (_tenant, _run, reason) => {
      throw new Error(reason);
    },
  });
});

const installs = (count: number, firstAtMs: number, label: string) =>
  sessionsOf((index) => [failed(`npm install pkg${index}`), ok(`pnpm add pkg${index}`)], { count, firstAtMs, label });

async function add(sessions: readonly FleetSession[]): Promise<void> {
  await store.insert(
    'coding_agent_events',
    sessions.flatMap((session) => sessionRows('acme', session, true)),
  );
}

async function learn(runId: string) {
  nowMs += 1_000;
  return run(store, { runId, nowMs });
}

describe('status', () => {
  it('[H59] stays below a candidate with two sessions, is proposed with three, approved with five and held-out proof', async () => {
    await add(installs(2, START_MS, 'a'));
    expect((await learn('1')).skills).toEqual([]);
    await add(installs(1, START_MS + 3 * DAY_MS, 'b'));
    const second = await learn('2');
    expect(second).toMatchObject({ found: 1, proposed: 1, approved: 0, skills: [{ id: ID, status: 'proposed' }] });
    expect(second.skills[0]?.reason).toContain('needs 5 sessions');
    await add(installs(2, START_MS + 5 * DAY_MS, 'c'));
    const third = await learn('3');
    expect(third).toMatchObject({
      found: 0,
      approved: 1,
      skills: [{ id: ID, status: 'approved', reason: 'passed the gate' }],
    });
  });

  it('[H61] lists the approved alone by default and the proposed beside them on request', async () => {
    await add(installs(6, START_MS, 'a'));
    await add(
      sessionsOf(() => [rejected('terraform plan'), ok('terraform plan -var-file=dev.tfvars')], {
        count: 3,
        firstAtMs: START_MS,
        label: 'p',
        repo: 'acme/infra',
      }),
    );
    await learn('1');
    expect((await service.list('acme', ['approved'])).map(({ id }) => id)).toEqual([ID]);
    const both = await service.list('acme', ['approved', 'proposed']);
    expect(both.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'run-terraform-plan-with-var-file proposed',
      `${ID} approved`,
    ]);
    expect(await service.list('other', ['approved', 'proposed'])).toEqual([]);
  });

  it('one user on one day is no support, however often', async () => {
    const options = { count: 9, firstAtMs: START_MS, label: 'a', user: 'ada', dayMs: 60_000 };
    await add(sessionsOf((index) => [failed(`npm install p${index}`), ok(`pnpm add p${index}`)], options));
    await learn('1');
    expect(await foundSkills(store)).toMatchObject([{ status: 'proposed' }]);
  });

  it('is withdrawn when later sessions show that the wrong way works now', async () => {
    await add(installs(6, START_MS, 'a'));
    await learn('1');
    expect(await foundSkills(store)).toMatchObject([{ id: ID, status: 'approved' }]);
    const works = { count: 6, firstAtMs: START_MS + 10 * DAY_MS, label: 'b' };
    await add(sessionsOf((index) => [ok(`npm install late${index}`)], works));
    const summary = await learn('2');
    expect(summary.skills).toMatchObject([{ id: ID, status: 'proposed' }]);
    expect(summary.skills[0]?.reason).toContain('precision');
  });

  it('stays approved when corrections cease because nobody makes the mistake any more', async () => {
    await add(installs(6, START_MS, 'a'));
    await learn('1');
    await add(
      sessionsOf((index) => [ok(`pnpm add late${index}`)], { count: 8, firstAtMs: START_MS + 10 * DAY_MS, label: 'b' }),
    );
    expect((await learn('2')).skills).toEqual([]);
    expect(await foundSkills(store)).toMatchObject([{ id: ID, status: 'approved', version: 1 }]);
  });
});

describe('text', () => {
  it('[H62] is written again only when the lesson changes, as a new version beside the old', async () => {
    await add(installs(6, START_MS, 'a'));
    await learn('1');
    const [first] = await service.list('acme', ['approved']);
    await add(installs(6, START_MS + 10 * DAY_MS, 'b'));
    await learn('2');
    const [same] = await service.list('acme', ['approved']);
    expect(same).toMatchObject({ version: 1, content_hash: first!.content_hash, skill_md: first!.skill_md });
    const builds = { count: 6, firstAtMs: START_MS + 20 * DAY_MS, label: 'c' };
    await add(sessionsOf(() => [failed('npm run build'), ok('pnpm run build')], builds));
    const summary = await learn('3');
    expect(summary).toMatchObject({ found: 0, updated: 1, skills: [{ id: ID, status: 'approved' }] });
    const details = await service.show('acme', ID);
    expect(details?.version).toBe(2);
    expect(details?.skill_md).toContain('pnpm run build');
    expect(details?.versions.map((row) => row.version)).toEqual([2, 1]);
    expect(details?.versions[1]?.skill_md).toBe(first!.skill_md);
    expect(details?.content_hash).not.toBe(first!.content_hash);
    expect(details?.evidence_ids.length).toBeGreaterThan(0);
  });

  it('holds no secret that a command or a path brought along', async () => {
    const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    const actions = () => [failed(`npm install --token=${secret} left-pad`), ok(`pnpm add --token=${secret} left-pad`)];
    await add(sessionsOf(actions, { count: 6, firstAtMs: START_MS, label: 'a' }));
    await learn('1');
    const everything = await Promise.all(
      ['skills', 'skill_versions', 'skill_evidence', 'skill_sessions'].map((table) =>
        store.query(`SELECT * FROM ${table}`, {}),
      ),
    );
    expect(JSON.stringify(everything)).not.toContain(secret);
    expect(await foundSkills(store)).toMatchObject([{ id: ID, status: 'approved' }]);
  });
});

describe('a person’s decision', () => {
  it('approves what the gate only proposes, and outlives later runs', async () => {
    await add(installs(3, START_MS, 'a'));
    await learn('1');
    expect(await service.decide('acme', ID, 'approved')).toMatchObject({ status: 'approved', decided_by: 'person' });
    await add(
      sessionsOf((index) => [ok(`npm install late${index}`)], {
        count: 6,
        firstAtMs: START_MS + 9 * DAY_MS,
        label: 'b',
      }),
    );
    await learn('2');
    expect(await service.list('acme', ['approved'])).toMatchObject([{ id: ID, version: 1 }]);
  });

  it('rejects, and the same evidence does not bring the skill back', async () => {
    await add(installs(6, START_MS, 'a'));
    await learn('1');
    expect(await service.decide('acme', ID, 'rejected')).toMatchObject({ status: 'rejected', decided_by: 'person' });
    await add(sessionsOf(() => [ok('git status')], { count: 3, firstAtMs: START_MS + 9 * DAY_MS, label: 'b' }));
    expect((await learn('2')).skills).toEqual([]);
    expect(await service.list('acme', ['approved', 'proposed'])).toEqual([]);
    expect(await service.list('acme', ['rejected'])).toMatchObject([{ id: ID }]);
  });

  it('is reopened by as much new evidence as makes a candidate, for a person to decide', async () => {
    await add(installs(6, START_MS, 'a'));
    await learn('1');
    await service.decide('acme', ID, 'rejected');
    await add(installs(2, nowMs + DAY_MS, 'b'));
    nowMs += 4 * DAY_MS;
    expect((await learn('2')).skills).toEqual([]);
    await add(installs(4, nowMs + DAY_MS, 'c'));
    nowMs += 8 * DAY_MS;
    const summary = await learn('3');
    expect(summary.skills).toMatchObject([{ id: ID, status: 'proposed' }]);
    expect(summary.skills[0]?.reason).toContain('a person rejected it before');
    expect(await service.list('acme', ['approved'])).toEqual([]);
    await service.decide('acme', ID, 'rejected');
    expect(await service.list('acme', ['approved', 'proposed'])).toEqual([]);
    await service.decide('acme', ID, 'approved');
    expect(await service.list('acme', ['approved'])).toMatchObject([{ id: ID }]);
  });

  it('is not reopened by corrections of before whose clock was ahead', async () => {
    const ahead = installs(6, Date.parse('2100-01-01T00:00:00Z'), 'a').flatMap((made) =>
      sessionRows('acme', made, true),
    );
    const received = storeTime(START_MS);
    await store.insert(
      'coding_agent_events',
      ahead.map((row) => ({ ...row, ingested_at: received })),
    );
    await learn('1');
    await service.decide('acme', ID, 'rejected');
    await add(installs(1, nowMs - DAY_MS, 'b'));
    expect((await learn('2')).skills).toEqual([]);
    expect(await service.list('acme', ['rejected'])).toMatchObject([{ id: ID }]);
  });

  it('is not possible on another tenant’s skill', async () => {
    await add(installs(6, START_MS, 'a'));
    await learn('1');
    expect(await service.decide('other', ID, 'rejected')).toBe('missing');
    expect(await service.show('other', ID)).toBeUndefined();
    expect(await service.list('acme', ['approved'])).toHaveLength(1);
  });
});

describe('duplicates', () => {
  it('two flags that are always added together make one skill', async () => {
    const actions = () => [failed('cargo test'), ok('cargo test --locked --all-features')];
    await add(sessionsOf(actions, { count: 6, firstAtMs: START_MS, label: 'a' }));
    await learn('1');
    const skills = await foundSkills(store);
    expect(skills).toHaveLength(1);
    expect(skills[0]?.lesson.object).toBe('--all-features --locked');
  });

  it('an instruction in words that another skill already knows adds no second one', async () => {
    await add(installs(6, START_MS, 'a'));
    const said = sessionsOf(() => [], { count: 5, firstAtMs: START_MS, label: 'b' }).map((session) => ({
      ...session,
      actions: [
        { act: 'edit', path: 'src/a.ts', outcome: 'ok' } as const,
        { act: 'prompt', text: 'Always use pnpm instead of npm here.' } as const,
      ],
    }));
    await add(said);
    await learn('1');
    expect((await foundSkills(store)).map(({ id }) => id)).toEqual([ID]);
  });
});
