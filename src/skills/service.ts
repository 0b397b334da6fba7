/** What the HTTP routes ask of the skills of one tenant: list, show, decide, generate, follow a run. */

import type { GateFigures, SkillStatus } from './gate.ts';
import { isDead } from './lease.ts';
import { RunBoard, type RunBoardOptions } from './run-board.ts';
import { EMPTY_SUMMARY, type RunProgress, type RunRecord, type RunSummary, readRun } from './run-record.ts';
import {
  decisionRow,
  effectiveStatus,
  readServedVersions,
  readSkills,
  readVersions,
  type SkillVersion,
  type StoredSkill,
  standingDecision,
  updatedAtMs,
  writeSkill,
} from './skill-store.ts';
import { epochMs } from './store.ts';

/** A skill as the API shows it. */
export interface SkillView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: SkillStatus;
  readonly version: number;
  readonly content_hash: string;
  readonly skill_md: string;
  readonly cursor_mdc: string;
  /** ISO 8601. */
  readonly updated_at: string;
}

export interface SkillDetails extends SkillView {
  readonly versions: readonly {
    readonly version: number;
    readonly content_hash: string;
    readonly writer: string;
    readonly created_at: string;
    readonly skill_md: string;
    readonly cursor_mdc: string;
  }[];
  readonly figures: GateFigures | Record<string, never>;
  readonly evidence_ids: readonly string[];
  readonly reasons: readonly string[];
  readonly decided_by: 'gate' | 'person';
}

export interface RunView {
  readonly run_id: string;
  readonly status: 'running' | 'done' | 'failed';
  readonly progress: RunProgress;
  readonly summary: Omit<RunSummary, 'basis'>;
  /** Why it failed; '' otherwise. */
  readonly error: string;
}

const VERSIONS_SHOWN_MAX = 50;

export class SkillService {
  readonly #options: RunBoardOptions;
  readonly #board: RunBoard;

  constructor(options: RunBoardOptions) {
    this.#options = options;
    this.#board = new RunBoard(options);
  }

  /** Skills with one of the statuses, by id. */
  async list(tenantId: string, statuses: readonly SkillStatus[]): Promise<SkillView[]> {
    const { store } = this.#options;
    const skills = await readSkills(store, tenantId);
    const versions = await readServedVersions(store, tenantId, skills);
    const views: SkillView[] = [];
    for (const [id, skill] of skills) {
      const version = versions.get(id);
      if (version !== undefined && statuses.includes(effectiveStatus(skill))) views.push(viewOf(skill, version));
    }
    return views;
  }

  /** Undefined when the tenant has no such skill. */
  async show(tenantId: string, skillId: string): Promise<SkillDetails | undefined> {
    const { store } = this.#options;
    const skill = (await readSkills(store, tenantId)).get(skillId);
    if (skill === undefined) return undefined;
    const versions = await readVersions(store, tenantId, skillId, VERSIONS_SHOWN_MAX);
    const served = versions.find((row) => row.version === skill.harness.version);
    if (served === undefined) return undefined;
    const decision = standingDecision(skill);
    return {
      ...viewOf(skill, served),
      versions: versions.map(({ version, content_hash, writer, created_at, skill_md, cursor_mdc }) => ({
        ...{ version, content_hash, writer, skill_md, cursor_mdc },
        created_at: isoTime(epochMs(created_at)),
      })),
      figures: readFigures(skill.harness.figures),
      evidence_ids: served.evidence_ids,
      reasons: decision === undefined ? skill.harness.reasons : decision.reasons,
      decided_by: decision === undefined ? 'gate' : 'person',
    };
  }

  /**
   * A person's decision, which the harness never overrules. `missing`: no such skill; `invalid`: a text that the gate
   * refused for its format or a secret cannot be approved.
   */
  async decide(
    tenantId: string,
    skillId: string,
    status: 'approved' | 'rejected',
  ): Promise<SkillDetails | 'missing' | 'invalid'> {
    const { store, now } = this.#options;
    const skill = (await readSkills(store, tenantId)).get(skillId);
    if (skill === undefined) return 'missing';
    if (status === 'approved' && skill.harness.status === 'rejected') return 'invalid';
    if (standingDecision(skill)?.status !== status) {
      await writeSkill(store, tenantId, decisionRow(skill, status, now()));
    }
    return (await this.show(tenantId, skillId)) ?? 'missing';
  }

  /** Starts a run or joins the one under way. */
  async generate(tenantId: string): Promise<RunView> {
    const runId = await this.#board.start(tenantId);
    const view = await this.run(tenantId, runId);
    return view ?? { run_id: runId, status: 'running', progress: START, summary: EMPTY_SUMMARY, error: '' };
  }

  /** Undefined when the tenant has no such run. A run that joined another shows that one. */
  async run(tenantId: string, runId: string): Promise<RunView | undefined> {
    const { store, settings, now } = this.#options;
    let record = await readRun(store, tenantId, runId);
    if (record?.status === 'joined') record = await readRun(store, tenantId, record.joinedRunId);
    if (record === undefined) return undefined;
    const isLost = isDead(record, settings.leaseMs, now());
    return {
      run_id: record.runId,
      status: isLost ? 'failed' : shownStatus(record),
      progress: this.#board.progressOf(record.runId) ?? record.progress,
      summary: shownSummary(record.summary),
      error: isLost ? 'the process that ran this stopped; a new run goes on where it was' : record.error,
    };
  }

  /** Stops the runs of this process; a later run goes on where they were. */
  close(): Promise<void> {
    return this.#board.close();
  }
}

const START: RunProgress = { stage: 'waiting', done: 0, total: 0 };

function shownSummary({ basis: _basis, ...shown }: RunSummary): Omit<RunSummary, 'basis'> {
  return shown;
}

function shownStatus(record: RunRecord): RunView['status'] {
  return record.status === 'done' || record.status === 'failed' ? record.status : 'running';
}

function viewOf(skill: StoredSkill, version: SkillVersion): SkillView {
  return {
    id: skill.harness.skill_id,
    name: skill.harness.skill_id,
    description: skill.harness.description,
    status: effectiveStatus(skill),
    version: version.version,
    content_hash: version.content_hash,
    skill_md: version.skill_md,
    cursor_mdc: version.cursor_mdc,
    updated_at: isoTime(updatedAtMs(skill)),
  };
}

function isoTime(atMs: number): string {
  return Number.isNaN(atMs) ? '' : new Date(atMs).toISOString();
}

function readFigures(text: string): GateFigures | Record<string, never> {
  try {
    return JSON.parse(text) as GateFigures;
  } catch {
    // Written by another version of the product.
    return {};
  }
}

/** The service as the composition root builds it. */
export function createSkillService(options: RunBoardOptions): SkillService {
  return new SkillService(options);
}
