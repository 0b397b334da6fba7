/**
 * Which node fills which column: candidates from resource, scope and record compete by rank. The resource's and the
 * scope's share is worked out once and copied for each of their records.
 */

import { internName } from '../model/names.ts';
import { CODING_AGENT_EVENTS } from '../model/schema.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { COLUMN_OF_KEY, IS_IDENTITY, RANK_OF_KEY } from './column-sources.ts';
import { sameSpan } from './values.ts';

const COLUMNS = CODING_AGENT_EVENTS.columns.length;
const USER_ID = internName('user.id');

/** Scopes from inner to outer. */
export const Scope = { RECORD: 0, SCOPE: 1, RESOURCE: 2 } as const;

/** Lists of nodes, bounded by the tape itself. */
class NodeList {
  nodes = new Int32Array(256);
  count = 0;

  add(node: number): void {
    if (this.count === this.nodes.length) {
      const larger = new Int32Array(this.count * 2);
      larger.set(this.nodes);
      this.nodes = larger;
    }
    this.nodes[this.count++] = node;
  }

  copyFrom(other: NodeList): void {
    this.count = 0;
    for (let index = 0; index < other.count; index++) this.add(other.nodes[index]!);
  }
}

export class Slots {
  /** Best node by column, -1 when there is none. */
  readonly best = new Int32Array(COLUMNS).fill(-1);
  private readonly rank = new Int32Array(COLUMNS);
  /** Columns that have a candidate. */
  readonly touched = new Int16Array(COLUMNS);
  touchedCount = 0;
  /** Nodes without a column and candidates that lost, in order of arrival: the `attributes` map. */
  readonly extras = new NodeList();

  clear(): void {
    for (let index = 0; index < this.touchedCount; index++) this.best[this.touched[index]!] = -1;
    this.touchedCount = 0;
    this.extras.count = 0;
  }

  /** Takes over columns and extras of an outer scope. */
  copyFrom(other: Slots): void {
    this.takeColumns(other);
    this.extras.copyFrom(other.extras);
  }

  /** Takes over the candidates of an outer scope, which are few: column by column is cheaper than whole arrays. */
  takeColumns(other: Slots): void {
    this.clear();
    for (let index = 0; index < other.touchedCount; index++) {
      const column = other.touched[index]!;
      this.touched[index] = column;
      this.best[column] = other.best[column]!;
      this.rank[column] = other.rank[column]!;
    }
    this.touchedCount = other.touchedCount;
  }

  /** Enters all attributes of one scope; `container` is a KVLIST or MAP, or -1. */
  addAll(tape: Tape, container: number, scope: number): void {
    if (container < 0) return;
    const kind = tape.kind[container];
    if (kind !== Kind.KVLIST && kind !== Kind.MAP) return;
    this.addSome(tape, container + 1, tape.next[container]!, scope);
  }

  /** Enters the attributes [first, end) of one scope. */
  addSome(tape: Tape, first: number, end: number, scope: number): void {
    for (let node = first; node < end; node = tape.next[node]!) {
      const column = COLUMN_OF_KEY[tape.keyId[node]!]!;
      if (column < 0) this.extras.add(node);
      else this.offer(tape, node, column, scope);
    }
  }

  private offer(tape: Tape, node: number, column: number, scope: number): void {
    if (tape.kind[node] === Kind.NULL || (tape.kind[node] === Kind.STRING && tape.length[node] === 0)) return;
    const keyId = tape.keyId[node]!;
    const name = RANK_OF_KEY[keyId]!;
    let rank = IS_IDENTITY[column] === 1 ? name * 4 + scope : scope * 256 + name;
    // Claude Code's anonymous installation id is on every record; any other user.id is worth more.
    if (keyId === USER_ID && isInstallationId(tape, node)) rank += 64;
    const current = this.best[column]!;
    if (current < 0) this.touched[this.touchedCount++] = column;
    else if (this.rank[column]! < rank) {
      if (!sameValue(tape, node, current)) this.extras.add(node);
      return;
    } else if (!sameValue(tape, node, current)) this.extras.add(current);
    this.best[column] = node;
    this.rank[column] = rank;
  }
}

function isInstallationId(tape: Tape, node: number): boolean {
  if (tape.kind[node] !== Kind.STRING || tape.length[node] !== 64) return false;
  const start = tape.start[node]!;
  for (let index = start; index < start + 64; index++) {
    const byte = tape.bytes[index]!;
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}

/** Equal scalars; containers count as different. */
function sameValue(tape: Tape, left: number, right: number): boolean {
  const kind = tape.kind[left];
  if (kind !== tape.kind[right] || tape.length[left] !== tape.length[right]) return false;
  switch (kind) {
    case Kind.STRING:
    case Kind.JSON:
    case Kind.BYTES:
      return sameSpan(tape, tape.start[left]!, tape.start[right]!, tape.length[left]!);
    case Kind.INT:
    case Kind.SUPPRESSED:
      return tape.start[left] === tape.start[right];
    case Kind.DOUBLE:
      return tape.double[left] === tape.double[right];
    case Kind.TRUE:
    case Kind.FALSE:
      return true;
    default:
      return false;
  }
}
