/**
 * Manifests of kind Secret in YAML, and in JSON inside of a command or an annotation: every value below `data` and
 * `stringData` is a secret, whatever its name. `kubectl get -o yaml` writes `data` before `kind`, people behind it.
 * Manifests that were read as JSON: neighbours.ts.
 */

import { KeyKind } from './key-names.ts';
import type { KeyMatch } from './key-place.ts';
import type { SearchedText } from './searched-text.ts';
import { isSecretValue, Style } from './secret-value.ts';
import { isWordByte, type SpecialForm } from './special-form.ts';

/** So far before and behind `kind: Secret` the rest of the manifest is looked for. */
const MANIFEST_BYTES_MAX = 16 * 1024;
const RULE = 'kubernetes-secret';
const NEXT_DOCUMENT = '\n---';
/** What another manifest of a list begins with; in this one it may stand right behind the kind. */
const FIRST_NAME = 'apiVersion';
const FIRST_NAME_BYTES = 32;
const DATA = 'ata:';
const HEAD_BYTES_MAX = 64;
/** Line ends are real, or escaped where the manifest stands in JSON that was cut. */
const HEAD = /(?:^|\n|\\n)([ \t]{0,32})(?:d|stringD)$/;
const REST_OF_HEAD = /^[ \t]*(?:#[^\n\\]*)?(?:\r?\n|(?:\\{1,7}r)?\\{1,7}n)/;
const LINE = /([ \t]*)(.*?)(?:(?:\\{1,7}r)?\\{1,7}n|\r?\n|$)/y;
/** The end of the string that a manifest with escaped line ends stands in. */
const STRING_END = /\\{0,7}".*$/;
const NAME = /^(?:\\{0,7}["'])?[\w./-]{1,253}(?:\\{0,7}["'])?:(?:[ \t]+|$)/;
const QUOTES = /^\\{0,7}["']|\\{0,7}["'][ \t]*$/g;
/** What a patch or a manifest in JSON holds below `data`, in one or several strings; values end at their quote. */
const MEMBERS = /(?<=")(?:d|stringD)ata\\{0,7}"\s{0,8}:\s{0,8}\{([^{}]*)/g;
const MEMBER = /:\s{0,16}\\{0,7}"([^"\\]*)/g;
const JSON_KINDS = [
  'kind":"secret',
  'kind": "secret',
  'kind\\":\\"secret',
  'kind\\": \\"secret',
  'kind\\\\\\":\\\\\\"secret',
];
const PATCH = 'patch secret';
const PATCH_BYTES_MAX = 2048;
/** So much of a value is looked at to tell whether it is a secret. */
const LOOK_BYTES = 160;

export const KUBERNETES_SECRET: SpecialForm = {
  literals: ['kind: secret', 'kind: "secret', "kind: 'secret", ...JSON_KINDS, PATCH],
  match(text, literal, hitEnd) {
    const { bytes, from, end } = text;
    if (literal === PATCH) return patchAt(text, hitEnd);
    if (hitEnd < text.manifestEnd || (hitEnd < end && isWordByte(bytes[hitEnd]!))) return undefined;
    const start = startOfManifest(bytes, Math.max(from, hitEnd - MANIFEST_BYTES_MAX, text.manifestEnd), hitEnd);
    const stop = endOfManifest(bytes, hitEnd, Math.min(end, hitEnd + MANIFEST_BYTES_MAX));
    text.manifestEnd = stop;
    const manifest = bytes.toString('latin1', start, stop);
    return JSON_KINDS.includes(literal)
      ? [...manifest.matchAll(MEMBERS)].flatMap(membersAt(start))
      : valuesIn(manifest, start);
  },
};

/** `kubectl patch secret app -p '{"data":{"login":"…"}}'`. */
function patchAt(text: SearchedText, hitEnd: number): KeyMatch[] {
  const stop = Math.min(text.end, hitEnd + PATCH_BYTES_MAX);
  return [...text.bytes.toString('latin1', hitEnd, stop).matchAll(MEMBERS)].slice(0, 1).flatMap(membersAt(hitEnd));
}

/** The values of the members that a match of MEMBERS holds, in a text that stands at `start`. */
const membersAt =
  (start: number) =>
  (members: RegExpExecArray): KeyMatch[] => {
    const inside = start + members.index + members[0].length - members[1]!.length;
    return [...members[1]!.matchAll(MEMBER)].flatMap((member) => {
      const value = member[1]!;
      if (!isSecretValue(value.slice(0, LOOK_BYTES), KeyKind.STRONG, Style.QUOTED)) return [];
      const end = inside + member.index + member[0].length;
      return [{ start: end - value.length, end, rule: RULE }];
    });
  };

function startOfManifest(bytes: Buffer, from: number, hitEnd: number): number {
  const before = bytes.subarray(from, hitEnd);
  return from + Math.max(0, before.lastIndexOf(NEXT_DOCUMENT), before.lastIndexOf(FIRST_NAME));
}

function endOfManifest(bytes: Buffer, hitEnd: number, end: number): number {
  const behind = bytes.subarray(hitEnd, end);
  const document = behind.indexOf(NEXT_DOCUMENT);
  const own = document < 0 ? behind : behind.subarray(0, document);
  const next = own.indexOf(FIRST_NAME, FIRST_NAME_BYTES);
  return hitEnd + (next < 0 ? own.length : next);
}

/** The values below each `data:` and `stringData:` of the text, which stands at `start`. */
function valuesIn(text: string, start: number): KeyMatch[] {
  const found: KeyMatch[] = [];
  for (let at = text.indexOf(DATA); at >= 0; at = text.indexOf(DATA, at + 1)) {
    const head = HEAD.exec(text.slice(Math.max(0, at - HEAD_BYTES_MAX), at));
    const rest = head === null ? null : REST_OF_HEAD.exec(text.slice(at + DATA.length, at + 2 * HEAD_BYTES_MAX));
    if (head === null || rest === null) continue;
    const block = {
      at: at + DATA.length + rest[0].length,
      indent: head[1]!.length,
      isEscaped: !rest[0].endsWith('\n'),
    };
    at = valuesBelow(text, block, start, found);
  }
  return found;
}

interface Block {
  readonly at: number;
  readonly indent: number;
  /** Its lines end as in a string of JSON, which ends somewhere. */
  readonly isEscaped: boolean;
}

/** Reads the lines of the block that stand further right than its head; returns where they end. */
function valuesBelow(text: string, block: Block, start: number, found: KeyMatch[]): number {
  let next = block.at;
  for (let hasEnded = false; !hasEnded && next < text.length; ) {
    LINE.lastIndex = next;
    const line = LINE.exec(text);
    if (line === null) break;
    const [whole, space, content] = line as unknown as [string, string, string];
    if (content !== '' && space.length <= block.indent) break;
    const name = NAME.exec(content)?.[0].length ?? 0;
    const quoted = content.slice(name);
    const written = quoted.replace(QUOTES, '');
    const value = block.isEscaped ? written.replace(STRING_END, '') : written;
    if (isSecretValue(value.slice(0, LOOK_BYTES), KeyKind.STRONG, Style.QUOTED)) {
      const from = start + next + space.length + name + quoted.indexOf(value);
      found.push({ start: from, end: from + value.length, rule: RULE });
    }
    hasEnded = value !== written;
    next += whole.length;
  }
  return next - 1;
}
