/** Files that people do over by hand between turns, told by the snapshots' lists of changed paths, in SQL as it is stored. */

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { openTestStore, type TestStore } from './chdb-store.ts';
import { foundSkills, NOW_MS, run } from './harness-run.ts';

const DAY_MS = 86_400_000;
const ID = 'finish-ts-files-to-the-project-s-conventions';
const CWD = '/home/ada/web/packages/app';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => store.truncate());

interface HandEdit {
  readonly provider: string;
  /** What the prompt's snapshot names as changed. */
  readonly changed: readonly string[] | undefined;
  readonly isLate?: boolean;
}

/** A session in which the agent writes a file; the next prompt's snapshot differs from the one after the edit. */
function session(index: number, { provider, changed, isLate = false }: HandEdit): Record<string, unknown>[] {
  const id = `s-${provider}-${index}`;
  const atMs = NOW_MS - 30 * DAY_MS + index * DAY_MS;
  const names: Record<string, string> =
    changed === undefined ? {} : { snapshot_changed_paths: JSON.stringify(changed) };
  const time = (second: number): string => new Date(atMs + second * 1000).toISOString().slice(0, -1).replace('T', ' ');
  const row = (second: number, fields: Record<string, unknown>) => ({
    event_id: `${id} ${second}`.padEnd(16).slice(-16),
    ...{ tenant_id: 'acme', provider, session_id: id, signal: 'hooks', cwd: CWD, repo: 'acme/web' },
    ...{ timestamp: time(second), ingested_at: time(second), user_email: `dev${index % 3}@acme.test` },
    request_id: '00000000-0000-0000-0000-000000000000',
    ...fields,
  });
  const prompt = { prompt_id: provider === 'claude_code' ? 'p-2' : '' };
  const seen = { snapshot_tree: `after-${id}`, attributes: names };
  const edit = { event_type: 'tool_result', event_name: 'PostToolUse', tool_name: 'Edit', tool_use_id: 'call-1' };
  return [
    row(1, { ...edit, success: true, file_path: `${CWD}/src/a.ts`, snapshot_tree: `before-${id}` }),
    row(60, { event_type: 'user_prompt', event_name: 'UserPromptSubmit', ...prompt, ...(isLate ? {} : seen) }),
    ...(isLate
      ? [
          row(62, {
            ...{ event_type: 'snapshot', event_name: 'Snapshot', ...prompt, ...seen },
            attributes: { ...names, snapshot_of: 'UserPromptSubmit' },
          }),
        ]
      : []),
    row(90, { event_type: 'session_end', event_name: 'SessionEnd' }),
  ];
}

async function learnFrom(edit: HandEdit): Promise<{ found: string[]; notes: string }> {
  const rows = Array.from({ length: 6 }, (_row, index) => session(index, edit)).flat();
  await store.insert('coding_agent_events', rows);
  const { notes } = await run(store);
  return { found: (await foundSkills(store)).map(({ id, status }) => `${id} ${status}`), notes: notes.join(' ') };
}

it.each([
  ['claude_code', false],
  ['claude_code', true],
  ['codex', false],
  ['codex', true],
])(
  '[H59] hand edits after %s become a proposal, never more without a person (late snapshot: %s)',
  async (provider, isLate) => {
    const changed = [`${CWD}/src/a.ts`, '/home/ada/web/README.md'];
    const { found, notes } = await learnFrom({ provider, changed, isLate });
    expect(found).toEqual([`${ID} proposed`]);
    expect(notes).not.toContain('did not name what changed');
  },
);

it('[H59] a change of another file is none', async () => {
  const changed = ['/home/ada/web/packages/other/src/a.ts', `${CWD}/src/b.ts`];
  expect((await learnFrom({ provider: 'claude_code', changed })).found).toEqual([]);
});

it('says where snapshots differ and name nothing', async () => {
  const { found, notes } = await learnFrom({ provider: 'claude_code', changed: undefined });
  expect(found).toEqual([]);
  expect(notes).toContain('Snapshots of 6 sessions did not name what changed');
});
