/**
 * What a session did, in the terms in which triggers are stated: heads of commands with their flags, edited paths and
 * extensions, other tools. Kept with the session's watermark, so that a replay needs no second look at the events.
 */

import { extensionOf } from './paths.ts';
import { type Step, wasCarriedOut } from './trace.ts';

export interface SessionUses {
  readonly heads: readonly string[];
  /** Flags of the head at the same index, separated by blanks. */
  readonly flags: readonly string[];
  /** Ordinal of the call that used it first. */
  readonly first: readonly number[];
  /** 1 when it went through at least once. */
  readonly worked: readonly number[];
}

const USES_MAX = 400;
const ORDINAL_MAX = 65_535;

/** Distinct uses in order of first appearance, at most 400. */
export function collectUses(steps: readonly Step[]): SessionUses {
  const seen = new Map<string, number>();
  const uses = { heads: [] as string[], flags: [] as string[], first: [] as number[], worked: [] as number[] };
  let ordinal = 0;
  for (const step of steps) {
    if (step.kind !== 'call') continue;
    ordinal = Math.min(ordinal + 1, ORDINAL_MAX);
    for (const [head, flags] of usesOf(step)) {
      const key = `${head}\n${flags}`;
      const known = seen.get(key);
      if (known !== undefined && worked(step)) uses.worked[known] = 1;
      if (known !== undefined || seen.size >= USES_MAX) continue;
      seen.set(key, uses.heads.length);
      uses.heads.push(head);
      uses.flags.push(flags);
      uses.first.push(ordinal);
      uses.worked.push(worked(step) ? 1 : 0);
    }
  }
  return uses;
}

/** A command must be known to have succeeded; of other tools that they were carried out is all there is to know. */
function worked(step: Step): boolean {
  return step.toolClass === 'shell' ? step.outcome === 'ok' : wasCarriedOut(step);
}

function usesOf(step: Step): (readonly [string, string])[] {
  if (step.toolClass === 'shell') {
    return step.commands
      .filter((command) => !command.isExploring)
      .map((command) => [command.head, command.flags.join(' ')]);
  }
  if (step.toolClass === 'edit' && step.path !== undefined) {
    return [
      [`edit:${step.path}`, ''],
      [`ext:${extensionOf(step.path)}`, ''],
    ];
  }
  return step.tool === '' ? [] : [[`tool:${step.tool}`, '']];
}
