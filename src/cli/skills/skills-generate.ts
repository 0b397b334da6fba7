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
      saySummary(run.summary);
      if (run.status === 'done') return;
      throw new CommandFailure('FAILED', `run ${runId} ended as "${plainLine(run.status, 40)}"`);
    }
    if (Date.now() > deadline) throw new CommandFailure('FAILED', `run ${runId} still goes on; it needs no watcher`);
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

function parseRun(body: unknown): Run {
  const { status, progress, summary } = (body ?? {}) as Record<string, unknown>;
  const { stage, done, total } = (progress ?? {}) as Record<string, unknown>;
  return {
    status: typeof status === 'string' ? status : 'unknown',
    progress: {
      stage: typeof stage === 'string' ? plainLine(stage, 40) : '',
      done: countOf(done),
      total: countOf(total),
    },
    summary,
  };
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
  const rows = Array.isArray(fields['skills']) ? (fields['skills'] as Record<string, unknown>[]) : [];
  if (rows.length > 0) {
    sayTable([
      ['skill', 'status', 'reason'],
      ...rows.map((row) => ['id', 'status', 'reason'].map((name) => cell(row[name]))),
    ]);
  }
  const counts = ['found', 'proposed', 'approved', 'rejected', 'updated'].map(
    (name) => `${name} ${countOf(fields[name])}`,
  );
  sayMarked('good', counts.join(', '));
  const notes = Array.isArray(fields['notes']) ? fields['notes'] : [];
  for (const note of notes) sayMarked('note', cell(note));
  if (countOf(fields['approved']) > 0) say('Next: moda skills pull');
  else if (countOf(fields['proposed']) > 0) say('Next: moda skills pull --status=proposed, or moda skills approve ID');
}

function cell(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? plainLine(String(value)) : '';
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
