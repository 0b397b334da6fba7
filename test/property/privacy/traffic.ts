/**
 * Requests with canaries: a secret in every place of a text of every capture, a text in every place of a prompt or an
 * output, each alone and all at once, as JSON and protobuf; and requests that are refused, with secrets in bodies, paths
 * and headers. The lists of prompt and output names are this file's own, after the product's page.
 */

import { gzipSync } from 'node:zlib';
import { DOCUMENTS, type Document, encoded, PATHS } from './bodies.ts';
import { secretCanary, textCanary } from './canaries.ts';
import { fresh, type Json, type Place, pathKey, placesOf, plant, plantMany, recordOf } from './planting.ts';
import type { Post } from './running-server.ts';

const PROMPT_NAMES = new Set(
  `prompt prompt_text user_prompt command_args task custom_instructions cursor.prompt gen_ai.input.messages system_prompt
  new_context`.split(/\s+/),
);
const EMITTER_NAMES = new Set(['prompt', 'prompt_text', 'user_prompt']);
const OUTPUT_NAMES = new Set(
  `tool_response stdout stderr content originalFile structuredPatch tool_output result_json output response
  last_assistant_message agent_message text delta summary compact_summary old_string new_string edits tool_calls
  response.model_output gen_ai.output.messages`.split(/\s+/),
);

export type PlantedKind = 'secret' | 'prompt' | 'output';

/** One canary: what was planted where. Its number is its index in `Traffic.planted`. */
export interface Planted {
  readonly kind: PlantedKind;
  readonly where: string;
  /** Sent by Claude Code's own exporter as its prompt: opted in where it was sent. */
  readonly isEmitterPrompt: boolean;
}

export interface Traffic {
  readonly posts: readonly Post[];
  /** Those of them that carry prompts and outputs. */
  readonly textPosts: readonly Post[];
  readonly planted: readonly Planted[];
}

/** Everything, numbered in the order of the posts. */
export function buildTraffic(): Traffic {
  const posts: Post[] = [];
  const textPosts: Post[] = [];
  const planted: Planted[] = [];
  const isNew = firstOfItsKind();
  for (const document of DOCUMENTS) {
    const places = placesOf(document.body);
    const leaves = leavesOf(places).filter((place) => !isNumber(place));
    const texts = leaves.filter((place) => kindOf(place) !== undefined);
    const lonely = places.filter((place) => isNew(document, place));
    for (const bodyType of document.bodyTypes) {
      const sow = new Sower(document, bodyType, planted);
      for (const place of lonely) {
        // Ids and numbers of protobuf hold no text.
        if (bodyType === 'protobuf' && isNumber(place)) continue;
        posts.push(sow.alone(place, 'secret'));
        if (texts.includes(place)) textPosts.push(sow.alone(place, kindOf(place)!));
      }
      posts.push(sow.atOnce(leaves.length > 4000 ? distinct(leaves) : leaves, () => 'secret'));
      if (texts.length > 0) textPosts.push(sow.atOnce(texts, (place) => kindOf(place)!));
    }
  }
  posts.push(...textPosts, ...refused(planted));
  return { posts, textPosts, planted };
}

class Sower {
  private readonly document: Document;
  private readonly bodyType: 'json' | 'protobuf';
  private readonly planted: Planted[];

  constructor(document: Document, bodyType: 'json' | 'protobuf', planted: Planted[]) {
    this.document = document;
    this.bodyType = bodyType;
    this.planted = planted;
  }

  alone(place: Place, kind: PlantedKind): Post {
    const { body, path } = recordOf(this.document.body, place);
    return this.post(plant(body, path, this.canary(place, kind)));
  }

  atOnce(places: readonly Place[], kindAt: (place: Place) => PlantedKind): Post {
    const texts = places.map((place): [string, string] => [pathKey(place.path), this.canary(place, kindAt(place))]);
    return this.post(plantMany(this.document.body, new Map(texts)));
  }

  private canary(place: Place, kind: PlantedKind): string {
    const where = `${this.document.name} as ${this.bodyType}: ${place.names.join('.')}`;
    this.planted.push({ kind, where, isEmitterPrompt: isEmitterPrompt(this.document, place) });
    const index = this.planted.length - 1;
    return kind === 'secret' ? secretCanary(index) : textCanary(index);
  }

  private post(body: Json): Post {
    const contentType = this.bodyType === 'json' ? 'application/json' : 'application/x-protobuf';
    const bytes = encoded(this.document, fresh(body, this.planted.length), this.bodyType);
    return {
      path: PATHS[this.document.provider][this.document.signal],
      headers: { 'content-type': contentType },
      body: bytes,
    };
  }
}

/** Bodies that do not decode and requests that are not let in, with secrets in all that a client can choose. */
function refused(planted: Planted[]): Post[] {
  const secret = (where: string): string => {
    planted.push({ kind: 'secret', where, isEmitterPrompt: false });
    return secretCanary(planted.length - 1);
  };
  const header = (where: string): string => secret(where).replace(/[^\x20-\x7e]/g, ' ');
  const url = (where: string): string => encodeURIComponent(secret(where));
  const path = '/v1/otel/claude/logs';
  const body = (where: string): Buffer => Buffer.from(JSON.stringify({ resourceLogs: [{ schemaUrl: secret(where) }] }));
  const post = (headers: Record<string, string>, bytes: Uint8Array, at = path): Post => ({
    path: at,
    headers,
    body: bytes,
  });
  const protobuf = { 'content-type': 'application/x-protobuf' };
  const posts: Post[] = [];
  for (const cut of [0.3, 0.7, 0.95]) {
    const whole = body(`JSON cut at ${cut}`);
    posts.push(post({}, whole.subarray(0, whole.length * cut)));
  }
  posts.push(
    post({}, Buffer.from(`{"resourceLogs": ${JSON.stringify(secret('a text instead of a list'))}}`)),
    post({}, Buffer.from(`{${JSON.stringify(secret('an unknown key'))}: `)),
    post({}, Buffer.from(secret('a text instead of JSON'))),
    post(protobuf, Buffer.from(secret('a text instead of protobuf'))),
    post(protobuf, body('JSON as protobuf')),
    post({ 'content-encoding': 'gzip' }, body('no gzip')),
    post({ 'content-encoding': 'gzip' }, gzipSync(body('gzip cut off')).subarray(0, -12)),
    post({ 'content-encoding': header('a content encoding') }, body('behind an unknown encoding')),
    post({ 'content-type': header('a content type') }, body('behind an unknown content type')),
    post(
      { 'content-type': `application/json; note=${header('a parameter of a content type')}` },
      body('behind a parameter'),
    ),
    post({ 'user-agent': header('a user agent') }, Buffer.from('{}')),
    post({ 'x-note': header('a header of its own') }, Buffer.from('{}')),
    post({ cookie: header('a cookie') }, Buffer.from('{}')),
    post({ traceparent: header('a trace parent') }, Buffer.from('{}')),
    post({ authorization: `Bearer ${header('a key that is unknown')}` }, body('behind an unknown key')),
    post({ authorization: header('an authorization header') }, body('behind no key')),
    post({}, Buffer.from('{}'), `${path}?note=${url('a query')}`),
    post({}, Buffer.from('{}'), `/v1/otel/${url('an agent')}/logs`),
    post({}, Buffer.from('{}'), `/v1/otel/claude/${url('a signal')}`),
    post({}, Buffer.from('{}'), `/v1/skills/${url('a skill')}/approve`),
    post({}, body('a hook that is none'), '/v1/otel/codex/hooks'),
    post({}, Buffer.from(`[${JSON.stringify(secret('a list of texts'))}]`), '/v1/otel/codex/hooks'),
    post(protobuf, body('protobuf to hooks'), '/v1/otel/cursor/hooks'),
    post({}, body('the end of a session'), '/v1/sessions/end'),
  );
  return posts;
}

function kindOf({ names }: Place): 'prompt' | 'output' | undefined {
  if (names.some((name) => OUTPUT_NAMES.has(name))) return 'output';
  return names.some((name) => PROMPT_NAMES.has(name) || name.startsWith('gen_ai.prompt.')) ? 'prompt' : undefined;
}

/** Claude's OTLP prompt attributes count as opted in where they were sent; a tool's `prompt` argument is none. */
function isEmitterPrompt({ provider, signal }: Document, { names }: Place): boolean {
  if (provider !== 'claude_code' || signal === 'hooks') return false;
  return names.some((name) => EMITTER_NAMES.has(name)) && !names.includes('tool_input');
}

/** Places that differ only in their index say the same. */
function distinct(places: readonly Place[]): Place[] {
  return [...new Map(places.map((place) => [kindOfPlace(place), place])).values()];
}

const kindOfPlace = ({ path, names }: Place): string =>
  `${path.map((step) => (typeof step === 'number' ? '*' : step)).join('/')} ${names.join('/')}`;

/** Whether no capture of the same agent and signal had a text there before, in a record of the same event. */
function firstOfItsKind(): (document: Document, place: Place) => boolean {
  const seen = new Set<string>();
  return ({ provider, signal, body }, place) => {
    const { body: record } = recordOf(body, place);
    const event = /"(?:event\.name|hook_event_name)","value":\{"stringValue":"([^"]*)|"hook_event_name":"([^"]*)/.exec(
      JSON.stringify(record),
    );
    const key = [provider, signal, event?.[1] ?? event?.[2], kindOfPlace(place)].join(' ');
    return !seen.has(key) && seen.add(key).has(key);
  };
}

/** Places that hold no others: not the JSON strings whose inside is planted. */
function leavesOf(places: readonly Place[]): Place[] {
  const holders = new Set(
    places.flatMap(({ path }) => path.flatMap((step, at) => (step === '~' ? [pathKey(path.slice(0, at))] : []))),
  );
  return places.filter((place) => !holders.has(pathKey(place.path)) && place.names.at(-1) !== 'key');
}

/** Times and other numbers that travel as strings: a text there makes the body invalid. */
function isNumber({ names, text }: Place): boolean {
  return (
    /UnixNano$|^(?:traceId|spanId|parentSpanId|intValue|asInt|count|bucketCounts)$/.test(names.at(-1)!) &&
    /^-?[0-9a-f]*$/.test(text)
  );
}
