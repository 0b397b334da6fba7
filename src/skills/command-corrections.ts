/** Corrections of shell commands: a wrong one followed by its right variant, or by the step that it lacked. */

import { relateCommands } from './command-relation.ts';
import { type Correction, type CorrectionSignal, commandSide, correctionOf } from './correction.ts';
import { isNegating } from './directives.ts';
import type { HarnessSettings } from './settings.ts';
import { type Step, wasCarriedOut, wasRefused } from './trace.ts';

/** Calls before a negating prompt or an interrupt that it may be about. */
const NEGATED_CALLS_MAX = 3;

/** Pairs each refused, negated or failed command with the next variant of it that went through. */
export function findCommandCorrections(steps: readonly Step[], settings: HarnessSettings): Correction[] {
  const found: Correction[] = [];
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index]!;
    if (step.toolClass !== 'shell' || step.commands.length === 0) continue;
    const signal = signalAt(steps, index);
    if (signal === undefined) continue;
    const variant = findVariant(steps, index, signal, settings);
    if (variant.length > 0) found.push(...variant);
    else if (signal === 'failure') found.push(...findPrerequisite(steps, index, settings));
    if (found.length >= settings.correctionsPerSessionMax) break;
  }
  return found;
}

/** Why the call at `index` was wrong, or undefined when nothing says so. */
export function signalAt(steps: readonly Step[], index: number): CorrectionSignal | undefined {
  const step = steps[index]!;
  if (step.outcome === 'rejected') return 'rejection';
  if (step.outcome === 'interrupted') return 'interrupt';
  const said = saidAfter(steps, index);
  if (said !== undefined) return said;
  return step.outcome === 'failed' ? 'failure' : undefined;
}

/** A negating prompt, or an interrupt and a new prompt, that closely follows the call. */
function saidAfter(steps: readonly Step[], index: number): CorrectionSignal | undefined {
  let interrupted = false;
  let calls = 0;
  for (let next = index + 1; next < steps.length; next++) {
    const step = steps[next]!;
    if (step.kind === 'call' && ++calls >= NEGATED_CALLS_MAX) return undefined;
    if (step.isInterrupt) {
      if (calls > 0) return undefined;
      interrupted = true;
    }
    if (step.kind !== 'prompt') continue;
    if (isNegating(step.promptText)) return 'negation';
    return interrupted ? 'interrupt' : undefined;
  }
  return undefined;
}

function findVariant(
  steps: readonly Step[],
  index: number,
  signal: CorrectionSignal,
  settings: HarnessSettings,
): Correction[] {
  const wrong = steps[index]!;
  let calls = 0;
  for (let next = index + 1; next < steps.length; next++) {
    const right = steps[next]!;
    if (right.kind !== 'call') continue;
    if (++calls > settings.correctionStepsMax || right.atMs - wrong.atMs > settings.correctionWindowMs) return [];
    // After an edit the success is the edit's, not the variant's.
    if (signal === 'failure' && right.toolClass === 'edit' && !wasRefused(right)) return [];
    const accepted = signal === 'failure' ? right.outcome === 'ok' : wasCarriedOut(right);
    if (right.toolClass !== 'shell' || !accepted) continue;
    if (signal === 'failure' && isSameCommand(wrong, right)) return [];
    const related = relate(wrong, right, signal);
    if (related.length > 0) return related;
  }
  return [];
}

function relate(wrong: Step, right: Step, signal: CorrectionSignal): Correction[] {
  const found = new Map<string, Correction>();
  for (const left of wrong.commands) {
    for (const variant of right.commands) {
      for (const { kind, key } of relateCommands(left, variant)) {
        if (found.has(key)) continue;
        const sides = { wrong: commandSide(left), right: commandSide(variant) };
        found.set(key, correctionOf(wrong, right, { kind, clusterKey: key, signal, ...sides }));
      }
    }
  }
  return [...found.values()];
}

function isSameCommand(left: Step, right: Step): boolean {
  const key = (step: Step) => step.commands.map((command) => `${command.head} ${command.flags.join(' ')}`).join('; ');
  return key(left) === key(right);
}

/** The command failed, another one ran, and then the same command went through: the other one belongs before it. */
function findPrerequisite(steps: readonly Step[], index: number, settings: HarnessSettings): Correction[] {
  const wrong = steps[index]!;
  const command = wrong.commands[0]!;
  if (wrong.commands.length !== 1 || command.isExploring) return [];
  let between: Step | undefined;
  let calls = 0;
  for (let next = index + 1; next < steps.length; next++) {
    const step = steps[next]!;
    if (step.kind !== 'call') continue;
    if (++calls > settings.correctionStepsMax || step.atMs - wrong.atMs > settings.correctionWindowMs) return [];
    if (step.toolClass === 'edit' && !wasRefused(step)) return [];
    if (step.toolClass !== 'shell' || step.outcome !== 'ok') continue;
    if (isSameCommand(wrong, step)) return between === undefined ? [] : [prerequisiteOf(wrong, between)];
    if (step.commands.length === 1 && !step.commands[0]!.isExploring) between = step;
  }
  return [];
}

function prerequisiteOf(wrong: Step, between: Step): Correction {
  const late = wrong.commands[0]!;
  const missing = between.commands[0]!;
  return correctionOf(wrong, between, {
    kind: 'prerequisite',
    clusterKey: `prerequisite|${late.head}|${missing.head}`,
    signal: 'failure',
    wrong: commandSide(late),
    right: commandSide(missing),
  });
}
