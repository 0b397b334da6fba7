/**
 * The operator's file of redaction rules (MODA_REDACTION_RULES_FILE), parsed and checked at start: a rule that cannot be
 * trusted stops the server before it listens. Format:
 *
 *   { "rules": [{ "id": "acme-key", "pattern": "acme_[a-z0-9]{32}", "caseInsensitive": false, "sample": "acme_…" }],
 *     "allow": ["a text that is never redacted"] }
 */

import type { CustomRule, CustomRules } from '../model/custom-rules.ts';
import { linearTimeProblem } from './linear-pattern.ts';

const RULES_MAX = 100;
const ALLOW_MAX = 10_000;
const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const ID_CHARS_MAX = 64;

export type ParsedCustomRules =
  | { readonly ok: true; readonly rules: CustomRules }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the file's text; all problems at once. Messages name rules by id or position and hold no sample. */
export function parseCustomRules(text: string): ParsedCustomRules {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return { ok: false, problems: ['is not valid JSON'] };
  }
  if (!isObject(file)) return { ok: false, problems: ['must be a JSON object with "rules" and "allow"'] };
  const problems = unknownKeys(file, ['rules', 'allow'], 'file');
  const given = listOf(file['rules'], 'rules', RULES_MAX, problems);
  const rules = given.map((rule, index) => readRule(rule, `rules[${index}]`, problems));
  const allow = listOf(file['allow'], 'allow', ALLOW_MAX, problems);
  allow.forEach((entry, index) => {
    if (typeof entry !== 'string' || entry === '') problems.push(`allow[${index}] must be a string that is not empty`);
  });
  const ids = rules.map((rule) => rule?.id);
  ids.forEach((id, index) => {
    if (id !== undefined && ids.indexOf(id) !== index) problems.push(`rules[${index}]: id "${id}" stands twice`);
  });
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, rules: { rules: rules as CustomRule[], allow: allow as string[] } };
}

function readRule(given: unknown, place: string, problems: string[]): CustomRule | undefined {
  if (!isObject(given)) {
    problems.push(`${place} must be an object`);
    return undefined;
  }
  const found = unknownKeys(given, ['id', 'pattern', 'caseInsensitive', 'sample'], place);
  const { id, pattern, caseInsensitive = false, sample } = given;
  if (typeof id !== 'string' || !ID.test(id) || id.length > ID_CHARS_MAX) {
    found.push(`${place}: id must be lower-case words with dashes, at most ${ID_CHARS_MAX} characters`);
  }
  if (typeof caseInsensitive !== 'boolean') found.push(`${place}: caseInsensitive must be true or false`);
  if (typeof pattern !== 'string' || pattern === '') found.push(`${place}: pattern must be a string that is not empty`);
  if (typeof sample !== 'string' || sample === '') found.push(`${place}: sample must be a string that is not empty`);
  if (found.length === 0) {
    const rule = { id, pattern, caseInsensitive, sample } as CustomRule;
    const problem = patternProblem(rule);
    if (problem === undefined) return rule;
    found.push(`${place}: ${problem}`);
  }
  problems.push(...found);
  return undefined;
}

function patternProblem({ pattern, caseInsensitive, sample }: CustomRule): string | undefined {
  const problem = linearTimeProblem(pattern);
  if (problem !== undefined) return `pattern ${problem}`;
  const expression = new RegExp(pattern, caseInsensitive ? 'i' : '');
  if (expression.test('')) return 'pattern matches the empty text';
  // Texts are searched byte by byte, one character each.
  const match = expression.exec(Buffer.from(sample).toString('latin1'));
  if (match === null) return 'pattern does not match its sample';
  if (match.length > 2) return 'pattern has more than one capture group; group 1 is what is replaced';
  return (match[1] ?? match[0]) === '' ? 'pattern replaces nothing in its sample' : undefined;
}

function listOf(value: unknown, name: string, entriesMax: number, problems: string[]): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push(`"${name}" must be a list`);
    return [];
  }
  if (value.length > entriesMax) problems.push(`"${name}" has more than ${entriesMax} entries`);
  return value.slice(0, entriesMax);
}

function unknownKeys(value: Record<string, unknown>, known: readonly string[], place: string): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `${place}: unknown key ${JSON.stringify(key.slice(0, 64))}; known: ${known.join(', ')}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
