/** A session as the detectors see it: calls, prompts and marks in the order of time, each tool call once. */

import type { Provider } from '../model/identity.ts';
import type { Command } from './command.ts';

export type StepKind = 'call' | 'prompt' | 'mark';

/** `ran`: it was carried out, but nothing says how it ended. */
export type Outcome = 'ok' | 'failed' | 'rejected' | 'interrupted' | 'ran' | 'unknown';

export type ToolClass = 'shell' | 'edit' | 'other';

export interface Step {
  readonly kind: StepKind;
  /** Call id, prompt id, or the event's id: stable over reruns. */
  readonly id: string;
  /** Milliseconds since the epoch, the earliest of the rows that tell of this step. */
  readonly atMs: number;
  /** `event_id`s in hex, at most eight. */
  readonly eventIds: readonly string[];
  readonly toolClass: ToolClass;
  readonly tool: string;
  readonly outcome: Outcome;
  /** Why it failed: `exit 127`, the agent's error type, or ''. */
  readonly failure: string;
  readonly command: string;
  readonly commands: readonly Command[];
  /** Relative to the session's root; undefined when it lies elsewhere. */
  readonly path: string | undefined;
  /** Empty where prompts are not captured. */
  readonly promptText: string;
  /** The turn or the whole session was stopped by its user here. */
  readonly isInterrupt: boolean;
  readonly snapshotTree: string;
  /** Of prompts: paths that differ from the snapshot before, where the client told. */
  readonly changedPaths: readonly string[];
  /** Whether the step's snapshot named any. */
  readonly namesChanges: boolean;
}

export interface SessionTrace {
  readonly provider: Provider;
  readonly sessionId: string;
  readonly repo: string;
  /** Hash of the user's mail address or id; '' when unknown. */
  readonly userKey: string;
  readonly startedAtMs: number;
  /** When the last of its rows was received. */
  readonly receivedAtMs: number;
  readonly steps: readonly Step[];
}

/** Whether a step was carried out as far as anyone can tell. */
export function wasCarriedOut(step: Step): boolean {
  return step.outcome === 'ok' || step.outcome === 'ran';
}

/** Whether the user or a policy refused the step. */
export function wasRefused(step: Step): boolean {
  return step.outcome === 'rejected' || step.outcome === 'interrupted';
}
