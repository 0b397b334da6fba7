/**
 * The text of an XML element whose name, or whose attribute `name` or `key`, says "secret":
 * `<password type="text">…</password>`, `<property name="db.password"><![CDATA[…]]></property>`.
 */

import { glance, glanceBack, type KeyMatch, type KeyPlace, skipBlank } from './key-place.ts';
import { ruleOfKind, valueAt } from './keyed-value.ts';
import { isSecretValue, Style } from './secret-value.ts';
import type { Quote } from './value-span.ts';

const PREFIXED_BEFORE = /<[\w.-]{1,32}:$/;
const ATTRIBUTE_BEFORE = /<[\w:.-]{1,40}(?:\s[^<>]{0,100})?\s(?:name|key)=\\{0,7}["']$/;
const REST_OF_TAG = /^(?:\s[^<>]{0,120})?(?<!\/)>\s{0,16}(?:<!\[CDATA\[\s{0,16})?/;
const CLOSING = /^(?:\]\]>\s{0,16})?<\\{0,7}\//;
/** With entities, which end a word elsewhere. */
const ENTITIES = /^([^\s<&]{0,256}&[^\s<]{1,256}?)(?:\]\]>)?<\\{0,7}\//;

/** The secret that stands behind the tag in which the name stands; undefined when there is none, or no tag. */
export function elementText(place: KeyPlace, afterName: number, closing: Quote | undefined): KeyMatch | undefined {
  const { text } = place;
  const first = text.bytes[afterName];
  if (first !== 0x3e && first !== 0x20 && first !== 0x09 && first !== 0x0a) return undefined;
  if (!isInTag(place, closing)) return undefined;
  const rest = REST_OF_TAG.exec(glance(text, afterName, 180));
  if (rest === null) return undefined;
  const at = afterName + rest[0].length;
  const found = valueAt(place, at, Style.TIGHT, true);
  if (found !== undefined && CLOSING.test(glance(text, skipBlank(text, found.end), 32))) return found;
  const value = ENTITIES.exec(glance(text, at, 540))?.[1];
  if (value === undefined || !isSecretValue(value, place.kind, Style.TIGHT)) return undefined;
  return { start: at, end: at + value.length, rule: ruleOfKind(place.kind) };
}

function isInTag({ text, nameStart }: KeyPlace, closing: Quote | undefined): boolean {
  if (closing !== undefined) return ATTRIBUTE_BEFORE.test(glanceBack(text, nameStart, 160));
  if (nameStart <= text.from) return false;
  const before = text.bytes[nameStart - 1];
  return before === 0x3c || (before === 0x3a && PREFIXED_BEFORE.test(glanceBack(text, nameStart, 36)));
}
