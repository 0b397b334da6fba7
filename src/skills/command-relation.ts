/**
 * Says whether one command is the corrected variant of another, and names the correction: the same head with other flags,
 * a wrapped program, a stand-in program for the same action, or another head for the same action.
 */

import type { Command } from './command.ts';
import { FAMILIES, INSPECTING_FLAGS } from './command-tables.ts';

/** `key` is the fingerprint that clusters are counted by. */
export interface CommandRelation {
  readonly kind: 'command' | 'flag';
  readonly key: string;
}

const CHANGED_FLAGS_MAX = 4;

/** Corrections that `right` makes of `wrong`; empty when the two have nothing to do with each other. */
export function relateCommands(wrong: Command, right: Command): CommandRelation[] {
  if (wrong.isExploring || right.isExploring) return [];
  if (right.flags.some((flag) => INSPECTING_FLAGS.has(flag))) return [];
  if (wrong.head === right.head) return relateFlags(wrong, right);
  const key = wrapKey(wrong, right) ?? familyKey(wrong, right) ?? actionKey(wrong, right);
  return key === undefined ? [] : [{ kind: 'command', key }];
}

function relateFlags(wrong: Command, right: Command): CommandRelation[] {
  if (!operandsAgree(wrong.operands, right.operands)) return [];
  const added = right.flags.filter((flag) => !wrong.flags.includes(flag));
  const dropped = wrong.flags.filter((flag) => !right.flags.includes(flag));
  const changes = added.length > 0 ? added.map((flag) => `+${flag}`) : dropped.map((flag) => `-${flag}`);
  return changes
    .slice(0, CHANGED_FLAGS_MAX)
    .map((change) => ({ kind: 'flag' as const, key: `flag|${wrong.head}|${change}` }));
}

/** Operands may be dropped or added, but two quite different lists are two different intents. */
function operandsAgree(wrong: readonly string[], right: readonly string[]): boolean {
  if (wrong.length === 0 || right.length === 0) return true;
  return right.some((word) => wrong.includes(word));
}

/** `pytest` → `uv run pytest`; all programs behind one wrapper are one correction. */
function wrapKey(wrong: Command, right: Command): string | undefined {
  if (!right.head.endsWith(` ${wrong.head}`)) return undefined;
  const wrapper = right.head.slice(0, -wrong.head.length - 1);
  return `wrap|${wrapper}`;
}

/** `npm install` → `pnpm add`, `npm run build` → `pnpm build`: programs of one family, the same action. */
function familyKey(wrong: Command, right: Command): string | undefined {
  const family = FAMILIES.find((names) => names.has(wrong.program) && names.has(right.program));
  if (family === undefined || wrong.program === right.program) return undefined;
  const sameAction = familyAction(wrong) === familyAction(right);
  return sameAction ? `program|${wrong.program}|${right.program}` : undefined;
}

const INSTALLING = /^(install|i|add|ci|sync|get)$/;

/** The sub-command under the name that all of a family share. */
function familyAction(command: Command): string {
  const words = command.head.split(' ').slice(1);
  if (words[0] === 'run' || words[0] === 'compose') words.shift();
  if (words[0] === 'pip') words.shift();
  if (words.length === 0 || INSTALLING.test(words[0]!)) return 'install';
  if (words[0] === 't') return 'test';
  return words.join(' ');
}

function actionKey(wrong: Command, right: Command): string | undefined {
  const sameAction = wrong.action !== '' && wrong.action === right.action;
  if (!sameAction && !sameOperands(wrong, right)) return undefined;
  return `command|${wrong.head}|${right.head}`;
}

/** At least one telling operand, and most of them common. */
function sameOperands(wrong: Command, right: Command): boolean {
  const telling = wrong.operands.filter((word) => word.length >= 4);
  if (telling.length === 0) return false;
  const common = telling.filter((word) => right.operands.includes(word)).length;
  return common / telling.length >= 0.5;
}
