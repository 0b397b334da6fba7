/** What an agent's settings files say: wired or not, and what stands in the way. */

import fs from 'node:fs';
import path from 'node:path';
import type { Agent } from '../agents/agent.ts';
import { hasTelemetry } from '../agents/codex-telemetry.ts';
import { tooOld } from '../agents/detection.ts';
import { TextSyntaxError } from '../files/json-text.ts';
import { FileProblem, readSettingsFile } from '../files/private-file.ts';
import { installContext } from '../installation.ts';
import type { Connection } from '../server-api.ts';
import type { CliSettings } from '../settings.ts';

export interface AgentFindings {
  readonly isWired: boolean;
  /** Full sentences; empty when nothing stands in the way. */
  readonly problems: readonly string[];
  /** Why the installed release cannot be wired up. */
  readonly refusal: string | undefined;
}

/** Reads all files of an agent. */
export function inspectAgent(settings: CliSettings, agent: Agent, connection: Connection): AgentFindings {
  const context = installContext(settings, agent.id, connection);
  const problems: string[] = [];
  const unreadable: string[] = [];
  const unwired: string[] = [];
  for (const target of agent.targets) {
    try {
      const { text, mode } = readSettingsFile(target.file);
      const state = text === undefined ? { isInstalled: false, problems: [] } : target.inspect(text, context);
      if (!state.isInstalled) unwired.push(target.file);
      if (state.isInstalled && process.platform !== 'win32' && mode !== 0o600) {
        problems.push(`${target.file} holds the key and has mode ${mode.toString(8)}; run "chmod 600 ${target.file}"`);
      }
      for (const problem of state.problems) problems.push(`${target.file}: ${problem}`);
    } catch (error) {
      unwired.push(target.file);
      if (error instanceof TextSyntaxError) unreadable.push(`${target.file}: ${error.message}`);
      else if (error instanceof FileProblem) unreadable.push(error.message);
      else throw error;
    }
  }
  const isWired = unwired.length < agent.targets.length;
  const refusal = tooOld(settings, agent);
  if (refusal !== undefined) problems.push(`${refusal}, or run "moda hooks uninstall --agent=${agent.id}"`);
  for (const file of unwired)
    problems.push(`${file}: nothing of Moda stands in it, so only a part of the agent is wired`);
  // An agent that was never wired up has no fault, only broken files are one.
  return { isWired, problems: isWired ? [...unreadable, ...problems] : unreadable, refusal };
}

/** A project's own .codex/config.toml with an [otel], from `directory` upwards. */
export function projectLocalTelemetry(settings: CliSettings, directory: string): string | undefined {
  let current = path.resolve(directory);
  for (let level = 0; level < 64; level += 1) {
    const file = path.join(current, '.codex', 'config.toml');
    if (path.dirname(file) !== settings.codexDirectory && isTelemetryFile(file)) return file;
    const parent = path.dirname(current);
    if (parent === current) return undefined;
    current = parent;
  }
  return undefined;
}

function isTelemetryFile(file: string): boolean {
  try {
    return hasTelemetry(fs.readFileSync(file, 'utf8'));
  } catch {
    // Missing or broken: Codex reports the latter itself.
    return false;
  }
}
