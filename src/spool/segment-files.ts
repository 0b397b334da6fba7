/** Names of the files of a segment: `<milliseconds when opened>-<id>.segment` and its sidecar generations beside it. */

export interface SegmentFiles {
  /** Common part of the names; sorts by age. */
  readonly base: string;
  readonly id: string;
  readonly hasSegment: boolean;
  /** Names of the sidecar's generations. */
  readonly factFiles: readonly string[];
}

const NAME = /^(\d{15}-([0-9a-f]{32}))\.(segment|facts-\d{1,9})$/;
const SEGMENT = '.segment';

/** A dead letter on its way back, put here by the command; becomes a segment when a spool adopts it. */
export const RESUBMITTED = '.resubmit';

/** Common part of a segment's file names. */
export function baseName(openedAtMs: number, id: string): string {
  return `${String(Math.max(0, Math.floor(openedAtMs))).padStart(15, '0')}-${id}`;
}

export function segmentName(base: string): string {
  return base + SEGMENT;
}

/** Where a segment goes whose frames cannot be walked to its end; kept for a person to look at. */
export function damagedName(base: string): string {
  return `${base}.damaged`;
}

/** The segments among the names of a directory, oldest first; foreign names are left alone. */
export function groupFiles(names: readonly string[]): SegmentFiles[] {
  const found = new Map<string, { id: string; hasSegment: boolean; factFiles: string[] }>();
  for (const name of names) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const [, base = '', id = '', kind = ''] = match;
    const files = found.get(base) ?? { id, hasSegment: false, factFiles: [] };
    if (kind === 'segment') files.hasSegment = true;
    else files.factFiles.push(name);
    found.set(base, files);
  }
  const groups = [...found].map(([base, files]) => ({ base, ...files }));
  return groups.sort((a, b) => (a.base < b.base ? -1 : 1));
}
