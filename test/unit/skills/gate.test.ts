/** The gate: each floor alone keeps a candidate from being approved, and a text with a secret is not stored at all. */

import { describe, expect, it } from 'vitest';
import { NO_CUSTOM_RULES } from '../../../src/model/custom-rules.ts';
import type { Candidate } from '../../../src/skills/candidate.ts';
import { type GateCheck, judge } from '../../../src/skills/gate.ts';
import type { Lesson } from '../../../src/skills/lesson.ts';
import { createTextRedactor } from '../../../src/skills/redaction.ts';
import { DEFAULT_HARNESS_SETTINGS as FLOORS } from '../../../src/skills/settings.ts';
import { renderSkill } from '../../../src/skills/skill-document.ts';

const LESSON: Lesson = {
  ...{ kind: 'command', form: 'program', repos: [], subject: 'npm', object: 'pnpm', sentence: '' },
  trigger: { heads: ['npm test'], lacksFlags: [], hasFlags: [], unlessAfter: [] },
  pairs: [{ wrong: 'npm test', right: 'pnpm test', failure: 'exit 1' }],
};
/** Exactly at every floor. */
const AT_THE_FLOORS: Candidate = {
  ...{ kind: 'command', keys: ['program|npm|pnpm'], samples: [], evidenceIds: [], correctedAtMs: new Map() },
  ...{ lesson: LESSON, lessonHash: 'h', learnedPrecision: 1 },
  support: {
    ...{ corrections: 5, sessions: FLOORS.sessionsMin, users: FLOORS.usersMin, days: 1, repos: [] },
    ...{ firstAt: '', lastAt: '', signals: {} },
  },
  heldOut: { fired: 5, firedAndCorrected: 2, firedInVain: 1, corrected: FLOORS.heldOutSessionsMin },
  ...{ precision: FLOORS.precisionMin, followedShare: FLOORS.followedShareMin, recall: FLOORS.recallMin },
};
const ID = 'use-pnpm';
const redact = createTextRedactor(NO_CUSTOM_RULES);

function verdictOf(change: Partial<Candidate>, body = 'Use `pnpm`.') {
  const document = renderSkill({ id: ID, description: 'Use pnpm here.', body, globs: '' });
  return judge({ ...AT_THE_FLOORS, ...change }, document, ID, redact, FLOORS);
}

describe('judge', () => {
  it('approves what is exactly at every floor, without a reason against it', () => {
    expect(verdictOf({})).toMatchObject({ status: 'approved', reasons: [] });
  });

  const { support, heldOut, lesson } = AT_THE_FLOORS;
  const misses: readonly (readonly [GateCheck['name'], string, Partial<Candidate>])[] = [
    ['support', 'a session too few', { support: { ...support, sessions: FLOORS.sessionsMin - 1 } }],
    ['support', 'one user on two days', { support: { ...support, users: 1, days: FLOORS.daysMin - 1 } }],
    ['held-out', 'corrected once later', { heldOut: { ...heldOut, corrected: FLOORS.heldOutSessionsMin - 1 } }],
    ['precision', 'too often in vain', { precision: FLOORS.precisionMin - 0.01 }],
    ['precision', 'never measured', { precision: undefined }],
    ['followed', 'too seldom followed', { followedShare: FLOORS.followedShareMin - 0.01 }],
    ['recall', 'too little foreseen', { recall: FLOORS.recallMin - 0.01 }],
    ['right-way', 'redone by hand', { kind: 'rework' }],
    ['right-way', 'nothing sets it off', { lesson: { ...lesson, trigger: { ...lesson.trigger, heads: [] } } }],
  ];
  it.each(misses)('[H59] leaves a candidate proposed that misses %s alone: %s', (name, _what, change) => {
    const { status, figures, reasons } = verdictOf(change);
    expect(status).toBe('proposed');
    expect(figures.checks.filter(({ passed }) => !passed).map((check) => check.name)).toEqual([name]);
    expect(reasons).toHaveLength(1);
  });

  it('takes days in place of users', () => {
    expect(verdictOf({ support: { ...support, users: 1, days: FLOORS.daysMin } }).status).toBe('approved');
  });

  it.each([
    ['a secret', `Set GITHUB_TOKEN=${'ghp_'}q9Xv7Lr2Tb5Wn8Zk4Mp6q9Xv7Lr2Tb5Wn8Zk`],
    ['the marker of one', 'Set GITHUB_TOKEN=[REDACTED:github-token]'],
  ])('rejects a text that holds %s, whatever the figures', (_what, body) => {
    const { status, reasons } = verdictOf({}, body);
    expect([status, reasons]).toEqual(['rejected', ['the text holds a secret']]);
  });
});
