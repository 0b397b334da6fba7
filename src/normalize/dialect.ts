/** What one agent's dialect says: which native names mean which event type, and how a type is refined by attributes. */

import type { EventType } from '../model/identity.ts';
import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';

export interface Dialect {
  /** Log names without the agent's prefix. */
  readonly logs: Readonly<Record<string, EventType>>;
  /** Span names as they are. */
  readonly spans: Readonly<Record<string, EventType>>;
  readonly hooks: Readonly<Record<string, EventType>>;
  /** Refines the table's answer by what else the record carries. `nameId` is the bare name's number, 0 when unknown. */
  refine?(view: RecordView, nameId: number, type: EventType): EventType;
}

/** Types by name number, with the number of the bare name as index. */
export function byNameId(names: Readonly<Record<string, EventType>>): ReadonlyMap<number, EventType> {
  return new Map(Object.entries(names).map(([name, type]) => [internName(name), type]));
}
