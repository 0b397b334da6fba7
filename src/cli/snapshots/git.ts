/**
 * Runs git for snapshots: always with its own repository, index and configuration, never with anything inherited.
 * A GIT_DIR or GIT_INDEX_FILE of the launching shell would put commits into the user's repository (measured, even with
 * --git-dir given), and clean filters of the user's configuration would run arbitrary programs on every add.
 */

import { spawn } from 'node:child_process';
import { childEnvironment } from '../settings.ts';

export interface GitPlace {
  readonly gitDirectory: string;
  readonly workTree: string;
  /** A private copy; undefined for commands that need no index. */
  readonly indexFile: string | undefined;
}

export interface GitOptions {
  readonly input?: string | Buffer;
  readonly signal?: AbortSignal | undefined;
  /** Output beyond this ends the run. */
  readonly outputBytesMax?: number;
  /** More variables, for the date of a commit. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
}

/** A run that was ended: by the caller's signal, or because its output grew over the bound. */
export class GitInterrupted extends Error {
  override readonly name = 'GitInterrupted';
  readonly reason: 'aborted' | 'too much output';

  constructor(reason: 'aborted' | 'too much output') {
    super(reason);
    this.reason = reason;
  }
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs one command and waits for its end. Rejects with GitInterrupted, or with the error of a git that cannot start. */
export function git(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const { signal, outputBytesMax = OUTPUT_BYTES_MAX } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new GitInterrupted('aborted'));
      return;
    }
    const child = spawn('git', args, {
      cwd: place.workTree,
      env: gitEnvironment(place, options.environment),
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let interruption: GitInterrupted | undefined;
    const interrupt = (reason: GitInterrupted['reason']): void => {
      interruption ??= new GitInterrupted(reason);
      child.kill('SIGTERM');
    };
    const onAbort = (): void => interrupt('aborted');
    signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > outputBytesMax) interrupt('too much output');
      else chunks.push(chunk);
    });
    // git may end before it has read all of its input; its exit code tells.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      signal?.removeEventListener('abort', onAbort);
      reject(error);
    });
    child.on('close', (code) => {
      signal?.removeEventListener('abort', onAbort);
      if (interruption !== undefined) reject(interruption);
      else resolve({ code: code ?? -1, stdout: Buffer.concat(chunks) });
    });
  });
}

/** The whole environment of a git run. */
export function gitEnvironment(place: GitPlace, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return childEnvironment({
    GIT_DIR: place.gitDirectory,
    GIT_WORK_TREE: place.workTree,
    ...(place.indexFile === undefined ? {} : { GIT_INDEX_FILE: place.indexFile }),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_AUTHOR_NAME: 'moda',
    GIT_AUTHOR_EMAIL: 'moda@localhost',
    GIT_COMMITTER_NAME: 'moda',
    GIT_COMMITTER_EMAIL: 'moda@localhost',
    ...extra,
  });
}

/**
 * Splits output of `-z` commands. A path is bytes, not always UTF-8 (an archive from elsewhere, an old disk), so each
 * character stands for one byte (latin1): what joinNul and pathBytes get is what git said.
 */
export function splitNul(output: Buffer): string[] {
  const text = output.toString('latin1');
  return text === '' ? [] : text.split('\0').slice(0, -1);
}

/** Input of `-z --stdin` commands, from words of splitNul. */
export function joinNul(words: readonly string[]): Buffer {
  return Buffer.from(`${words.join('\0')}\0`, 'latin1');
}

/** A path of splitNul below a directory, as the file system takes it. */
export function pathBytes(directory: string, word: string): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(word, 'latin1')]);
}

/** A word of splitNul for people; bytes that are no UTF-8 show as the replacement character. */
export function readableText(word: string): string {
  return Buffer.from(word, 'latin1').toString('utf8');
}
