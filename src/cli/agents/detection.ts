/** Which agents are on this machine, and which release of each. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type CliSettings, childEnvironment } from '../settings.ts';
import type { Agent } from './agent.ts';

export interface DetectedAgent {
  readonly agent: Agent;
  /** Its program on PATH. */
  readonly program: string | undefined;
}

/** Agents whose program is on PATH or whose settings folder exists. Folders count only before anything is installed. */
export function detectAgents(settings: CliSettings, agents: readonly Agent[]): readonly DetectedAgent[] {
  return agents
    .map((agent) => ({ agent, program: findProgram(agent.programs, settings.searchPath) }))
    .filter(({ agent, program }) => program !== undefined || fs.existsSync(agent.directory));
}

/** The first of the names that is an executable file on the path. */
export function findProgram(names: readonly string[], searchPath: readonly string[]): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const directory of searchPath) {
    for (const name of names) {
      for (const ending of endings) {
        const candidate = path.join(directory, `${name}${ending}`);
        if (isExecutable(candidate)) return candidate;
      }
    }
  }
  return undefined;
}

/** The release a program says it is, such as `2.1.330`; undefined when it does not say within 10 s. */
export function programVersion(program: string): string | undefined {
  const result = spawnSync(program, ['--version'], {
    env: childEnvironment({ DISABLE_AUTOUPDATER: '1' }),
    encoding: 'utf8',
    timeout: 10_000,
    windowsHide: true,
    shell: program.endsWith('.cmd'),
  });
  return /\d+\.\d+\.\d+[\w.-]*/.exec(result.stdout ?? '')?.[0];
}

/** Compares release numbers part by part. */
export function isAtLeast(version: string, minimum: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [index, least] of minimum.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/** Why this agent's installed release must not be wired up; undefined where it may be, or where none is found. */
export function tooOld(settings: CliSettings, { oldest, programs, title }: Agent): string | undefined {
  const program = oldest === undefined ? undefined : findProgram(programs, settings.searchPath);
  const version = program === undefined ? undefined : programVersion(program);
  if (oldest === undefined || version === undefined || isAtLeast(version, oldest.release)) return undefined;
  return `${title} ${version} ${oldest.otherwise}; update it to ${oldest.release.join('.')} or later`;
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
