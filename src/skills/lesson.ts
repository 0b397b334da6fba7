/** What a cluster of corrections teaches: when it applies, the wrong ways seen, the right way. Derived, never written. */

import type { CorrectionKind } from './correction.ts';
import { digest, type Evidence } from './evidence.ts';
import { commandTemplate } from './template.ts';
import { type Trigger, triggerOf } from './trigger.ts';

/** Corrections with one fingerprint; `evidence` is the newest part of it, oldest first. */
export interface Cluster {
  readonly kind: CorrectionKind;
  readonly keys: readonly string[];
  /** The place that a path cluster was narrowed to; '' for other kinds. */
  readonly place: string;
  readonly evidence: readonly Evidence[];
}

export interface WayPair {
  readonly wrong: string;
  readonly right: string;
  /** The most frequent failure of the wrong way, '' when it was refused rather than failing. */
  readonly failure: string;
}

export interface Lesson {
  readonly kind: CorrectionKind;
  /** Which fingerprint of `command-relation.ts`: `wrap`, `program`, `command`, or the kind's own name. */
  readonly form: string;
  readonly trigger: Trigger;
  /** Repositories it is limited to; empty means all. */
  readonly repos: readonly string[];
  /** Wrong and right ways as templates, by alphabet. */
  readonly pairs: readonly WayPair[];
  /** Subject words: programs, heads, flags, place, extension, tools. Their meaning depends on the kind. */
  readonly subject: string;
  readonly object: string;
  /** An instruction in its user's words. */
  readonly sentence: string;
}

const PAIRS_MAX = 6;
const HEADS_MAX = 20;

/** Whether a trigger speaks for what it saw only, or for all sub-commands of a program that another stands in for. */
export type Reach = 'seen' | 'program';

/** Learns from the evidence given; the caller decides which part that is. */
export function learnLesson(
  cluster: Cluster,
  evidence: readonly Evidence[],
  repos: readonly string[],
  reach: Reach,
): Lesson {
  const trigger = learnTrigger(cluster, evidence, reach);
  const [subject, object] = subjectOf(cluster, evidence, trigger);
  const isCommand = cluster.kind === 'command' || cluster.kind === 'flag' || cluster.kind === 'prerequisite';
  return {
    kind: cluster.kind,
    form: cluster.keys[0]!.split('|', 1)[0]!,
    trigger,
    repos: [...repos].sort(),
    pairs: isCommand ? learnPairs(cluster, evidence) : [],
    subject,
    object,
    sentence: cluster.kind === 'instruction' ? representativeSentence(evidence) : '',
  };
}

/** Changes when the lesson's content does, not with the number of its proofs. */
export function lessonHash(lesson: Lesson): string {
  return digest([JSON.stringify(lesson)]);
}

function learnTrigger(cluster: Cluster, evidence: readonly Evidence[], reach: Reach): Trigger {
  switch (cluster.kind) {
    case 'path':
      return triggerOf([`edit:${cluster.place}`]);
    case 'flag':
      return flagTrigger(cluster, evidence);
    case 'prerequisite':
      return triggerOf(commonHeads(evidence), { unlessAfter: [evidence[0]?.right_head ?? ''] });
    case 'command':
      return commandTrigger(cluster, evidence, reach);
    case 'tool':
    case 'rework':
    case 'instruction':
      return triggerOf(commonHeads(evidence));
  }
}

/** Of a program that another stands in for, two sub-commands may speak for all; behind a wrapper each speaks for itself. */
function commandTrigger(cluster: Cluster, evidence: readonly Evidence[], reach: Reach): Trigger {
  const [form, wrong] = cluster.keys[0]!.split('|');
  const heads = [...new Set(evidence.map((row) => row.wrong_head))];
  if (form === 'program' && reach === 'program' && heads.length > 1) return triggerOf([`${wrong} *`]);
  return form === 'wrap' ? triggerOf(heads.slice(0, HEADS_MAX)) : triggerOf(commonHeads(evidence));
}

/** Changed flags of a cluster's keys: `flag|<head>|+<flag>`. */
function changedFlags(keys: readonly string[]): { added: string[]; dropped: string[] } {
  const changes = keys.map((key) => key.slice(key.lastIndexOf('|') + 1));
  return {
    added: changes
      .filter((change) => change.startsWith('+'))
      .map((change) => change.slice(1))
      .sort(),
    dropped: changes
      .filter((change) => change.startsWith('-'))
      .map((change) => change.slice(1))
      .sort(),
  };
}

function flagTrigger(cluster: Cluster, evidence: readonly Evidence[]): Trigger {
  const { added, dropped } = changedFlags(cluster.keys);
  const heads = commonHeads(evidence);
  if (added.some((flag) => flag.startsWith('msg:'))) {
    const shapes = evidence.flatMap((row) => row.wrong_flags.split(' ').filter((flag) => flag.startsWith('msg:')));
    return triggerOf(heads, { hasFlags: [...new Set(shapes)].sort() });
  }
  return added.length > 0 ? triggerOf(heads, { lacksFlags: added }) : triggerOf(heads, { hasFlags: dropped });
}

/** Wrong heads seen in at least two sessions, or all of them while none was. */
function commonHeads(evidence: readonly Evidence[]): string[] {
  const sessions = new Map<string, Set<string>>();
  for (const row of evidence) {
    if (row.wrong_head === '' || row.wrong_head === 'ext:') continue;
    const seen = sessions.get(row.wrong_head) ?? new Set();
    sessions.set(row.wrong_head, seen.add(sessionKey(row)));
  }
  const heads = [...sessions.keys()];
  const common = heads.filter((head) => sessions.get(head)!.size >= 2);
  return (common.length > 0 ? common : heads).slice(0, HEADS_MAX);
}

/** Identifies a session among all of a tenant's. */
export function sessionKey(row: { readonly provider: string; readonly session_id: string }): string {
  return `${row.provider}/${row.session_id}`;
}

function learnPairs(cluster: Cluster, evidence: readonly Evidence[]): WayPair[] {
  const groups = new Map<string, Evidence[]>();
  const common = new Set(commonHeads(evidence));
  for (const row of evidence)
    if (common.has(row.wrong_head)) groups.set(row.wrong_head, [...(groups.get(row.wrong_head) ?? []), row]);
  const largest = [...groups.values()].sort(
    (left, right) => right.length - left.length || (left[0]!.wrong_head < right[0]!.wrong_head ? -1 : 1),
  );
  const { added, dropped } = changedFlags(cluster.kind === 'flag' ? cluster.keys : []);
  const pairs = largest.slice(0, PAIRS_MAX).map((rows) => ({
    wrong: commandTemplate(
      rows.map((row) => row.wrong_text),
      [...headWords(rows[0]!.wrong_head), ...dropped],
    ),
    right: commandTemplate(
      rows.map((row) => row.right_text),
      [...headWords(rows[0]!.right_head), ...added],
    ),
    failure: mostFrequent(rows.map((row) => row.failure)),
  }));
  const useful = pairs.filter((pair) => pair.wrong !== '' && pair.right !== '');
  return useful.sort((left, right) => (left.wrong < right.wrong ? -1 : 1));
}

function headWords(head: string): string[] {
  return head.split(' ');
}

function mostFrequent(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  const sorted = [...counts].sort(([left, more], [right, less]) => less - more || (left < right ? -1 : 1));
  return sorted[0]?.[0] ?? '';
}

/** Subject and object of the lesson's title. */
function subjectOf(cluster: Cluster, evidence: readonly Evidence[], trigger: Trigger): [string, string] {
  const words = cluster.keys[0]!.split('|');
  switch (cluster.kind) {
    case 'command':
      if (words[0] === 'wrap') return [trigger.heads.length === 1 ? trigger.heads[0]! : '', words[1] ?? ''];
      return [words[1] ?? '', words[2] ?? ''];
    case 'flag': {
      const { added, dropped } = changedFlags(cluster.keys);
      return [words[1] ?? '', added.length > 0 ? added.join(' ') : dropped.join(' ')];
    }
    case 'prerequisite':
    case 'tool':
      return [words[1] ?? '', words[2] ?? ''];
    case 'path':
      return [cluster.place, mostFrequent(evidence.map((row) => directoryOfHead(row.right_head)))];
    case 'rework':
      return [words[1] ?? '', ''];
    case 'instruction':
      return [mostFrequent(evidence.map((row) => row.wrong_head)), ''];
  }
}

function directoryOfHead(head: string): string {
  return head.slice('edit:'.length).split('/').slice(0, -1).join('/');
}

/** The shortest of the sentences whose words most others share; by alphabet among equals. */
function representativeSentence(evidence: readonly Evidence[]): string {
  const shared = new Map<string, number>();
  for (const row of evidence) for (const word of row.words) shared.set(word, (shared.get(word) ?? 0) + 1);
  const score = (row: Evidence) =>
    row.words.reduce((sum, word) => sum + (shared.get(word) ?? 0), 0) / (row.words.length + 1);
  const best = [...evidence].sort(
    (left, right) =>
      score(right) - score(left) ||
      left.wrong_text.length - right.wrong_text.length ||
      (left.wrong_text < right.wrong_text ? -1 : 1),
  );
  return best[0]?.wrong_text ?? '';
}
