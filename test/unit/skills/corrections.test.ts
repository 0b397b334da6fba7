/** The detectors over hand-made traces: each signal, and what must not be taken for one. */

import { describe, expect, it } from 'vitest';

import { parseCommands } from '../../../src/skills/command.ts';
import { findCorrections } from '../../../src/skills/corrections.ts';
import { DEFAULT_HARNESS_SETTINGS } from '../../../src/skills/settings.ts';
import type { Outcome, Step } from '../../../src/skills/trace.ts';

let number = 0;
function step(fields: Partial<Step>): Step {
  number += 1;
  return {
    ...{ kind: 'call', id: `s${number}`, atMs: number * 1_000, eventIds: [`e${number}`], toolClass: 'other', tool: '' },
    ...{ outcome: 'ok', failure: '', command: '', commands: [], path: undefined, promptText: '', isInterrupt: false },
    ...{ snapshotTree: '', changedPaths: [], namesChanges: false },
    ...fields,
  };
}
const shell = (command: string, outcome: Outcome = 'ok') =>
  step({
    toolClass: 'shell',
    tool: 'Bash',
    command,
    commands: parseCommands(command),
    outcome,
    failure: outcome === 'failed' ? 'exit 1' : '',
  });
const edit = (path: string, outcome: Outcome = 'ok', tree = '') =>
  step({ toolClass: 'edit', tool: 'Edit', path, outcome, snapshotTree: tree });
const tool = (name: string, outcome: Outcome = 'ok') => step({ tool: name, outcome });
const prompt = (promptText = '', tree = '', changedPaths: string[] = []) =>
  step({ kind: 'prompt', outcome: 'unknown', promptText, snapshotTree: tree, changedPaths });
const interrupt = () => step({ kind: 'mark', outcome: 'unknown', isInterrupt: true });

function found(...steps: Step[]) {
  const trace = {
    provider: 'codex',
    sessionId: 's',
    repo: 'r',
    userKey: 'u',
    startedAtMs: 0,
    receivedAtMs: 0,
    steps,
  } as const;
  return findCorrections(trace, DEFAULT_HARNESS_SETTINGS).map(({ clusterKey, signal }) => `${signal} ${clusterKey}`);
}

describe('commands', () => {
  it.each<[Outcome, string]>([
    ['failed', 'failure'],
    ['rejected', 'rejection'],
    ['interrupted', 'interrupt'],
  ])('a command that was %s and a variant that ran', (outcome, signal) => {
    expect(found(shell('npm install a', outcome), shell('ls'), shell('pnpm add a'))).toEqual([
      `${signal} program|npm|pnpm`,
    ]);
  });

  it('a turn that was stopped, a new instruction, and a variant, without any text', () => {
    expect(found(shell('npm install a'), interrupt(), prompt(), shell('pnpm add a'))).toEqual([
      'interrupt program|npm|pnpm',
    ]);
  });

  it('a command that worked, a prompt that negates it, and a variant', () => {
    const steps = [shell('npm install a'), prompt('No, use pnpm instead.'), shell('pnpm add a')];
    expect(found(...steps)).toEqual(['negation program|npm|pnpm']);
  });

  it('is not seen without the prompt’s text', () => {
    expect(found(shell('npm install a'), prompt(), shell('pnpm add a'))).toEqual([]);
  });

  it.each([
    ['a retry of the same command', [shell('npm test', 'failed'), shell('npm test')]],
    ['a development loop', [shell('npm test', 'failed'), edit('src/a.ts'), shell('npx vitest run')]],
    [
      'the same command working before the variant',
      [shell('npm install a', 'failed'), shell('npm install a'), shell('pnpm add a')],
    ],
    ['a variant that fails too', [shell('npm install a', 'failed'), shell('pnpm add a', 'failed')]],
    ['a variant of which nothing says how it ended', [shell('npm install a', 'failed'), shell('pnpm add a', 'ran')]],
    [
      'a variant that comes too late',
      [shell('npm install a', 'failed'), ...Array.from({ length: 12 }, () => shell('ls')), shell('pnpm add a')],
    ],
    ['a failing search', [shell('grep a', 'failed'), shell('rg a')]],
  ])('%s is no correction', (_name, steps) => {
    expect(found(...steps)).toEqual([]);
  });

  it('counts once per session, however often it happens', () => {
    const pair = () => [shell('npm install a', 'failed'), shell('pnpm add a')];
    expect(found(...pair(), ...pair(), ...pair())).toHaveLength(1);
  });

  it('a step that was missing: the command fails, another runs, the command passes', () => {
    const steps = [
      edit('a.ts'),
      shell('npm run lint', 'failed'),
      shell('npx prettier --write a.ts'),
      shell('npm run lint'),
    ];
    expect(found(...steps)).toEqual(['failure prerequisite|npm run lint|npx prettier']);
  });

  it('an edit between failure and success explains it', () => {
    const steps = [
      shell('npm run lint', 'failed'),
      shell('npx prettier --write a.ts'),
      edit('a.ts'),
      shell('npm run lint'),
    ];
    expect(found(...steps)).toEqual([]);
  });
});

describe('places', () => {
  it('a refused edit and an edit elsewhere', () => {
    expect(found(edit('src/gen/a.ts', 'rejected'), edit('schema/a.def'))).toEqual(['rejection path|src/gen/a.ts']);
  });

  it.each([
    ['the same file accepted later', [edit('src/a.ts', 'rejected'), edit('src/b/c.ts'), edit('src/a.ts')]],
    ['another file of the same directory', [edit('src/gen/a.ts', 'rejected'), edit('src/gen/b.ts')]],
    ['nothing accepted', [edit('src/gen/a.ts', 'rejected'), shell('ls')]],
    ['an edit that failed by itself', [edit('src/gen/a.ts', 'failed'), edit('schema/a.def')]],
  ])('%s is no correction', (_name, steps) => {
    expect(found(...steps)).toEqual([]);
  });

  it('a file of the top directory is itself the place', () => {
    expect(found(edit('pnpm-lock.yaml', 'rejected'), edit('package.json'))).toEqual(['rejection path|pnpm-lock.yaml']);
  });
});

describe('tools, hand edits, words', () => {
  it('a refused tool and the one that was accepted', () => {
    expect(found(tool('WebFetch', 'rejected'), tool('mcp__docs__search'))).toEqual([
      'rejection tool|WebFetch|mcp__docs__search',
    ]);
  });

  it('a file that differs at the next prompt although the agent did not touch it again', () => {
    expect(found(edit('a.ts', 'ok', 'tree1'), prompt('', 'tree2', ['a.ts']))).toEqual(['rework rework|ts']);
  });

  it.each([
    ['the workspace is unchanged', [edit('a.ts', 'ok', 'tree1'), prompt('', 'tree1', ['a.ts'])]],
    ['another file changed', [edit('a.ts', 'ok', 'tree1'), prompt('', 'tree2', ['b.ts'])]],
    ['the client does not tell which', [edit('a.ts', 'ok', 'tree1'), prompt('', 'tree2')]],
  ])('no hand edit when %s', (_name, steps) => {
    expect(found(...steps)).toEqual([]);
  });

  it.each([
    'Always add a changelog entry for API changes.',
    'Please use named exports instead of default exports.',
    "Don't mock the database in tests.",
  ])('an instruction: %s', (text) => {
    expect(found(edit('a.ts'), prompt(text))).toEqual(['instruction instruction']);
  });

  it.each(['Fix the login bug.', 'Thanks, looks good!', 'No problem, go on.', '', '継続してください'])(
    'no instruction: %s',
    (text) => {
      expect(found(edit('a.ts'), prompt(text))).toEqual([]);
    },
  );

  it('a negation that a command explains is not an instruction as well', () => {
    const steps = [shell('npm install a'), prompt('No, always use pnpm instead of npm.'), shell('pnpm add a')];
    expect(found(...steps)).toEqual(['negation program|npm|pnpm']);
  });
});
