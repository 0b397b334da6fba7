/** A correction as the detectors find it, before it is scrubbed and stored as evidence. */

import type { Command } from './command.ts';
import { quoteWord } from './shell-words.ts';
import type { Step } from './trace.ts';

/**
 * What was corrected: another program or sub-command (`command`), a flag, a place (`path`), a missing step before
 * (`prerequisite`), a tool, a file redone by hand (`rework`), or something said in words (`instruction`).
 */
export const CORRECTION_KINDS = ['command', 'flag', 'path', 'prerequisite', 'tool', 'rework', 'instruction'] as const;
export type CorrectionKind = (typeof CORRECTION_KINDS)[number];

/** How it showed. */
export type CorrectionSignal = 'failure' | 'rejection' | 'interrupt' | 'negation' | 'rework' | 'instruction';

/** One side of a correction: what was used, in the terms of `uses.ts`, and the text as it was typed. */
export interface Side {
  readonly head: string;
  readonly flags: readonly string[];
  readonly text: string;
}

export const NO_SIDE: Side = { head: '', flags: [], text: '' };

export interface Correction {
  readonly kind: CorrectionKind;
  /** Normalized fingerprint; corrections with the same one are one cluster. */
  readonly clusterKey: string;
  readonly signal: CorrectionSignal;
  readonly failure: string;
  readonly atMs: number;
  /** Identity within its session. */
  readonly stepId: string;
  readonly wrong: Side;
  readonly right: Side;
  /** Content words of what was said; empty where prompts are not captured. */
  readonly words: readonly string[];
  readonly eventIds: readonly string[];
  readonly snapshotBefore: string;
  readonly snapshotAfter: string;
}

const EVENT_IDS_MAX = 16;

/** Fills what the two steps of a correction say about it. */
export function correctionOf(
  wrong: Step,
  right: Step | undefined,
  detail: Pick<Correction, 'kind' | 'clusterKey' | 'signal' | 'wrong' | 'right'>,
): Correction {
  return {
    ...detail,
    failure: wrong.failure,
    atMs: wrong.atMs,
    stepId: wrong.id,
    words: [],
    eventIds: [...wrong.eventIds, ...(right?.eventIds ?? [])].slice(0, EVENT_IDS_MAX),
    snapshotBefore: wrong.snapshotTree,
    snapshotAfter: right?.snapshotTree ?? '',
  };
}

/** A command as one side of a correction. */
export function commandSide(command: Command): Side {
  return { head: command.head, flags: command.flags, text: command.words.map(quoteWord).join(' ') };
}
