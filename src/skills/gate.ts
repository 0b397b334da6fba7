/** Judges a candidate and its text against the floors; every check leaves its figure, so that a verdict can be followed. */

import type { Candidate, Support } from './candidate.ts';
import type { RedactText } from './redaction.ts';
import type { ReplayFigures } from './replay.ts';
import type { HarnessSettings } from './settings.ts';
import { checkDocument, type SkillDocument } from './skill-document.ts';

export type SkillStatus = 'proposed' | 'approved' | 'rejected';

export interface GateCheck {
  readonly name: 'support' | 'held-out' | 'precision' | 'followed' | 'recall' | 'right-way' | 'format' | 'secrets';
  readonly passed: boolean;
  /** The figure against its floor, in words. */
  readonly detail: string;
}

/** Stored with the skill as JSON. */
export interface GateFigures {
  readonly support: Support;
  readonly heldOut: ReplayFigures;
  readonly precision: number | null;
  readonly followedShare: number | null;
  readonly recall: number | null;
  readonly checks: readonly GateCheck[];
}

export interface Verdict {
  readonly status: SkillStatus;
  readonly figures: GateFigures;
  /** Details of the checks that failed. */
  readonly reasons: readonly string[];
}

/** `rejected` when the text itself may not be stored; `proposed` while a floor is missed. */
export function judge(
  candidate: Candidate,
  document: SkillDocument,
  id: string,
  redact: RedactText,
  settings: HarnessSettings,
): Verdict {
  const text = [...checkText(document, id, redact)];
  const floors = [...checkFloors(candidate, settings)];
  const checks = [...floors, ...text];
  const failed = checks.filter((check) => !check.passed);
  const textFailed = text.some((check) => !check.passed);
  return {
    status: textFailed ? 'rejected' : failed.length > 0 ? 'proposed' : 'approved',
    figures: {
      support: candidate.support,
      heldOut: candidate.heldOut,
      precision: rounded(candidate.precision),
      followedShare: rounded(candidate.followedShare),
      recall: rounded(candidate.recall),
      checks,
    },
    reasons: failed.map((check) => check.detail),
  };
}

function* checkFloors(candidate: Candidate, settings: HarnessSettings): Generator<GateCheck> {
  const { support, heldOut } = candidate;
  const spread = support.users >= settings.usersMin || support.days >= settings.daysMin;
  yield {
    name: 'support',
    passed: support.sessions >= settings.sessionsMin && spread,
    detail:
      `seen in ${support.sessions} sessions by ${support.users} users on ${support.days} days; ` +
      `needs ${settings.sessionsMin} sessions and ${settings.usersMin} users or ${settings.daysMin} days`,
  };
  yield {
    name: 'held-out',
    passed: heldOut.corrected >= settings.heldOutSessionsMin,
    detail: `corrected again in ${heldOut.corrected} later sessions; needs ${settings.heldOutSessionsMin}`,
  };
  const { fired, firedAndCorrected: right, firedInVain: vain, corrected } = heldOut;
  const precisionWords = `right in ${right} later sessions, wrong in ${vain}`;
  yield floorCheck('precision', candidate.precision, settings.precisionMin, precisionWords);
  const followedWords = `${right} of ${fired} later sessions where it applies`;
  yield floorCheck('followed', candidate.followedShare, settings.followedShareMin, followedWords);
  yield floorCheck(
    'recall',
    candidate.recall,
    settings.recallMin,
    `foresaw ${right} of ${corrected} later corrections`,
  );
  const isKnown = candidate.kind !== 'rework';
  yield {
    name: 'right-way',
    passed: isKnown && candidate.lesson.trigger.heads.length > 0,
    detail: isKnown
      ? 'what sets it off can be told from tools and commands'
      : 'what the right way is cannot be told from metadata; a person has to say',
  };
}

function floorCheck(
  name: 'precision' | 'followed' | 'recall',
  value: number | undefined,
  floor: number,
  words: string,
): GateCheck {
  const shown = value === undefined ? 'not measurable' : value.toFixed(2);
  return { name, passed: (value ?? 0) >= floor, detail: `${name} ${shown} (${words}); needs ${floor}` };
}

function* checkText(document: SkillDocument, id: string, redact: RedactText): Generator<GateCheck> {
  const problems = checkDocument(document, id);
  yield {
    name: 'format',
    passed: problems.length === 0,
    detail: problems.join('; ') || 'valid SKILL.md and Cursor rule',
  };
  const texts = document.skillMd + document.cursorMdc;
  const found = redact(document.skillMd).found + redact(document.cursorMdc).found + texts.split('[REDACTED').length - 1;
  yield {
    name: 'secrets',
    passed: found === 0,
    detail: found === 0 ? 'no secret in the text' : 'the text holds a secret',
  };
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 1000) / 1000;
}
