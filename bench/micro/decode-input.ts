/**
 * Bodies of 100 Claude-shaped log records in both encodings, and a walk over them with our decoder. The walk counts
 * records and checks one value of each, so that a bench can prove that it reads what the reference reads.
 */

import { decodeBody } from '../../src/decode/decode.ts';
import { internName } from '../../src/model/names.ts';
import { RecordView, type RecordVisitor } from '../../src/model/record.ts';
import { Kind, Tape } from '../../src/model/tape.ts';
import { Fleet } from '../fleet.ts';

const EVENT_NAME = internName('event.name');
const RECORDS = 100;
const BODIES = 20;

/** Bodies of one encoding; both encodings hold the same records. */
export function logBodies(bodyType: 'json' | 'protobuf'): Buffer[] {
  const shape = { provider: 'claude_code', signal: 'logs', bodyType, records: RECORDS } as const;
  return new Fleet(5).bodies(shape, BODIES).map(({ bytes }) => bytes);
}

export const RECORDS_PER_RUN = RECORDS * BODIES;

const tape = new Tape();
export const view = new RecordView(tape);
view.signal = 'logs';

const NOTHING = (): void => undefined;
export const NO_VISITOR: RecordVisitor = {
  resource: NOTHING,
  resourceEnd: NOTHING,
  scope: NOTHING,
  scopeEnd: NOTHING,
  record: NOTHING,
  rejected: NOTHING,
};

/** Decodes every body; returns the number of records. */
export function walk(
  bodies: readonly Uint8Array[],
  bodyType: 'json' | 'protobuf',
  visitor: RecordVisitor = NO_VISITOR,
): number {
  let records = 0;
  for (const body of bodies) {
    tape.reset();
    const start = tape.append(body);
    records += decodeBody(view, 'logs', bodyType, start, start + body.length, visitor).recordCount;
  }
  return records;
}

/** The text of `event.name` of every record and the number of attributes, as our decoder finds them. */
export function summary(bodies: readonly Uint8Array[], bodyType: 'json' | 'protobuf'): string[] {
  const lines: string[] = [];
  walk(bodies, bodyType, {
    ...NO_VISITOR,
    record: ({ attributes }) => {
      const node = tape.child(attributes, EVENT_NAME);
      const name = tape.kind[node] === Kind.STRING ? tape.text(tape.start[node]!, tape.length[node]!) : '';
      lines.push(`${name} ${tape.length[attributes]}`);
    },
  });
  return lines;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

/** The same of a decoded request, as protobufjs or JSON.parse give it. */
export function summaryOf(request: unknown): string[] {
  const { resourceLogs } = request as {
    resourceLogs: { scopeLogs: { logRecords: { attributes: Attribute[] }[] }[] }[];
  };
  return resourceLogs
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords)
    .map(({ attributes }) => {
      const name = attributes.findLast(({ key }) => key === 'event.name')?.value.stringValue ?? '';
      return `${name} ${attributes.length}`;
    });
}

/** Throws when two lists of lines differ: a bench with a wrong result is no bench. */
export function checkSame(ours: readonly string[], reference: readonly string[]): void {
  const differing = reference.findIndex((line, index) => line !== ours[index]);
  if (ours.length !== reference.length || differing >= 0) {
    throw new Error(`${ours.length} and ${reference.length} records; the first that differs is ${differing}`);
  }
}
