/** From merged rows to a trace: calls told twice, outcomes, paths, prompts that came by two ways. */

import { describe, expect, it } from 'vitest';

import { assembleTrace } from '../../../src/skills/trace-assembly.ts';
import type { PendingSession, StepRow } from '../../../src/skills/trace-query.ts';

const SESSION: PendingSession = {
  ...{ provider: 'cursor', session_id: 's1', rows: 10, text_kib: 1, last_ingested_at: '2026-11-01 00:00:10.000' },
  handled_before: '1970-01-01 00:00:00.000',
  ...{ first_at: '2026-11-01 00:00:00.000000', last_at: '2026-11-01 00:00:09.000000' },
  ...{ repo_name: 'acme/web', user_key: 'u', root: '/home/ada/web' },
};

function row(fields: Partial<StepRow>): StepRow {
  return {
    ...{
      provider: 'cursor',
      session_id: 's1',
      kind: 'call',
      step_id: 'x',
      has_id: 1,
      at_ms: 0,
      event_ids: [],
      tool: '',
    },
    ...{ server: '', line: '', file: '', code: null, succeeded: null, failure: '', rejected: 0, interrupted: 0 },
    ...{ has_result: 1, text: '', text_length: null, tree: '', changed_paths: '', names_changes: 0 },
    ...fields,
  };
}
const steps = (rows: StepRow[], session: Partial<PendingSession> = {}) =>
  assembleTrace({ ...SESSION, ...session }, rows).steps;

describe('calls', () => {
  it('Cursor’s four hooks of one shell call are one step', () => {
    const line = 'npm test';
    const found = steps([
      row({ step_id: 'call', tool: 'Shell', line, at_ms: 1, code: 1 }),
      row({ step_id: 'before', has_id: 0, line, at_ms: 2, has_result: 0 }),
      row({ step_id: 'after', has_id: 0, line, at_ms: 3 }),
    ]);
    expect(found).toMatchObject([{ id: 'call', outcome: 'failed', failure: 'exit 1' }]);
  });

  it('two calls of the same command stay two, each with its own hooks', () => {
    const line = 'npm test';
    const call = (id: string, at: number, code: number) => [
      row({ step_id: id, tool: 'Shell', line, at_ms: at, code }),
      row({ step_id: `${id}-before`, has_id: 0, line, at_ms: at + 1, has_result: 0 }),
      row({ step_id: `${id}-after`, has_id: 0, line, at_ms: at + 2 }),
    ];
    expect(steps([...call('a', 0, 1), ...call('b', 10_000, 0)]).map((step) => step.outcome)).toEqual(['failed', 'ok']);
  });

  it('a before and an after hook without any id are one step that ran', () => {
    const found = steps([
      row({ step_id: 'b', has_id: 0, line: 'npm test', at_ms: 1, has_result: 0, event_ids: ['1'] }),
      row({ step_id: 'a', has_id: 0, line: 'npm test', at_ms: 9, event_ids: ['2'] }),
    ]);
    expect(found).toMatchObject([{ outcome: 'ran', eventIds: ['1', '2'] }]);
  });

  it.each<[string, Partial<StepRow>, string]>([
    ['a rejection', { rejected: 1, succeeded: true }, 'rejected'],
    ['an interrupt', { interrupted: 1, succeeded: false }, 'interrupted'],
    ['an exit code', { code: 2, succeeded: true }, 'failed'],
    ['exit code 0', { code: 0 }, 'ok'],
    ['the agent’s word', { succeeded: false }, 'failed'],
    ['a result that tells nothing', {}, 'ran'],
    ['a start without a result', { has_result: 0 }, 'unknown'],
  ])('%s decides the outcome', (_name, fields, outcome) => {
    expect(steps([row({ tool: 'Shell', line: 'make', ...fields })])[0]?.outcome).toBe(outcome);
  });

  it('Codex’s success without an exit code says only that the command ran', () => {
    const codex = row({ provider: 'codex', tool: 'exec_command', line: 'make', succeeded: true });
    expect(steps([codex], { provider: 'codex' })[0]?.outcome).toBe('ran');
    expect(steps([{ ...codex, code: 0 }], { provider: 'codex' })[0]?.outcome).toBe('ok');
    expect(steps([{ ...codex, tool: 'apply_patch', file: 'a.ts' }], { provider: 'codex' })[0]?.outcome).toBe('ok');
  });

  it.each([
    ['/home/ada/web/src/a.ts', 'src/a.ts'],
    ['src/a.ts', 'src/a.ts'],
    ['./src//a.ts', 'src/a.ts'],
    ['/etc/passwd', undefined],
    ['/home/ada/website/a.ts', undefined],
    ['/home/ada/web/../other/a.ts', undefined],
    ['', undefined],
  ])('the path %j is %j below the root', (file, path) => {
    expect(steps([row({ tool: 'Write', file })])[0]?.path).toBe(path);
  });

  it('Codex names the edited file inside its patch', () => {
    const line = '*** Begin Patch\n*** Update File: src/a.ts\n@@\n-x\n+y\n*** End Patch';
    expect(steps([row({ tool: 'apply_patch', line })])[0]).toMatchObject({
      toolClass: 'edit',
      path: 'src/a.ts',
      command: '',
    });
  });
});

describe('prompts', () => {
  it('one prompt by log and by hook is one step, with the text of either', () => {
    const log = row({ kind: 'prompt', step_id: 'l', at_ms: 0, text_length: 5 });
    const hook = row({ kind: 'prompt', step_id: 'h', at_ms: 900, text_length: 5, text: 'hello' });
    expect(steps([log, hook])).toMatchObject([{ kind: 'prompt', promptText: 'hello' }]);
    expect(steps([log, { ...hook, at_ms: 9_000 }])).toHaveLength(2);
    expect(steps([log, { ...hook, text_length: 6 }])).toHaveLength(2);
  });

  it('keeps the snapshot of the hook, whichever came first', () => {
    const log = row({ kind: 'prompt', step_id: 'l', at_ms: 0, text_length: 5 });
    const paths = JSON.stringify(['/home/ada/web/src/a.ts', '/home/ada/other.ts', 7, '/home/ada/web/b c,d.ts']);
    const hook = row({ kind: 'prompt', step_id: 'h', at_ms: 0, text_length: 5, tree: 't2', changed_paths: paths });
    const expected = [{ snapshotTree: 't2', changedPaths: ['src/a.ts', 'b c,d.ts'] }];
    expect(steps([log, { ...hook, at_ms: 900 }])).toMatchObject(expected);
    expect(steps([hook, { ...log, at_ms: 900, text: 'hello' }])).toMatchObject([
      { ...expected[0], promptText: 'hello' },
    ]);
  });

  it.each(['["/home/ada/web/a.ts","/home/ada/w', '[SUPPRESSED:output:300]', '{}', 'a.ts,b.ts'])(
    'takes no paths from what is not a whole list: %s',
    (changed_paths) => {
      expect(steps([row({ kind: 'prompt', tree: 't', changed_paths })])[0]?.changedPaths).toEqual([]);
    },
  );

  it.each(['<task-notification>done</task-notification>', 'Generate a concise, single-line task title for: fix it'])(
    'a machine’s prompt is no text of its user: %s',
    (text) => {
      expect(steps([row({ kind: 'prompt', text })])[0]?.promptText).toBe('');
    },
  );
});
