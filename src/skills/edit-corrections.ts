/** Corrections of edits and other tools: a refused place, a refused tool, a file that its user did over by hand. */

import { signalAt } from './command-corrections.ts';
import { type Correction, correctionOf, NO_SIDE, type Side } from './correction.ts';
import { directoryOf, extensionOf, isInside } from './paths.ts';
import type { HarnessSettings } from './settings.ts';
import { type Step, wasCarriedOut } from './trace.ts';

/** Calls within which another tool takes a refused one's place. */
const TOOL_VARIANT_CALLS_MAX = 3;

/** Refused or negated edits of a place, followed by an edit elsewhere while the place stays untouched. */
export function findPathCorrections(steps: readonly Step[], settings: HarnessSettings): Correction[] {
  const found: Correction[] = [];
  for (let index = 0; index < steps.length && found.length < settings.correctionsPerSessionMax; index++) {
    const wrong = steps[index]!;
    if (wrong.toolClass !== 'edit' || wrong.path === undefined) continue;
    const signal = signalAt(steps, index);
    if (signal === undefined || signal === 'failure') continue;
    const right = findOtherPlace(steps, index, settings);
    if (right === undefined) continue;
    const key = `path|${wrong.path}`;
    const sides = { wrong: editSide(wrong.path), right: editSide(right.path!) };
    found.push(correctionOf(wrong, right, { kind: 'path', clusterKey: key, signal, ...sides }));
  }
  return found;
}

function editSide(path: string): Side {
  return { head: `edit:${path}`, flags: [], text: path };
}

function findOtherPlace(steps: readonly Step[], index: number, settings: HarnessSettings): Step | undefined {
  const wrong = steps[index]!;
  let other: Step | undefined;
  let calls = 0;
  for (let next = index + 1; next < steps.length; next++) {
    const step = steps[next]!;
    if (step.kind !== 'call') continue;
    if (++calls > settings.correctionStepsMax || step.atMs - wrong.atMs > settings.correctionWindowMs) break;
    if (step.toolClass !== 'edit' || step.path === undefined || !wasCarriedOut(step)) continue;
    // The same file accepted later: its content was at fault, not its place.
    if (step.path === wrong.path) return undefined;
    other ??= isElsewhere(step.path, wrong.path!) ? step : undefined;
  }
  return other;
}

function isElsewhere(path: string, wrongPath: string): boolean {
  const directory = directoryOf(wrongPath);
  return directory === '' ? path !== wrongPath : !isInside(directoryOf(path), directory);
}

/** A refused tool that is neither shell nor edit, and the tool that was accepted in its place. */
export function findToolCorrections(steps: readonly Step[], settings: HarnessSettings): Correction[] {
  const found: Correction[] = [];
  const calls = steps.filter((step) => step.kind === 'call');
  for (let index = 0; index < calls.length && found.length < settings.correctionsPerSessionMax; index++) {
    const wrong = calls[index]!;
    if (wrong.toolClass !== 'other' || wrong.tool === '' || wrong.outcome !== 'rejected') continue;
    const right = calls
      .slice(index + 1, index + 1 + TOOL_VARIANT_CALLS_MAX)
      .find((step) => step.toolClass === 'other' && step.tool !== '' && wasCarriedOut(step));
    if (right === undefined || right.tool === wrong.tool) continue;
    found.push(
      correctionOf(wrong, right, {
        kind: 'tool',
        clusterKey: `tool|${wrong.tool}|${right.tool}`,
        signal: 'rejection',
        wrong: { head: `tool:${wrong.tool}`, flags: [], text: wrong.tool },
        right: { head: `tool:${right.tool}`, flags: [], text: right.tool },
      }),
    );
  }
  return found;
}

/**
 * Files that the agent edited and that differ again at the next prompt although no call touched them in between: the user
 * did them over. Needs snapshots with the paths that changed.
 */
export function findReworks(steps: readonly Step[], settings: HarnessSettings): Correction[] {
  const found: Correction[] = [];
  let edited = new Map<string, Step>();
  let lastTree = '';
  for (const step of steps) {
    if (found.length >= settings.correctionsPerSessionMax) break;
    if (step.kind === 'call' && step.toolClass === 'edit' && step.path !== undefined && wasCarriedOut(step)) {
      edited.set(step.path, step);
    }
    if (step.kind === 'prompt' && step.snapshotTree !== '' && lastTree !== '' && step.snapshotTree !== lastTree) {
      found.push(...reworkedAt(step, edited, lastTree));
      edited = new Map();
    }
    if (step.snapshotTree !== '') lastTree = step.snapshotTree;
  }
  return found;
}

function reworkedAt(prompt: Step, edited: ReadonlyMap<string, Step>, treeBefore: string): Correction[] {
  const byExtension = new Map<string, Correction>();
  for (const path of prompt.changedPaths) {
    const edit = edited.get(path);
    const extension = extensionOf(path);
    if (edit === undefined || extension === '' || byExtension.has(extension)) continue;
    const correction = correctionOf(edit, prompt, {
      kind: 'rework',
      clusterKey: `rework|${extension}`,
      signal: 'rework',
      wrong: { head: `ext:${extension}`, flags: [], text: path },
      right: NO_SIDE,
    });
    byExtension.set(extension, { ...correction, snapshotBefore: treeBefore, snapshotAfter: prompt.snapshotTree });
  }
  return [...byExtension.values()];
}
