/**
 * The two request shapes that model endpoints speak, chosen by URL: a path ending in `/messages` is Anthropic's, one ending
 * in `/chat/completions` OpenAI's; a base URL is completed, by Anthropic's path on its own host and by OpenAI's elsewhere.
 * Sources: Anthropic Messages API 2023-06-01, OpenAI Chat Completions.
 */

export interface ModelEndpoint {
  readonly url: string;
  readonly key: string;
  readonly name: string;
}

export interface ModelRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type ModelProtocol = 'anthropic' | 'openai';

/** Protocol and full URL of an endpoint; throws TypeError when the URL does not parse. */
export function resolveEndpoint(address: string): { protocol: ModelProtocol; url: string } {
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, '');
  if (path.endsWith('/messages')) return { protocol: 'anthropic', url: url.href };
  if (path.endsWith('/chat/completions')) return { protocol: 'openai', url: url.href };
  const isAnthropic = url.hostname === 'anthropic.com' || url.hostname.endsWith('.anthropic.com');
  const versioned = /\/v\d+$/.test(path) ? path : `${path}/v1`;
  url.pathname = `${versioned}${isAnthropic ? '/messages' : '/chat/completions'}`;
  return { protocol: isAnthropic ? 'anthropic' : 'openai', url: url.href };
}

/** One request with a system text and a user text; temperature 0, so that a retry asks for the same. */
export function modelRequest(endpoint: ModelEndpoint, system: string, user: string, tokensMax: number): ModelRequest {
  const { protocol, url } = resolveEndpoint(endpoint.url);
  const common = { model: endpoint.name, max_tokens: tokensMax, temperature: 0 };
  const json = { 'content-type': 'application/json', accept: 'application/json' };
  if (protocol === 'anthropic') {
    const headers = { ...json, 'anthropic-version': '2023-06-01', ...(endpoint.key && { 'x-api-key': endpoint.key }) };
    return { url, headers, body: JSON.stringify({ ...common, system, messages: [{ role: 'user', content: user }] }) };
  }
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
  const headers = { ...json, ...(endpoint.key && { authorization: `Bearer ${endpoint.key}` }) };
  return { url, headers, body: JSON.stringify({ ...common, messages }) };
}

/** The text of an answer of either shape; undefined when there is none. The answer is untrusted. */
export function answerText(answer: unknown): string | undefined {
  const root = asRecord(answer);
  const blocks = Array.isArray(root?.['content']) ? root['content'] : undefined;
  if (blocks !== undefined) {
    const texts = blocks.map((block: unknown) => asRecord(block)?.['text']).filter((text) => typeof text === 'string');
    return texts.length === 0 ? undefined : texts.join('');
  }
  const choices = Array.isArray(root?.['choices']) ? root['choices'] : [];
  const content = asRecord(asRecord(choices[0])?.['message'])?.['content'];
  return typeof content === 'string' ? content : undefined;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
