/** When a lesson applies, as a test over what a session used. The held-out replay asks it; texts are written from it. */

export interface Trigger {
  /** Heads that set it off: a path also by everything below it, `npm *` by every sub-command of npm. */
  readonly heads: readonly string[];
  /** Only without any of these flags. */
  readonly lacksFlags: readonly string[];
  /** Only with one of these flags. */
  readonly hasFlags: readonly string[];
  /** Only while none of these heads was used before. */
  readonly unlessAfter: readonly string[];
}

/** One use of a session: head, its flags, ordinal of the call that used it first, 1 when it ever went through. */
export type Use = readonly [head: string, flags: string, first: number, worked: number];

/** `worked`: it fired, and what it warns of went through at least once. */
export type Firing = 'silent' | 'failed' | 'worked';

export function triggerOf(heads: readonly string[], conditions: Partial<Trigger> = {}): Trigger {
  return { heads: [...heads].sort(), lacksFlags: [], hasFlags: [], unlessAfter: [], ...conditions };
}

/** Whether the trigger fires anywhere in the session, and how what it warns of went. */
export function firing(trigger: Trigger, uses: readonly Use[]): Firing {
  let found: Firing = 'silent';
  for (const use of uses) {
    if (!firesAt(trigger, use, uses)) continue;
    if (use[3] === 1) return 'worked';
    found = 'failed';
  }
  return found;
}

function firesAt(trigger: Trigger, [head, flags, first]: Use, uses: readonly Use[]): boolean {
  if (!matchesHead(trigger, head)) return false;
  const names = flags === '' ? [] : flags.split(' ');
  if (trigger.lacksFlags.some((flag) => names.includes(flag))) return false;
  if (trigger.hasFlags.length > 0 && !trigger.hasFlags.some((flag) => names.includes(flag))) return false;
  return !uses.some(([other, , at]) => trigger.unlessAfter.includes(other) && at < first);
}

/** Whether the trigger knows this wrong side of a correction. */
function matchesHead(trigger: Trigger, head: string): boolean {
  return trigger.heads.some((known) => known === head || head.startsWith(prefixOf(known) ?? '\0'));
}

/** Heads that a replay must fetch to decide `firing`; `prefixes` stand for every head that begins so. */
export function headsAsked(trigger: Trigger): { exact: string[]; prefixes: string[] } {
  const exact = [...new Set([...trigger.heads, ...trigger.unlessAfter])];
  return { exact, prefixes: trigger.heads.map(prefixOf).filter((prefix) => prefix !== undefined) };
}

function prefixOf(head: string): string | undefined {
  if (head.startsWith('edit:')) return `${head}/`;
  return head.endsWith(' *') ? head.slice(0, -1) : undefined;
}
