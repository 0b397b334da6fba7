/**
 * What a session did, in the terms in which triggers are stated: heads of commands with their flags, edited paths and
 * extensions, other tools. Kept with the session's watermark, so that a replay needs no second look at the events.
 */

import { extensionOf } from './paths.ts';
import type { Step } from './trace.ts';

export interface SessionUses {
  readonly heads: readonly string[];
  /** Flags of the head at the same index, separated by blanks. */
  readonly flags: readonly string[];
  /** Ordinal of the call that used it first. */
  readonly first: readonly number[];
}

const USES_MAX = 400;
const ORDINAL_MAX = 65_535;

/** Distinct uses in order of first appearance, at most 400. */
export function collectUses(steps: readonly Step[]): SessionUses {
  const seen = new Set<string>();
  const uses = { heads: [] as string[], flags: [] as string[], first: [] as number[] };
  let ordinal = 0;
  for (const step of steps) {
    if (step.kind !== 'call') continue;
    ordinal = Math.min(ordinal + 1, ORDINAL_MAX);
    for (const [head, flags] of usesOf(step)) {
      const key = `${head}\n${flags}`;
      if (seen.has(key) || seen.size >= USES_MAX) continue;
      seen.add(key);
      uses.heads.push(head);
      uses.flags.push(flags);
      uses.first.push(ordinal);
    }
  }
  return uses;
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
