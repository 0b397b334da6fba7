/** When a lesson applies, as a test over what a session used. The held-out replay asks it; texts are written from it. */

export interface Trigger {
  /** Heads that set it off; of a path also everything below it. */
  readonly heads: readonly string[];
  /** Only without any of these flags. */
  readonly lacksFlags: readonly string[];
  /** Only with one of these flags. */
  readonly hasFlags: readonly string[];
  /** Only while none of these heads was used before. */
  readonly unlessAfter: readonly string[];
}

/** One use of a session: head, its flags, ordinal of the call that used it first. */
export type Use = readonly [head: string, flags: string, first: number];

export function triggerOf(heads: readonly string[], conditions: Partial<Trigger> = {}): Trigger {
  return { heads: [...heads].sort(), lacksFlags: [], hasFlags: [], unlessAfter: [], ...conditions };
}

/** Whether the trigger fires anywhere in the session. */
export function fires(trigger: Trigger, uses: readonly Use[]): boolean {
  return uses.some(([head, flags, first]) => {
    if (!matchesHead(trigger, head)) return false;
    const names = flags === '' ? [] : flags.split(' ');
    if (trigger.lacksFlags.some((flag) => names.includes(flag))) return false;
    if (trigger.hasFlags.length > 0 && !trigger.hasFlags.some((flag) => names.includes(flag))) return false;
    return !uses.some(([other, , at]) => trigger.unlessAfter.includes(other) && at < first);
  });
}

/** Whether the trigger knows this wrong side of a correction. */
export function matchesHead(trigger: Trigger, head: string): boolean {
  return trigger.heads.some((known) => known === head || (known.startsWith('edit:') && head.startsWith(`${known}/`)));
}

/** Heads that a replay must fetch to decide `fires`. */
export function headsAsked(trigger: Trigger): string[] {
  return [...new Set([...trigger.heads, ...trigger.unlessAfter])];
}
