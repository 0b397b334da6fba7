/** The questions of `moda init`, asked on a terminal. The prompt library is loaded only when there is something to ask. */

import type { Readable, Writable } from 'node:stream';
import { isApiKey } from './config-file.ts';
import { CommandFailure } from './exit-codes.ts';

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Asks for the API key; what is typed is not shown. */
export async function askApiKey(terminal: Terminal, endpoint: string): Promise<string> {
  const { isCancel, password } = await loadPrompts();
  const answer = await password({
    message: `API key for ${endpoint} (not shown while you type)`,
    mask: ' ',
    validate: (typed) => (typed !== undefined && isApiKey(typed.trim()) ? undefined : 'This cannot be an API key'),
    ...terminal,
  });
  if (isCancel(answer)) throw new CommandFailure('CANCELLED', 'cancelled; nothing was changed');
  return answer.trim();
}

/** What ingesting means, in plain words; shown before the question and, with --yes, in its place. */
export const MEANING = [
  'Ingesting coding-agent traces means, for every session of Claude Code, Codex and Cursor on this account:',
  '- which tools ran, for how long, with what success; tokens, models and cost; commands after secret redaction',
  "- the text of Claude Code's prompts: it is sent (OTEL_LOG_USER_PROMPTS=1) and stored after secret redaction",
  '- hooks send whole prompts and tool output; the server stores neither unless its operator switches capture on',
  '- repository, branch, working directory, and the paths of files that tools touch or snapshots find changed',
  '- a snapshot of the working tree at each prompt and tool call stays in ~/.moda/shadow; no contents of it are sent',
  "- your API key is written into the agents' own settings files, readable by you only",
] as const;

/** The consent that everything else depends on. */
export async function askConsent(terminal: Terminal): Promise<boolean> {
  const { confirm, isCancel } = await loadPrompts();
  const answer = await confirm({
    message: 'Ingest coding-agent traces (writes to ~/.claude, ~/.codex and ~/.cursor)?',
    initialValue: true,
    ...terminal,
  });
  if (isCancel(answer)) throw new CommandFailure('CANCELLED', 'cancelled; no agent settings were changed');
  return answer;
}

/** Runs `work` behind a spinner. */
export async function withSpinner<Result>(
  terminal: Terminal,
  message: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const { spinner } = await loadPrompts();
  const turning = spinner({ output: terminal.output });
  turning.start(message);
  try {
    const result = await work();
    turning.stop(message);
    return result;
  } catch (error) {
    turning.stop(`${message}: failed`);
    throw error;
  }
}

/** Node before 20.12 lacks a function that the library imports; everything else of this package runs there. */
async function loadPrompts(): Promise<typeof import('@clack/prompts')> {
  try {
    return await import('@clack/prompts');
  } catch {
    throw new CommandFailure('NEEDS_TERMINAL', 'questions need Node 20.12 or newer: use --yes and --api-key');
  }
}
