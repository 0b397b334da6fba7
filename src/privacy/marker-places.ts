/** Where redaction and the capture rule left their markers in a scrubbed document, for the dry run. */

export interface MarkerPlace {
  /** Names and indices from the root; attribute names stand for `key` and `value`; `~` is the JSON inside a string. */
  readonly path: string;
  /** `[REDACTED:<rule>]` or `[SUPPRESSED:<class>:<bytes>]`. */
  readonly marker: string;
}

const MARKERS = /\[REDACTED:[a-z0-9-]+\]|\[SUPPRESSED:(?:prompt|output):\d+\]/g;

/** All markers of a parsed document, in its order. */
export function markerPlaces(document: unknown): MarkerPlace[] {
  const places: MarkerPlace[] = [];
  visit(document, '', places);
  return places;
}

function visit(value: unknown, path: string, places: MarkerPlace[]): void {
  if (typeof value === 'string') visitText(value, path, places);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    value.forEach((element: unknown, index) => {
      visit(element, `${path}[${attributeName(element) ?? index}]`, places);
    });
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    const place = path === '' ? key : `${path}.${key}`;
    for (const [marker] of key.matchAll(MARKERS)) places.push({ path: `${place} (key)`, marker });
    visit(child, place, places);
  }
}

function visitText(text: string, path: string, places: MarkerPlace[]): void {
  if (/^\s*[[{]/.test(text)) {
    try {
      visit(JSON.parse(text), `${path}~`, places);
      return;
    } catch {
      // No JSON: a text that begins with a bracket, or JSON that was cut.
    }
  }
  for (const [marker] of text.matchAll(MARKERS)) places.push({ path, marker });
}

function attributeName(element: unknown): string | undefined {
  const key = typeof element === 'object' && element !== null && 'key' in element ? element.key : undefined;
  return typeof key === 'string' ? key : undefined;
}
