/** One line per snapshot or skip in moda/snapshots.jsonl: what `moda snapshots list` shows, and the only note of a skip. */

import fs from 'node:fs';
import { ownFile, type ShadowRepository } from './shadow-repository.ts';

export interface SnapshotRecord {
  /** ISO 8601. */
  readonly time: string;
  /** 0 for a skip. */
  readonly sequence: number;
  readonly session: string;
  readonly event: string;
  /** prompt_id, turn_id, tool_use_id and the like, as the agent named them. */
  readonly ids: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly tree: string;
  readonly tookMs: number;
  /** Paths that changed since the snapshot before. */
  readonly files: number;
  readonly skipped: string;
}

/** Bytes of the newest records that are read; about ten thousand lines. */
const READ_BYTES_MAX = 4 * 1024 * 1024;

/** Adds a line. Lines are short enough to be written in one piece. */
export function appendRecord(shadow: ShadowRepository, record: SnapshotRecord): void {
  fs.appendFileSync(ownFile(shadow, 'snapshots.jsonl'), `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

/** The newest records, oldest of them first. */
export function readRecords(shadow: ShadowRepository): SnapshotRecord[] {
  let text: string;
  try {
    text = fs.readFileSync(ownFile(shadow, 'snapshots.jsonl'), 'utf8').slice(-READ_BYTES_MAX);
  } catch {
    // No snapshot yet.
    return [];
  }
  const records: SnapshotRecord[] = [];
  for (const line of text.split('\n')) {
    try {
      if (line !== '') records.push(JSON.parse(line) as SnapshotRecord);
    } catch {
      // The first line may be cut by the bound, the last one by a crash.
    }
  }
  return records;
}

/** Cuts the file to its newest records when it has grown past its bound. */
export function trimRecords(shadow: ShadowRepository): void {
  const file = ownFile(shadow, 'snapshots.jsonl');
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || stat.size < READ_BYTES_MAX * 2) return;
  const kept = readRecords(shadow).map((record) => `${JSON.stringify(record)}\n`);
  fs.writeFileSync(`${file}.tmp`, kept.join(''), { mode: 0o600 });
  fs.renameSync(`${file}.tmp`, file);
}
