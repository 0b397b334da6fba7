/** Sends a hook's payloads within the agent's time, or leaves them in the queue, which is loaded only then. */

import { fs } from '../builtins.ts';
import { isApiKey, parseEndpoint, readConfig } from '../config-file.ts';
import { type CliSettings, DEFAULT_ENDPOINT, inModaHome, QUEUE_FOLDER, SILENCE_FILE } from '../settings.ts';
import { isDelivered, isHopeless, post, type QueuedPost } from './post.ts';

/** How long hooks leave a server alone that accepted a connection and then did not answer. */
const SILENCE_MS = 15_000;

export interface HookConnection {
  readonly endpoint: string;
  readonly apiKey: string;
}

/**
 * Key and server for a hook. The environment comes first; but a saved key goes only to the server it was saved for, or to
 * this machine: a repository can set MODA_ENDPOINT for the agent that works in it, and must not get the key that way.
 */
export function hookConnection(settings: CliSettings): HookConnection | undefined {
  const saved = readConfig(settings.home);
  const apiKey = settings.apiKey ?? saved.apiKey;
  if (apiKey === undefined || !isApiKey(apiKey)) return undefined;
  const named = settings.endpoint === undefined ? undefined : parseEndpoint(settings.endpoint);
  const isTrusted = settings.apiKey !== undefined || saved.endpoint === undefined || isLoopback(named);
  const chosen = (isTrusted ? named : undefined) ?? saved.endpoint ?? named ?? DEFAULT_ENDPOINT;
  const endpoint = parseEndpoint(chosen);
  return endpoint === undefined ? undefined : { endpoint, apiKey };
}

/** What became of a payload: sent, kept for later, or dropped because the server refuses its content. */
export type Delivery = 'sent' | 'queued' | 'dropped';

export interface Sender {
  readonly home: string;
  readonly connection: HookConnection;
  /** A server that takes longer than this gets the payload later. */
  readonly timeoutMs: number;
}

/** Sends one payload, or queues it under `id`. */
export async function deliver(
  { home, connection, timeoutMs }: Sender,
  queued: QueuedPost,
  id: string,
): Promise<Delivery> {
  const isSilent = wentSilent(home, Date.now());
  const outcome = isSilent ? undefined : await post({ ...connection, ...queued, timeoutMs });
  if (outcome !== undefined && isDelivered(outcome)) return 'sent';
  if (outcome !== undefined && isHopeless(outcome)) return 'dropped';
  const { enqueue, noteSilence } = await import('./queue.ts');
  if (outcome?.kind === 'timeout') noteSilence(home, true);
  enqueue(home, queued, Date.now(), id);
  return 'queued';
}

/** Whether payloads of former hooks wait. */
export function hasQueue(home: string): boolean {
  try {
    return fs.readdirSync(inModaHome(home, QUEUE_FOLDER)).length > 0;
  } catch {
    // No queue yet.
    return false;
  }
}

/** Whether the server went silent a moment ago, so that the agent should not wait for it at every hook. */
function wentSilent(home: string, nowMs: number): boolean {
  const stat = fs.statSync(inModaHome(home, SILENCE_FILE), { throwIfNoEntry: false });
  return stat !== undefined && nowMs - stat.mtimeMs < SILENCE_MS;
}

function isLoopback(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return false;
  const { hostname } = new URL(endpoint);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
