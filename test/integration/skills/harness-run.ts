/** Runs the harness in the test's thread over a test store, and reads what it left behind. */

import { NO_CUSTOM_RULES } from '../../../src/model/custom-rules.ts';
import type { GateFigures, SkillStatus } from '../../../src/skills/gate.ts';
import { type HarnessJob, runHarness } from '../../../src/skills/harness.ts';
import type { RunSummary } from '../../../src/skills/run-record.ts';
import { DEFAULT_HARNESS_SETTINGS, type HarnessSettings } from '../../../src/skills/settings.ts';
import { effectiveStatus, readSkills } from '../../../src/skills/skill-store.ts';
import type { StorePort } from '../../../src/skills/store.ts';
import type { FoundLesson } from './fleet-plants.ts';

/** All fleets end before this. */
export const NOW_MS = Date.parse('2026-11-20T12:00:00Z');

export interface RunOptions {
  readonly tenantId?: string;
  readonly runId?: string;
  readonly nowMs?: number;
  readonly settings?: Partial<HarnessSettings>;
  readonly model?: HarnessJob['model'];
}

export function run(store: StorePort, options: RunOptions = {}): Promise<RunSummary> {
  const job: HarnessJob = {
    tenantId: options.tenantId ?? 'acme',
    runId: options.runId ?? 'run-1',
    nowMs: options.nowMs ?? NOW_MS,
    settings: { ...DEFAULT_HARNESS_SETTINGS, pauseMs: 0, ...options.settings },
    rules: NO_CUSTOM_RULES,
    model: options.model,
  };
  return runHarness(store, job, () => undefined, new AbortController().signal);
}

export interface FoundSkill {
  readonly id: string;
  readonly status: SkillStatus;
  readonly version: number;
  readonly lesson: FoundLesson;
  readonly figures: GateFigures;
  readonly reasons: readonly string[];
  readonly writer: string;
}

export async function foundSkills(store: StorePort, tenantId = 'acme'): Promise<FoundSkill[]> {
  const skills = await readSkills(store, tenantId);
  return [...skills.values()].map((skill) => ({
    id: skill.harness.skill_id,
    status: effectiveStatus(skill),
    version: skill.harness.version,
    lesson: JSON.parse(skill.harness.lesson) as FoundLesson,
    figures: JSON.parse(skill.harness.figures) as GateFigures,
    reasons: skill.harness.reasons,
    writer: skill.harness.writer,
  }));
}
