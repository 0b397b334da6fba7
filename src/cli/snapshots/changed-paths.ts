/**
 * Names of the files that a snapshot found changed, as the event carries them: what lets the server tell that a person did
 * over by hand what the agent had written. Names only, bounded; never contents.
 */

import path from 'node:path';

const PATHS_MAX = 64;
/** Of the JSON list; the server reads no more of it (src/skills/trace-query.ts). */
const LIST_BYTES_MAX = 4000;

/** What is added to an event's members; empty when nothing is known to have changed. */
export interface ChangeFields {
  /** Absolute, below the working tree as the agent names it, so that they compare with the paths that it reports. */
  readonly snapshot_changed_paths?: readonly string[];
  /** All of them, also those that the list has no room for. */
  readonly snapshot_changed_count?: number;
}

/** Names as many of the changed paths as fit. `changed` is relative to `root`. */
export function changeFields(root: string, changed: readonly string[]): ChangeFields {
  if (changed.length === 0) return {};
  const named: string[] = [];
  let bytes = '[]'.length;
  for (const file of changed) {
    const absolute = path.join(root, file);
    const more = Buffer.byteLength(JSON.stringify(absolute)) + 1;
    if (named.length >= PATHS_MAX) break;
    if (bytes + more > LIST_BYTES_MAX) continue;
    named.push(absolute);
    bytes += more;
  }
  return { snapshot_changed_paths: named, snapshot_changed_count: changed.length };
}
