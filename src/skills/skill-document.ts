/**
 * Renders and checks the two texts of a skill: SKILL.md by the Agent Skills rules (agentskills.io: name of 1–64 letters,
 * digits and single hyphens equal to its directory; description of 1–1024 characters) and the Cursor rule (.mdc: keys
 * description, globs, alwaysApply). Front matter is made of plain scalars only, which strict and lenient readers agree on.
 */

import { cutText } from './cut-text.ts';

export interface SkillText {
  readonly id: string;
  /** One line: what it does and when to use it. */
  readonly description: string;
  /** Markdown below the front matter. */
  readonly body: string;
  /** Paths that the Cursor rule attaches to; '' when it goes by its description. */
  readonly globs: string;
}

export interface SkillDocument {
  readonly skillMd: string;
  readonly cursorMdc: string;
}

export const DESCRIPTION_CHARS_MAX = 1024;
const NAME_CHARS_MAX = 64;
const SLUG_CHARS_MAX = 50;
const BODY_LINES_MAX = 500;
const BODY_BYTES_MAX = 32 * 1024;

export function renderSkill(text: SkillText): SkillDocument {
  const description = plainScalar(text.description);
  const globs = text.globs === '' ? [] : [`globs: ${text.globs}`];
  const body = text.body.trim();
  const skillMd = ['---', `name: ${text.id}`, `description: ${description}`, '---', '', body, ''].join('\n');
  const cursorMdc = [
    ...['---', `description: ${description}`, ...globs, 'alwaysApply: false', '---'],
    ...['', body, ''],
  ].join('\n');
  return { skillMd, cursorMdc };
}

/**
 * One line that YAML reads back as itself without quotes: no `: `, no ` #`, no indicator at its start, no trailing colon.
 */
export function plainScalar(text: string): string {
  const line = text
    .normalize('NFC')
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uD800-\uDFFF]+/gu, ' ')
    .replace(/["'`\\{}[\]|<>]/g, '')
    .replace(/:(?=\s|$)/g, ',')
    .replace(/\s#/g, ' no. ')
    .replace(/\s+/g, ' ')
    .trim();
  const opened = line.replace(/^[^\p{L}]+/u, '');
  return cutText(opened, DESCRIPTION_CHARS_MAX).trimEnd();
}

/** Lower case, digits and single hyphens, cut behind a whole word at 50 characters, so that a suffix still fits. */
export function slugOf(text: string): string {
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  let slug = (words.shift() ?? 'skill').slice(0, SLUG_CHARS_MAX);
  for (const word of words) {
    if (slug.length + 1 + word.length > SLUG_CHARS_MAX) break;
    slug += `-${word}`;
  }
  return isOtherYamlType(slug) ? `skill-${slug}` : slug;
}

/** Words that YAML 1.1 or 1.2 reads as a number, a date, a boolean or null when they stand unquoted, as a name does. */
function isOtherYamlType(slug: string): boolean {
  return /^[0-9]|^(?:null|true|false|yes|no|on|off|y|n)$/.test(slug);
}

/** 1 to 64 lower-case letters, digits and single hyphens that YAML does not read as a number, a date or a boolean. */
export function isSkillName(name: string): boolean {
  return name.length <= NAME_CHARS_MAX && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && !isOtherYamlType(name);
}

/** Problems of the rendered texts; empty when both are valid. */
export function checkDocument(document: SkillDocument, id: string): string[] {
  const problems: string[] = [];
  if (!isSkillName(id)) problems.push('name must be 1 to 64 lower-case letters, digits and single hyphens');
  problems.push(...checkSkillMd(document.skillMd, id), ...checkCursorRule(document.cursorMdc));
  return problems;
}

function checkSkillMd(text: string, id: string): string[] {
  const problems: string[] = [];
  const front = readFrontMatter(text);
  if (front === undefined) return ['SKILL.md has no front matter'];
  if (front.fields.get('name') !== id) problems.push('name must equal the directory');
  const description = front.fields.get('description') ?? '';
  if (description.length === 0 || description.length > DESCRIPTION_CHARS_MAX) {
    problems.push('description must have 1 to 1024 characters');
  }
  if (plainScalar(description) !== description) problems.push('description is not a plain scalar');
  return [...problems, ...checkBody(front.body)];
}

function checkBody(body: string): string[] {
  const problems: string[] = [];
  if (body.trim() === '') problems.push('body is empty');
  if (body.split('\n').length > BODY_LINES_MAX) problems.push(`body is longer than ${BODY_LINES_MAX} lines`);
  if (Buffer.byteLength(body) > BODY_BYTES_MAX) problems.push(`body is larger than ${BODY_BYTES_MAX} bytes`);
  if (/^---\s*$/m.test(body)) problems.push('body contains a front matter line');
  if (/[^\P{Cc}\n\t]/u.test(body)) problems.push('body contains control characters');
  if ((body.match(/^```/gm)?.length ?? 0) % 2 !== 0) problems.push('a code block is not closed');
  return problems;
}

const RULE_KEYS = new Set(['description', 'globs', 'alwaysApply']);

function checkCursorRule(text: string): string[] {
  const front = readFrontMatter(text);
  if (front === undefined) return ['Cursor rule has no front matter'];
  const problems: string[] = [];
  for (const key of front.fields.keys())
    if (!RULE_KEYS.has(key)) problems.push(`Cursor rule has an unknown key ${key}`);
  if (!front.fields.has('description')) problems.push('Cursor rule has no description');
  if (!/^(?:true|false)$/.test(front.fields.get('alwaysApply') ?? '')) problems.push('alwaysApply must be a boolean');
  const globs = front.fields.get('globs');
  if (globs !== undefined && !/^[A-Za-z0-9._@/*,{}-]+$/.test(globs)) problems.push('globs must be plain patterns');
  return problems;
}

/** Fields of the front matter as we write it: one `key: plain scalar` a line. */
function readFrontMatter(text: string): { fields: Map<string, string>; body: string } | undefined {
  const match = /^---\n((?:[A-Za-z-]+: [^\n]*\n)+)---\n([\s\S]*)$/.exec(text);
  if (match === null) return undefined;
  const fields = new Map<string, string>();
  for (const line of match[1]!.trimEnd().split('\n')) {
    const colon = line.indexOf(': ');
    fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return { fields, body: match[2]! };
}
