/** Claude names a skill's settings source; the column speaks of scopes. Unknown values are kept as they are. */

import type { CanonicalEvent } from '../model/event.ts';
import { CONSTANTS, internName } from '../model/names.ts';
import type { Tape } from '../model/tape.ts';
import { COLUMN } from './columns.ts';
import { spanIs } from './values.ts';

const SCOPES = Object.entries({
  userSettings: 'user',
  projectSettings: 'project',
  localSettings: 'local',
  policySettings: 'policy',
  flagSettings: 'flag',
}).map(([source, scope]) => [internName(source), internName(scope)] as const);

/** Rewrites the column in place where its text is one of Claude's sources. */
export function mapSkillScope(tape: Tape, event: CanonicalEvent): void {
  const start = event.start[COLUMN.skillScope]!;
  const length = event.length[COLUMN.skillScope]!;
  const found = SCOPES.find(([source]) => spanIs(tape, start, length, source));
  if (found) event.setSpan(COLUMN.skillScope, CONSTANTS.start[found[1]]!, CONSTANTS.length[found[1]]!);
}
