/**
 * Redaction takes linear time on hostile input: every rule, key word and special form against 1 MB and 2 MB of what is
 * worst for it (its beginning again and again, a run that never ends, near misses). CPU time, best of several runs.
 */

import { describe, expect, it } from 'vitest';
import { Tape } from '../../../src/model/tape.ts';
import { KEY_WORDS } from '../../../src/privacy/key-names.ts';
import { Redactor } from '../../../src/privacy/redactor.ts';
import { SECRET_RULES } from '../../../src/privacy/rules.ts';
import { SPECIAL_FORMS } from '../../../src/privacy/special-forms.ts';

const MEGABYTE = 1024 * 1024;
/** Size at which the worst text of a group is chosen. */
const SAMPLE = 8 * 1024;
const RATIO_MAX = 2.5;
/** Below this the clock says little. */
const FLOOR_MS = 4;
const TRIES = 25;

/** A text of this size: the head once, then the rest again and again. */
type Hostile = readonly [head: string, rest: string];

const tape = new Tape();
const redactor = new Redactor();

function cpuMs([head, rest]: Hostile, size: number): number {
  tape.reset();
  const text = Buffer.alloc(size, rest);
  text.write(head, 0, 'latin1');
  const start = tape.append(text);
  const before = process.cpuUsage();
  redactor.redactText(tape, start, size);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Ratio of the best times; more runs only while it is above the bound, since other work on the machine adds, never takes. */
function ratio(text: Hostile): number {
  let one = Number.POSITIVE_INFINITY;
  let two = Number.POSITIVE_INFINITY;
  for (let run = 0; run < TRIES; run++) {
    one = Math.min(one, cpuMs(text, MEGABYTE));
    two = Math.min(two, cpuMs(text, 2 * MEGABYTE));
    if (two / Math.max(one, FLOOR_MS) < RATIO_MAX) break;
  }
  return two / Math.max(one, FLOOR_MS);
}

/** The texts that took longer than linear; of each group only its worst text is tried at full size. */
const offenders = (groups: readonly (readonly Hostile[])[]): string[] =>
  groups.flatMap((group) => {
    const times = group.map((text) => Math.min(cpuMs(text, SAMPLE), cpuMs(text, SAMPLE)));
    const worst = group[times.indexOf(Math.max(...times))]!;
    const found = ratio(worst);
    return found < RATIO_MAX ? [] : [`${JSON.stringify(worst)}: ${found.toFixed(2)}`];
  });

describe('linear time', { timeout: 600_000 }, () => {
  it('every rule, its beginning again and again, with a run behind it, and just too short', () => {
    const texts = SECRET_RULES.map(({ literals: [literal = ''] }): Hostile[] => [
      [literal, `${literal}aB3`],
      [literal, 'aB3'],
      ['', `${literal}a1-`],
    ]);
    expect(offenders(texts)).toEqual([]);
  });

  it('every key word, with what may follow a name', () => {
    const behind = ['=', '="', '\\":\\"', ': |\n', ' is ', '=$', '="\\\\\\', '>'];
    const texts = behind.map((text) => KEY_WORDS.map((word): Hostile => ['', `${word}${text}`]));
    const runs = ['aB3', '\\', '='].map((rest) => KEY_WORDS.map((word): Hostile => [`${word}="`, rest]));
    texts.push(...runs);
    texts.push([
      ['', '**token**: '],
      ['', '| token | '],
      ['', 'token:\n  '],
      ['', 'set token '],
      ['', 'token：'],
    ]);
    texts.push([
      ['', '\\u0070'],
      ['', '\\\\\\u0070assword":"'],
      ['', '\\u0070assword: '],
    ]);
    expect(offenders(texts)).toEqual([]);
  });

  it('every way to write a value behind the same key', () => {
    const behind =
      `=,: ,=",=',="\\,= ,=a,=***,=x&,=$,=<,=%,=Bearer ,=Digest a="b",=["](,: {,\\u0022:\\u0022,%3D,","`.split(',');
    const names = ['token', 'cookie', 'authorization'];
    const texts = behind.map((text) => names.map((name): Hostile => ['', `${name}${text}`]));
    expect(offenders(texts)).toEqual([]);
  });

  it('every special form', () => {
    const texts = SPECIAL_FORMS.map(({ literals }) =>
      literals.flatMap((literal): Hostile[] => [
        ['', `${literal}a:`],
        ['', `${literal} -u a -p`],
        ['', `-----BEGIN ${literal}\nA`],
        ['', `${literal}\\\n`],
        ['', `${literal} "a;`],
        ['', `${literal} a=b <<A\n`],
        ['', `${literal}\ndata:\n a: b1c2d3e\n`],
        ['', `${literal}","data":{"a":"b1c2d3e",`],
      ]),
    );
    expect(offenders(texts)).toEqual([]);
  });

  it('elements and their neighbours', () => {
    const texts = [
      '<password>',
      '<password a',
      '<a name="token" ',
      '<name>token</name><value>a',
      '"token" { default = ',
    ];
    expect(offenders(texts.map((text): Hostile[] => [['', text]]))).toEqual([]);
  });

  it('quotes, backslashes and white space', () => {
    const texts = ['"', "'", '\\', '\\"', ' ', '\n', '://', '://a:b', '<token>', 'name: token, value: ', 'key'].map(
      (text): Hostile[] => [['password="', text]],
    );
    expect(offenders(texts)).toEqual([]);
  });
});
