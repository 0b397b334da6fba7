/** Routes that answer JSON from a function: whoami, requests, skills. Plugged in by the composition root. */

export interface ApiRequest {
  readonly requestId: string;
  readonly tenantId: string;
  readonly keyName: string;
  /** Segments of the pattern in braces, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined for an empty body. Unchecked beyond its syntax. */
  readonly body: unknown;
}

export interface ApiReply {
  readonly status: number;
  readonly json: unknown;
}

export interface ApiRoute {
  readonly method: 'GET' | 'POST';
  /** `/v1/skills/{id}/approve`: literal segments, and names in braces for one non-empty segment each. */
  readonly pattern: string;
  /** May throw `IngestError`; its code decides the answer. */
  readonly handle: (request: ApiRequest) => Promise<ApiReply> | ApiReply;
}

/** A path that matched: the routes by method and the values of its braces. */
export interface ApiMatch {
  readonly pattern: string;
  readonly byMethod: ReadonlyMap<string, ApiRoute>;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly text: string;
  readonly segments: readonly string[];
  readonly byMethod: Map<string, ApiRoute>;
}

/** Longest path that is matched; longer ones are unknown. */
const PATH_CHARS_MAX = 512;

/** Finds routes by path: literal segments win over braces in the order of registration. */
export class ApiRoutes {
  readonly #patterns: Pattern[] = [];

  constructor(routes: readonly ApiRoute[]) {
    for (const route of routes) {
      let pattern = this.#patterns.find((candidate) => candidate.text === route.pattern);
      if (pattern === undefined) {
        pattern = { text: route.pattern, segments: route.pattern.split('/'), byMethod: new Map() };
        this.#patterns.push(pattern);
      }
      pattern.byMethod.set(route.method, route);
    }
    const braces = (pattern: Pattern): number => pattern.segments.filter((segment) => segment.startsWith('{')).length;
    this.#patterns.sort((a, b) => braces(a) - braces(b));
  }

  match(path: string): ApiMatch | undefined {
    if (path.length > PATH_CHARS_MAX) return undefined;
    const segments = path.split('/');
    for (const pattern of this.#patterns) {
      const params = matchSegments(pattern.segments, segments);
      if (params !== undefined) return { pattern: pattern.text, byMethod: pattern.byMethod, params };
    }
    return undefined;
  }
}

function matchSegments(expected: readonly string[], found: readonly string[]): Record<string, string> | undefined {
  if (expected.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = found[index]!;
    if (!segment.startsWith('{')) {
      if (segment !== value) return undefined;
      continue;
    }
    const decoded = decodeSegment(value);
    if (decoded === undefined) return undefined;
    params[segment.slice(1, -1)] = decoded;
  }
  return params;
}

function decodeSegment(value: string): string | undefined {
  try {
    const decoded = decodeURIComponent(value);
    return decoded === '' || decoded.includes('/') || decoded.includes('\0') ? undefined : decoded;
  } catch {
    // A broken percent escape names nothing.
    return undefined;
  }
}
