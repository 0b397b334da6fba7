/** Calls a model endpoint: bounded in time, attempts, answer size and calls per run. Says why it failed without payload. */

import { setTimeout as delay } from 'node:timers/promises';

import { answerText, type ModelEndpoint, modelRequest } from './model-protocol.ts';
import type { HarnessSettings } from './settings.ts';

export type ModelAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

/** Requests left in one run; shared by all of its calls. */
export interface ModelBudget {
  callsLeft: number;
}

const RETRY_DELAY_MS = 500;
const RETRY_AFTER_MAX_MS = 10_000;

type Attempt = ModelAnswer & { readonly retryAfterMs?: number };

/** Asks once, and again while the endpoint is overloaded, unreachable or too slow. Never throws. */
export async function callModel(
  endpoint: ModelEndpoint,
  system: string,
  user: string,
  settings: HarnessSettings,
  budget: ModelBudget,
): Promise<ModelAnswer> {
  let last: Attempt = { ok: false, reason: 'the budget of model calls is used up' };
  for (let attempt = 0; attempt < settings.modelAttemptsMax && budget.callsLeft > 0; attempt++) {
    if (attempt > 0) await delay(last.retryAfterMs ?? RETRY_DELAY_MS * 2 ** (attempt - 1));
    budget.callsLeft -= 1;
    last = await attemptCall(endpoint, system, user, settings);
    if (last.ok || last.retryAfterMs === undefined) break;
  }
  return last.ok ? { ok: true, text: last.text } : { ok: false, reason: last.reason };
}

async function attemptCall(
  endpoint: ModelEndpoint,
  system: string,
  user: string,
  settings: HarnessSettings,
): Promise<Attempt> {
  try {
    const { url, headers, body } = modelRequest(endpoint, system, user, settings.modelTokensMax);
    const signal = AbortSignal.timeout(settings.modelTimeoutMs);
    // A redirect could carry the key to another host.
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    if (!response.ok) return refusal(response);
    const text = await readBounded(response, settings.modelAnswerBytesMax);
    if (text === undefined)
      return { ok: false, reason: `the answer is larger than ${settings.modelAnswerBytesMax} bytes` };
    return readAnswer(text);
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
    const reason = isTimeout ? `no answer within ${settings.modelTimeoutMs} ms` : 'the endpoint cannot be reached';
    return { ok: false, reason, retryAfterMs: RETRY_DELAY_MS };
  }
}

async function refusal(response: Response): Promise<Attempt> {
  await response.body?.cancel();
  const reason = `the endpoint answered ${response.status}`;
  if (response.status !== 429 && response.status < 500) return { ok: false, reason };
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : RETRY_DELAY_MS;
  return { ok: false, reason, retryAfterMs: Math.min(retryAfterMs, RETRY_AFTER_MAX_MS) };
}

/** The body as text, or undefined as soon as it is longer than allowed. */
async function readBounded(response: Response, bytesMax: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return '';
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAnswer(text: string): ModelAnswer {
  try {
    const answer = answerText(JSON.parse(text));
    return answer === undefined ? { ok: false, reason: 'the answer has no text' } : { ok: true, text: answer };
  } catch {
    return { ok: false, reason: 'the answer is not JSON' };
  }
}
