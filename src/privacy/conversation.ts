/**
 * Records whose body is the text itself: Cursor's native conversation records, whose attributes and name say whose it is,
 * and rendered conversations by OpenTelemetry's names, where the body is no object with a `content`.
 */

import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { Kind, type Tape } from '../model/tape.ts';
import { FieldClass, type FieldClassValue } from './fields.ts';
import { nameIdOfText } from './plain-text.ts';

const USER_MESSAGE = internName('conversation.user_message');
const MODEL_MESSAGES = ['conversation.assistant_message', 'conversation.tool_io'].map(internName);
const DIRECTION = internName('cursor.conversation.tool_io.direction');
const MARKS = [
  'cursor.conversation.message.id',
  'cursor.conversation.provenance',
  'cursor.conversation.turn.id',
  'cursor.conversation.content_truncated',
].map(internName);

const RENDERED: ReadonlyMap<number, FieldClassValue> = new Map([
  [internName('gen_ai.user.message'), FieldClass.PROMPT],
  [internName('gen_ai.system.message'), FieldClass.PROMPT],
  [internName('gen_ai.assistant.message'), FieldClass.OUTPUT],
  [internName('gen_ai.tool.message'), FieldClass.OUTPUT],
  [internName('gen_ai.choice'), FieldClass.OUTPUT],
]);

/** The class of a log record's body. */
export function bodyClass(view: RecordView, eventNameId: number, capturesPrompts: boolean): FieldClassValue {
  const rendered = RENDERED.get(eventNameId);
  if (rendered !== undefined) return isText(view.tape, view.body, eventNameId) ? rendered : FieldClass.UNKNOWN;
  return view.provider === 'cursor' ? classInCursor(view, eventNameId, capturesPrompts) : FieldClass.UNKNOWN;
}

/** Whether the body is a text or a list of them, and not the event's name. */
function isText(tape: Tape, body: number, eventNameId: number): boolean {
  const kind = tape.kind[body]!;
  if (kind === Kind.JSON) return tape.kind[tape.double[body]!] === Kind.ARRAY;
  return (
    kind === Kind.ARRAY || kind === Kind.BYTES || (kind === Kind.STRING && nameIdOfText(tape, body) !== eventNameId)
  );
}

/**
 * A message whose author is not told may be either side's: it is kept only when both switches are on, so it counts as
 * whatever is withheld.
 */
function classInCursor(view: RecordView, eventNameId: number, capturesPrompts: boolean): FieldClassValue {
  const { tape, attributes } = view;
  const has = (mark: number): boolean => attributes >= 0 && tape.child(attributes, mark) >= 0;
  if (MODEL_MESSAGES.includes(eventNameId) || has(DIRECTION)) return FieldClass.OUTPUT;
  if (!MARKS.some(has)) return eventNameId === USER_MESSAGE ? FieldClass.PROMPT : FieldClass.UNKNOWN;
  const isNamed = eventNameId === USER_MESSAGE && view.name >= 0 && tape.length[view.name]! > 0;
  return isNamed || !capturesPrompts ? FieldClass.PROMPT : FieldClass.OUTPUT;
}
