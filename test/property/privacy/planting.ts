/** Finds every place of a text in a request body, JSON inside strings included, and plants other texts there. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Place {
  /** Names and indices from the root; `~` steps into the JSON inside a string. */
  readonly path: readonly (string | number)[];
  /** The text that stands there. */
  readonly text: string;
  /** Names on the way, attribute names in place of `key` and `value`: what the place means. */
  readonly names: readonly string[];
}

/** All string values; the names of attributes (`key`) too. */
export function placesOf(body: Json): Place[] {
  const places: Place[] = [];
  visit(body, [], [], places);
  return places;
}

function visit(value: Json, path: readonly (string | number)[], names: readonly string[], places: Place[]): void {
  if (typeof value === 'string') {
    places.push({ path, text: value, names });
    const inner = parsed(value);
    if (inner !== undefined) visit(inner, [...path, '~'], names, places);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    value.forEach((element, index) => {
      visit(element, [...path, index], names, places);
    });
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    const attribute = key === 'value' && typeof value['key'] === 'string' ? value['key'] : key;
    visit(child, [...path, key], [...names, attribute], places);
  }
}

/** The body with another text at this place; the given one is not changed. */
export function plant(body: Json, path: readonly (string | number)[], text: string): Json {
  const [step, ...rest] = path;
  if (step === undefined) return text;
  if (step === '~') return JSON.stringify(plant(parsed(body as string)!, rest, text));
  if (Array.isArray(body)) return body.map((element, index) => (index === step ? plant(element, rest, text) : element));
  const object = body as { [key: string]: Json };
  return { ...object, [step]: plant(object[step]!, rest, text) };
}

/** The body with other texts at many places, by `pathKey`; what stands inside a replaced text is gone with it. */
export function plantMany(
  body: Json,
  texts: ReadonlyMap<string, string>,
  path: readonly (string | number)[] = [],
): Json {
  if (typeof body === 'string') {
    const planted = texts.get(pathKey(path));
    if (planted !== undefined) return planted;
    const inner = parsed(body);
    return inner === undefined ? body : JSON.stringify(plantMany(inner, texts, [...path, '~']));
  }
  if (typeof body !== 'object' || body === null) return body;
  if (Array.isArray(body)) return body.map((element, index) => plantMany(element, texts, [...path, index]));
  return Object.fromEntries(Object.entries(body).map(([key, child]) => [key, plantMany(child, texts, [...path, key])]));
}

/**
 * The body with ids and times of its own, made from `seed`, so that no two bodies make rows with the same key: of those
 * the store keeps one.
 */
export function fresh(body: Json, seed: number): Json {
  let count = 0;
  const id = (digits: number, radix: number): string =>
    (BigInt(seed) * 10_000n + BigInt(count++)).toString(radix).padStart(digits, '0').slice(-digits);
  const renew = (value: Json, key: string, attribute: string): Json => {
    if (typeof value === 'string') {
      if (key === 'spanId' && /^[0-9a-f]{16}$/.test(value)) return id(16, 16);
      if (/^(?:observedT|t)imeUnixNano$/.test(key) && /^\d{19}$/.test(value)) return value.slice(0, 7) + id(12, 10);
      return attribute === 'cursor.event.id' && key === 'stringValue' && /^[\w:-]{1,24}$/.test(value)
        ? id(16, 16)
        : value;
    }
    if (Array.isArray(value)) return value.map((element) => renew(element, key, attribute));
    if (typeof value !== 'object' || value === null) return value;
    const own = typeof value['key'] === 'string' ? value['key'] : attribute;
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, renew(child, name, own)]));
  };
  return renew(body, '', '');
}

export function pathKey(path: readonly (string | number)[]): string {
  return path.join('\u0000');
}

/** Only the resource, scope and record in which the place lies, so that a long body need not be sent for one place. */
export function recordOf(body: Json, place: Place): { body: Json; path: readonly (string | number)[] } {
  const path = [...place.path];
  const levels = ['resource', 'scope', ''].map((_, level) => level * 2 + 1).filter((index) => index < 6);
  let trimmed = body;
  for (const index of levels) {
    const step = path[index];
    if (typeof step !== 'number' || typeof path[index - 1] !== 'string') break;
    trimmed = keepOnly(trimmed, path.slice(0, index), step);
    path[index] = 0;
  }
  return { body: trimmed, path };
}

function keepOnly(body: Json, path: readonly (string | number)[], index: number): Json {
  const [step, ...rest] = path;
  if (step === undefined) return [(body as Json[])[index]!];
  if (Array.isArray(body)) return body.map((element, at) => (at === step ? keepOnly(element, rest, index) : element));
  const object = body as { [key: string]: Json };
  return { ...object, [step]: keepOnly(object[step]!, rest, index) };
}

function parsed(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
