/**
 * What privacy costs and what it finds: the worker pipeline with and without scrubbing, on clean records of each agent and
 * on records full of secrets; the scan of clean text against the plain way (every rule as a regular expression); recall
 * and precision on the project's own corpus.
 */

import { Tape } from '../../src/model/tape.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { Redactor } from '../../src/privacy/redactor.ts';
import { SECRET_RULES } from '../../src/privacy/rules.ts';
import { Scrubber } from '../../src/privacy/scrub.ts';
import { buildCorpus } from '../../test/golden/redaction/corpus.ts';
import { measure } from '../../test/golden/redaction/measure.ts';
import { type Body, type BodyShape, Fleet } from '../fleet.ts';
import { ratioOf } from '../guard/ratio.ts';
import { compact, microBench } from '../micro-bench.ts';
import { PIPELINE_OPTIONS, tasksOf } from '../pipeline-tasks.ts';
import { printTable } from '../table.ts';

const SHAPES: readonly (readonly [title: string, shape: BodyShape, bodies: number])[] = [
  ['Claude Code logs', { provider: 'claude_code', signal: 'logs', bodyType: 'protobuf', records: 100 }, 20],
  ['Codex logs', { provider: 'codex', signal: 'logs', bodyType: 'protobuf', records: 100 }, 20],
  ['Codex traces', { provider: 'codex', signal: 'traces', bodyType: 'protobuf', records: 100 }, 20],
  ['Claude Code hooks', { provider: 'claude_code', signal: 'hooks', bodyType: 'json', records: 1 }, 500],
];

const ROUNDS = 24;

/** The scrubber's own entry points, switched off for the runs without it. */
let isScrubbing = true;
const { scrubRecord, scrubResource, scrubScope } = Scrubber.prototype;
Scrubber.prototype.scrubRecord = function (this: Scrubber, ...args): void {
  if (isScrubbing) scrubRecord.apply(this, args);
};
Scrubber.prototype.scrubResource = function (this: Scrubber, view): void {
  if (isScrubbing) scrubResource.call(this, view);
};
Scrubber.prototype.scrubScope = function (this: Scrubber, view): void {
  if (isScrubbing) scrubScope.call(this, view);
};

async function benchPipeline(title: string, bodies: readonly Body[], hasSecrets: boolean): Promise<string[]> {
  const tasks = tasksOf(bodies);
  const pipeline = new Pipeline(PIPELINE_OPTIONS);
  const run = (scrubs: boolean) => {
    isScrubbing = scrubs;
    return tasks.map((task) => pipeline.run(task));
  };
  const found = run(true).reduce(
    (sum, { redactions }) => sum + Object.values(redactions).reduce((a, b) => a + b, 0),
    0,
  );
  const records = bodies.reduce((sum, body) => sum + body.records, 0);
  // The fleet's people leave a secret in a command now and then.
  if (hasSecrets ? found < records : found > records / 50) throw new Error(`${title}: ${found} secrets in ${records}`);
  // CPU time, both sides in turn: a difference of a few per cent drowns in wall time.
  const { ratio, ours, reference } = await ratioOf(
    () => run(true),
    () => run(false),
    ROUNDS,
  );
  const perSecond = (micros: number): string => compact((records / micros) * 1e6);
  return [
    title,
    `${found} in ${records}`,
    perSecond(ours),
    perSecond(reference),
    ((ours - reference) / records).toFixed(2),
    `${((1 - ratio) * 100).toFixed(0)} %`,
  ];
}

/** Each record's terminal (or cwd) becomes a command with a secret, in OTLP/JSON and hooks. */
function dirty(bodies: readonly Body[]): Body[] {
  return bodies.map((body, index) => {
    const secret = `zQ8fK2mVt4LpX9rB${index}`;
    const command = `curl -H 'Authorization: Bearer ${secret}' https://u:${secret}@h/`;
    const text = body.bytes
      .toString('utf8')
      .replace(/"(xterm[^"]*|tmux[^"]*|vscode|iTerm\.app|\/home\/[^"]*)"/g, () => JSON.stringify(command));
    return { ...body, bytes: Buffer.from(text) };
  });
}

function benchText(): Promise<unknown> {
  const lines = buildCorpus().lookAlikes.map((text) => Buffer.from(text));
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  const tape = new Tape();
  const spans = lines.map((line) => ({ start: tape.append(line), length: line.length }));
  const redactor = new Redactor();
  const plain = SECRET_RULES.map(({ literals, before = '', after }) => {
    const heads = literals.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
    return new RegExp(`${before}(?:${heads})${after}`, 'g');
  });
  const scan = () => spans.reduce((sum, { start, length }) => sum + redactor.redactText(tape, start, length), 0);
  if (scan() !== 0) throw new Error('a look-alike was redacted');
  return microBench({
    title: `scan of ${lines.length} clean texts (${bytes} bytes)`,
    unit: 'bytes',
    unitsPerRun: bytes,
    cases: [
      { name: 'literals first, rules where they hit', run: scan },
      {
        name: 'every value rule as a regular expression',
        run: () => lines.map((line) => plain.some((rule) => rule.exec(line.toString('utf8')) !== null)),
      },
    ],
  });
}

function printRecall(): void {
  const tape = new Tape();
  const redactor = new Redactor();
  const result = measure(buildCorpus(), (text) => {
    tape.reset();
    const line = Buffer.from(text);
    const found = redactor.redactText(tape, tape.append(line), line.length);
    return found === 0 ? text : tape.text(redactor.start, redactor.length);
  });
  const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;
  const rows = result.kinds.map(({ name, found, total }) => [name, `${found}`, `${total}`, percent(found / total)]);
  rows.push(['all kinds', `${result.positives - result.missed.length}`, `${result.positives}`, percent(result.recall)]);
  printTable('recall by kind of secret', ['kind', 'found', 'of', 'recall'], rows);
  const changed = result.wronglyChanged.length;
  printTable(
    'precision',
    ['', 'changed', 'of', 'precision'],
    [['look-alikes', `${changed}`, `${result.lookAlikes}`, percent(result.precision)]],
  );
}

const rows: string[][] = [];
for (const [title, shape, count] of SHAPES) {
  rows.push(await benchPipeline(title, new Fleet(7).bodies(shape, count), false));
}
const json: BodyShape = { provider: 'claude_code', signal: 'logs', bodyType: 'json', records: 100 };
rows.push(await benchPipeline('Claude Code logs, a secret or two in each', dirty(new Fleet(7).bodies(json, 20)), true));
printTable(
  'privacy in the pipeline, per CPU second',
  ['', 'secrets', 'records with', 'without', 'µs a record', 'share'],
  rows,
);
await benchText();
printRecall();
