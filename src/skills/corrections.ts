/** All detectors over one session's trace. Pure: the same trace always gives the same corrections. */

import { findCommandCorrections } from './command-corrections.ts';
import type { Correction } from './correction.ts';
import { isNegating } from './directives.ts';
import { findPathCorrections, findReworks, findToolCorrections } from './edit-corrections.ts';
import { findInstructions } from './instruction-corrections.ts';
import type { HarnessSettings } from './settings.ts';
import type { SessionTrace } from './trace.ts';

/** Corrections of a session; of several with the same fingerprint and the same wrong side, the first stands. */
export function findCorrections(trace: SessionTrace, settings: HarnessSettings): Correction[] {
  const { steps } = trace;
  const acted = [...findCommandCorrections(steps, settings), ...findPathCorrections(steps, settings)];
  const explained = promptsExplained(trace, acted);
  const all = [
    ...acted,
    ...findToolCorrections(steps, settings),
    ...findReworks(steps, settings),
    ...findInstructions(steps, explained, settings),
  ];
  const distinct = new Map<string, Correction>();
  for (const correction of all) {
    const key =
      correction.kind === 'instruction' ? correction.stepId : `${correction.clusterKey}\n${correction.wrong.head}`;
    if (!distinct.has(key)) distinct.set(key, correction);
  }
  return [...distinct.values()].slice(0, settings.correctionsPerSessionMax);
}

/** Negating prompts whose point is a correction that was found: the first prompt behind the corrected call. */
function promptsExplained(trace: SessionTrace, corrections: readonly Correction[]): Set<string> {
  const explained = new Set<string>();
  for (const correction of corrections) {
    if (correction.signal === 'failure') continue;
    const at = trace.steps.findIndex((step) => step.id === correction.stepId);
    const prompt = trace.steps.slice(at + 1).find((step) => step.kind === 'prompt');
    if (prompt !== undefined && isNegating(prompt.promptText)) explained.add(prompt.id);
  }
  return explained;
}
