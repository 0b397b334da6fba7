/** Instructions that users gave in words, with what the agent had just done as their occasion. */

import { type Correction, correctionOf, NO_SIDE } from './correction.ts';
import { contentWords, directiveOf } from './directives.ts';
import { extensionOf } from './paths.ts';
import type { HarnessSettings } from './settings.ts';
import type { Step } from './trace.ts';

/**
 * One correction per instructing prompt. `explained` holds the ids of prompts that another detector already understood as
 * a correction of a command or a place.
 */
export function findInstructions(
  steps: readonly Step[],
  explained: ReadonlySet<string>,
  settings: HarnessSettings,
): Correction[] {
  const found: Correction[] = [];
  let lastCall: Step | undefined;
  for (const step of steps) {
    if (found.length >= settings.correctionsPerSessionMax) break;
    if (step.kind === 'call' && step.toolClass !== 'other') lastCall = step;
    if (step.kind !== 'prompt' || step.promptText === '' || explained.has(step.id)) continue;
    const sentence = directiveOf(step.promptText);
    const words = sentence === undefined ? [] : contentWords(sentence);
    if (sentence === undefined || words.length === 0) continue;
    const correction = correctionOf(step, lastCall, {
      kind: 'instruction',
      clusterKey: 'instruction',
      signal: 'instruction',
      wrong: { head: occasionOf(lastCall), flags: [], text: sentence },
      right: NO_SIDE,
    });
    found.push({ ...correction, words });
  }
  return found;
}

/** What the agent had done last, in the terms of `uses.ts`; '' when nothing. */
function occasionOf(call: Step | undefined): string {
  if (call === undefined) return '';
  if (call.toolClass === 'edit') return call.path === undefined ? '' : `ext:${extensionOf(call.path)}`;
  return call.commands.find((command) => !command.isExploring)?.head ?? '';
}
