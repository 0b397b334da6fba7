/**
 * Canaries: unique secrets in every place of a text of every capture, unique texts in every place of a prompt or an
 * output, one at a time and all at once, in JSON and protobuf, under each deployment; then all that would be stored is
 * searched. The lists of prompt and output names are this file's own, after the product's page.
 */

import { describe, expect, it } from 'vitest';
import { DOCUMENTS, type Document, encoded } from './bodies.ts';
import { secretCanary, secretsIn, textCanary, textsIn } from './canaries.ts';
import { type Json, type Place, pathKey, placesOf, plant, plantMany, recordOf } from './planting.ts';
import { type Deployment, Store } from './stored.ts';

const DEPLOYMENTS: readonly (Deployment & { readonly name: string })[] = [
  { name: 'nothing captured', capturePrompts: false, captureOutputs: false, allowEventLevelOptIn: false },
  { name: 'prompts captured', capturePrompts: true, captureOutputs: false, allowEventLevelOptIn: false },
  { name: 'outputs captured', capturePrompts: false, captureOutputs: true, allowEventLevelOptIn: false },
  { name: 'both captured', capturePrompts: true, captureOutputs: true, allowEventLevelOptIn: false },
  { name: 'opt-in allowed', capturePrompts: false, captureOutputs: false, allowEventLevelOptIn: true },
];

const PROMPT_NAMES = new Set(['prompt', 'prompt_text', 'user_prompt', 'command_args', 'task', 'custom_instructions']);
const EMITTER_NAMES = new Set(['prompt', 'prompt_text', 'user_prompt']);
const OUTPUT_NAMES = new Set(
  `tool_response stdout stderr content originalFile structuredPatch tool_output result_json output response
  last_assistant_message agent_message text delta summary compact_summary old_string new_string edits`.split(/\s+/),
);

type TextKind = 'prompt' | 'output';

function kindOf({ names }: Place): TextKind | undefined {
  if (names.some((name) => OUTPUT_NAMES.has(name))) return 'output';
  return names.some((name) => PROMPT_NAMES.has(name)) ? 'prompt' : undefined;
}

/** Claude's OTLP prompt attributes count as opted in where they were sent; a tool's `prompt` argument is none. */
function isEmitterPrompt({ provider, signal }: Document, { names }: Place): boolean {
  if (provider !== 'claude_code' || signal === 'hooks') return false;
  return names.some((name) => EMITTER_NAMES.has(name)) && !names.includes('tool_input');
}

/** Places that differ only in their index say the same. */
function distinct(places: readonly Place[]): Place[] {
  const seen = new Map<string, Place>();
  for (const place of places) {
    const key = place.path.map((step) => (typeof step === 'number' ? '*' : step)).join('/') + place.names.join('/');
    if (!seen.has(key)) seen.set(key, place);
  }
  return [...seen.values()];
}

function plantAll(body: Json, planted: readonly { place: Place; text: string }[]): Json {
  return plantMany(body, new Map(planted.map(({ place, text }) => [pathKey(place.path), text])));
}

/** Places that hold no others: not the JSON strings whose inside is planted. */
function leavesOf(places: readonly Place[]): Place[] {
  const holders = new Set(
    places.flatMap(({ path }) => path.flatMap((step, at) => (step === '~' ? [pathKey(path.slice(0, at))] : []))),
  );
  return places.filter((place) => !holders.has(pathKey(place.path)) && place.names.at(-1) !== 'key');
}

function mayKeep(document: Document, place: Place, deployment: Deployment): boolean {
  if (kindOf(place) === 'output') return deployment.captureOutputs;
  return deployment.capturePrompts || isEmitterPrompt(document, place);
}

describe('canaries in what would be stored', () => {
  it('[D41] a secret is nowhere, wherever it stood, alone', { timeout: 300_000 }, () => {
    const store = new Store(DEPLOYMENTS[3]!);
    let planted = 0;
    const left: string[] = [];
    for (const document of DOCUMENTS) {
      for (const place of distinct(placesOf(document.body))) {
        const { body, path } = recordOf(document.body, place);
        for (const sent of encoded(document, plant(body, path, secretCanary(++planted)))) {
          if (secretsIn(store.store(sent).rows).length > 0) {
            left.push(`${document.name} ${sent.bodyType} ${place.names.join('.')}: ${secretCanary(planted)}`);
          }
        }
      }
    }
    console.log(`${planted} secrets planted one at a time in ${DOCUMENTS.length} bodies`);
    expect(left).toEqual([]);
    expect(planted).toBeGreaterThan(1500);
  });

  it.each(DEPLOYMENTS)('[D41] all secrets at once, $name: none is left', { timeout: 300_000 }, (deployment) => {
    const store = new Store(deployment);
    let planted = 0;
    for (const document of DOCUMENTS) {
      const places = placesOf(document.body);
      const leaves = leavesOf(places).filter((place) => !isNumber(place));
      const chosen = leaves.length > 4000 ? distinct(leaves) : leaves;
      const texts = chosen.map((place) => ({ place, text: secretCanary(++planted) }));
      for (const sent of encoded(document, plantAll(document.body, texts))) {
        const { rows, result } = store.store(sent);
        expect(result.ok, document.name).toBe(true);
        expect(secretsIn(rows), `${document.name} ${sent.bodyType}`).toEqual([]);
      }
    }
    console.log(`${planted} secrets planted at once, ${deployment.name}`);
  });

  it.each(DEPLOYMENTS)(
    '[D30] [D41] prompts and outputs, $name: only what the rule keeps',
    { timeout: 300_000 },
    (deployment) => {
      const store = new Store(deployment);
      let planted = 0;
      for (const document of DOCUMENTS) {
        const places = leavesOf(placesOf(document.body)).filter((place) => kindOf(place) !== undefined);
        const texts = places.map((place) => ({ place, text: textCanary(++planted), index: planted }));
        const kept = texts.filter(({ place }) => mayKeep(document, place, deployment)).map(({ index }) => index);
        for (const sent of encoded(document, plantAll(document.body, texts))) {
          const stored = textsIn(store.store(sent).rows);
          expect(
            stored.filter((index) => !kept.includes(index)),
            `${document.name} ${sent.bodyType}`,
          ).toEqual([]);
          expect(
            kept.filter((index) => !stored.includes(index)),
            `${document.name} ${sent.bodyType} kept`,
          ).toEqual([]);
        }
      }
      console.log(`${planted} prompts and outputs planted, ${deployment.name}`);
      expect(planted).toBeGreaterThan(100);
    },
  );
});

/** Times and other numbers that travel as strings: a text there makes the body invalid. */
function isNumber({ names, text }: Place): boolean {
  return (
    /UnixNano$|^(?:traceId|spanId|parentSpanId|intValue|asInt|count|bucketCounts)$/.test(names.at(-1)!) &&
    /^-?[0-9a-f]*$/.test(text)
  );
}
