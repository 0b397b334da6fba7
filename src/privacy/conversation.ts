/** Cursor's native conversation records carry the text itself as body; their attributes and name say whose it is. */

import { internName } from '../model/names.ts';
import type { RecordView } from '../model/record.ts';
import { FieldClass, type FieldClassValue } from './fields.ts';

const USER_MESSAGE = internName('conversation.user_message');
const MODEL_MESSAGES = ['conversation.assistant_message', 'conversation.tool_io'].map(internName);
const DIRECTION = internName('cursor.conversation.tool_io.direction');
const MARKS = [
  'cursor.conversation.message.id',
  'cursor.conversation.provenance',
  'cursor.conversation.turn.id',
  'cursor.conversation.content_truncated',
].map(internName);

/**
 * The class of a log record's body. A message whose author is not told may be either side's: it is kept only when both
 * switches are on, so it counts as whatever is withheld.
 */
export function bodyClass(view: RecordView, eventNameId: number, capturesPrompts: boolean): FieldClassValue {
  const { tape, attributes } = view;
  if (view.provider !== 'cursor') return FieldClass.UNKNOWN;
  const has = (mark: number): boolean => attributes >= 0 && tape.child(attributes, mark) >= 0;
  if (MODEL_MESSAGES.includes(eventNameId) || has(DIRECTION)) return FieldClass.OUTPUT;
  if (!MARKS.some(has)) {
    return eventNameId === USER_MESSAGE ? FieldClass.PROMPT : FieldClass.UNKNOWN;
  }
  const isNamed = eventNameId === USER_MESSAGE && view.name >= 0 && tape.length[view.name]! > 0;
  return isNamed || !capturesPrompts ? FieldClass.PROMPT : FieldClass.OUTPUT;
}
