/** `moda skills gen`: starts a run on the server, shows its progress, ends with a table. All the work is the server's. */

import { CommandFailure } from '../exit-codes.ts';
import { paint, plainLine, say, sayMarked, sayTable } from '../output.ts';
import { type Connection, requireAnswer } from '../server-api.ts';

/** A run over a large history takes minutes; beyond this it goes on without a watcher. */
const RUN_MS_MAX = 30 * 60 * 1000;
const POLL_MS = 300;
const BAR_WIDTH = 30;

interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

interface Run {
  readonly status: string;
  readonly progress: Progress;
  readonly summary: unknown;
  /** Why it failed, in the server's words; empty otherwise. */
  readonly error: string;
}

/** Runs the harness to its end. Throws CommandFailure FAILED when the run fails. */
export async function generateSkills(connection: Connection): Promise<void> {
  const started = (await requireAnswer(connection, { method: 'POST', path: '/v1/skills/generate', body: '{}' })) as {
    run_id?: unknown;
  };
  const runId = started?.run_id;
  if (typeof runId !== 'string' || !/^[\w-]{1,100}$/.test(runId)) {
    throw new CommandFailure('FAILED', "the server's answer names no run");
  }
  const deadline = Date.now() + RUN_MS_MAX;
  let shown = '';
  for (;;) {
    const run = parseRun(await requireAnswer(connection, { path: `/v1/skills/runs/${runId}` }));
    shown = showProgress(run.progress, shown);
    if (run.status !== 'running') {
      if (process.stdout.isTTY) say();
      if (run.status !== 'done') throw new CommandFailure('FAILED', `run ${runId} ${endOf(run)}`);
      saySummary(run.summary);
      return;
    }
    if (Date.now() > deadline) throw new CommandFailure('FAILED', `run ${runId} still goes on; it needs no watcher`);
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

function parseRun(body: unknown): Run {
  const { status, progress, summary, error } = (body ?? {}) as Record<string, unknown>;
  const { stage, done, total } = (progress ?? {}) as Record<string, unknown>;
  return {
    status: typeof status === 'string' ? status : 'unknown',
    progress: {
      stage: typeof stage === 'string' ? plainLine(stage, 40) : '',
      done: countOf(done),
      total: countOf(total),
    },
    summary,
    error: typeof error === 'string' ? error : '',
  };
}

function endOf({ status, error }: Run): string {
  return `${plainLine(status, 40)}${error === '' ? '' : `: ${plainLine(error, 300)}`}`;
}

/** One line that is rewritten on a terminal; elsewhere a line per stage. Returns what was shown last. */
function showProgress({ stage, done, total }: Progress, shown: string): string {
  if (!process.stdout.isTTY) {
    if (stage !== '' && stage !== shown) say(`  ${stage}`);
    return stage;
  }
  const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * BAR_WIDTH);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
  process.stdout.write(`\r\u001b[2K  ${paint('green', bar)} ${done}/${total} ${stage}`);
  return stage;
}

function saySummary(summary: unknown): void {
  const fields = (summary ?? {}) as Record<string, unknown>;
  const rows = listOf(fields['skills']).flatMap(rowsOf);
  if (rows.length > 0) sayTable([['skill', 'status', 'reason'], ...rows]);
  const counts = ['found', 'proposed', 'approved', 'rejected', 'updated'].map(
    (name) => `${name} ${countOf(fields[name])}`,
  );
  const { sessions, corrections } = fields;
  const read = `read ${countOf(sessions)} sessions with ${countOf(corrections)} corrections`;
  sayMarked('good', `${typeof sessions === 'number' ? `${read}: ` : ''}${counts.join(', ')}`);
  for (const note of listOf(fields['notes'])) sayMarked('note', cell(note, 400));
  if (countOf(fields['approved']) > 0) say('Next: moda skills pull');
  else if (countOf(fields['proposed']) > 0) say('Next: moda skills pull --status=proposed, or moda skills approve ID');
}

/** A skill's line with its first reason, and a line for each further one: all of them keep it from being approved. */
function rowsOf(skill: unknown): string[][] {
  const { id, status, reason, reasons } = (skill ?? {}) as Record<string, unknown>;
  const [first = reason, ...further] = listOf(reasons);
  return [[cell(id), cell(status), cell(first)], ...further.map((text) => ['', '', cell(text)])];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function cell(value: unknown, charactersMax = 200): string {
  return typeof value === 'string' || typeof value === 'number' ? plainLine(String(value), charactersMax) : '';
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
