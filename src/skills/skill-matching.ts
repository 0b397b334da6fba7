/** Which skill a candidate belongs to: the one that grew from its cluster, a near-duplicate, or none yet. */

import type { Candidate } from './candidate.ts';
import { contentWords, wordOverlap } from './directives.ts';
import { digest } from './evidence.ts';
import { titleOf } from './extractive-writer.ts';
import type { Lesson } from './lesson.ts';
import { slugOf } from './skill-document.ts';
import type { StoredSkill } from './skill-store.ts';

/** Id of the existing skill that the candidate updates, or undefined. */
export function matchSkill(
  candidate: Candidate,
  skills: ReadonlyMap<string, StoredSkill>,
  similarityMax: number,
): string | undefined {
  for (const [id, { harness }] of skills) {
    if (harness.cluster_keys.some((key) => candidate.keys.includes(key))) return id;
  }
  for (const [id, { harness }] of skills) {
    const lesson = readLesson(harness.lesson);
    if (lesson !== undefined && isNearDuplicate(candidate.lesson, lesson, similarityMax)) return id;
  }
  return undefined;
}

function readLesson(text: string): Lesson | undefined {
  try {
    return JSON.parse(text) as Lesson;
  } catch {
    // Written by another version of the product: not comparable.
    return undefined;
  }
}

/** The same kind of lesson in nearly the same words, or a sentence that says what another lesson already knows. */
function isNearDuplicate(candidate: Lesson, existing: Lesson, similarityMax: number): boolean {
  if (candidate.kind === 'instruction' && existing.kind !== 'instruction') return saysTheSame(candidate, existing);
  if (candidate.kind !== existing.kind || candidate.form !== existing.form) return false;
  const sameWords = wordOverlap(lessonWords(candidate), lessonWords(existing)) >= similarityMax;
  return sameWords && sameRepos(candidate.repos, existing.repos);
}

/** "use pnpm, not npm" beside the lesson pnpm for npm. */
function saysTheSame(instruction: Lesson, existing: Lesson): boolean {
  const said = contentWords(instruction.sentence);
  const named = [existing.subject, existing.object].flatMap((text) => text.toLowerCase().split(/\s+/)).filter(Boolean);
  return named.length > 1 && named.every((word) => said.includes(word));
}

function lessonWords(lesson: Lesson): string[] {
  if (lesson.kind === 'instruction') return contentWords(lesson.sentence);
  const text = [lesson.subject, lesson.object, ...lesson.trigger.heads].join(' ');
  return [
    ...new Set(
      text
        .toLowerCase()
        .split(/[\s/]+/)
        .filter((word) => word !== ''),
    ),
  ];
}

function sameRepos(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((repo) => right.includes(repo));
}

/** A name for a new skill, from its title; a suffix keeps it apart from skills that are named alike. */
export function newSkillId(candidate: Candidate, taken: ReadonlyMap<string, unknown>): string {
  const slug = slugOf(titleOf(candidate.lesson));
  // One word, or a leading digit, could be read as a number, a date or a boolean in YAML.
  const name = /^[a-z][a-z0-9]*-/.test(slug) ? slug : `skill-${slug}`;
  return taken.has(name) ? `${name}-${digest([...candidate.keys]).slice(0, 6)}` : name;
}
