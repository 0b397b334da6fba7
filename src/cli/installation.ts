/** Applies the agents' adapters to the files: read, edit, back up, write; one report per file. Used by `init` and `hooks`. */

import fs from 'node:fs';
import path from 'node:path';
import type { Agent, AgentId, Edit, InstallContext, SettingsTarget } from './agents/agent.ts';
import { tooOld } from './agents/detection.ts';
import { hookCommand, installLauncher, type Program } from './agents/hook-launcher.ts';
import { TextSyntaxError } from './files/json-text.ts';
import { modaHome } from './files/moda-home.ts';
import { forgetOriginal, hasMadeFolder, recallOriginal, rememberOriginal } from './files/originals.ts';
import {
  FileProblem,
  isSystemError,
  readSettingsFile,
  removeSettingsFile,
  replaceFile,
  writeSettingsFile,
} from './files/private-file.ts';
import { ownScript } from './own-script.ts';
import type { Connection } from './server-api.ts';
import type { CliSettings } from './settings.ts';

export interface FileReport {
  readonly agent: AgentId;
  readonly file: string;
  /** `foreign`: what stands in the file is somebody else's and was left alone. */
  readonly outcome: 'written' | 'unchanged' | 'foreign' | 'restored' | 'removed' | 'absent' | 'failed';
  /** Why it failed; empty otherwise. */
  readonly problem: string;
  readonly notes: readonly string[];
}

/** Our entries now stand in the file. */
export function isInPlace({ outcome }: FileReport): boolean {
  return outcome === 'written' || outcome === 'unchanged';
}

/** This program, as hooks will start it. */
export function ownProgram(): Program {
  return { node: process.execPath, script: ownScript() };
}

/** What is written into an agent's settings. */
export function installContext(settings: CliSettings, agent: AgentId, connection: Connection): InstallContext {
  return { ...connection, hookCommand: hookCommand(settings.home, agent, process.platform, ownProgram()) };
}

/** Installs into every file of the given agents. A file that fails is left untouched and does not stop the others. */
export function installAgents(
  settings: CliSettings,
  agents: readonly Agent[],
  connection: Connection,
): readonly FileReport[] {
  if (process.platform !== 'win32') installLauncher(settings.home, ownProgram());
  return agents.flatMap((agent) => {
    const context = installContext(settings, agent.id, connection);
    const madeFolder = !fs.existsSync(agent.directory);
    const refusal = tooOld(settings, agent);
    return agent.targets.map((target) =>
      reported(agent.id, target.file, () => {
        if (refusal !== undefined) throw new FileProblem(target.file, refusal);
        return installTarget(settings, target, context, madeFolder);
      }),
    );
  });
}

/** Takes the entries out again and gives the former bytes back where nobody else has changed the file since. */
export function uninstallAgents(settings: CliSettings, agents: readonly Agent[]): readonly FileReport[] {
  return agents.flatMap((agent) => {
    const madeFolder = agent.targets.some(({ file }) => hasMadeFolder(originals(settings), file));
    const reports = agent.targets.map((target) =>
      reported(agent.id, target.file, () => uninstallTarget(settings, target)),
    );
    if (madeFolder) removeEmptyFolder(agent.directory);
    return reports;
  });
}

/** What the agent or its user has put there since keeps the folder. */
function removeEmptyFolder(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

type Outcome = Pick<FileReport, 'outcome' | 'notes'>;

function installTarget(
  settings: CliSettings,
  target: SettingsTarget,
  context: InstallContext,
  madeFolder: boolean,
): Outcome {
  const state = readSettingsFile(target.file);
  const edit: Edit = target.install(state.text, context);
  // A foreign table that is left alone in a file that is left alone: nothing of ours, no reason to touch its mode.
  if (edit.text === (state.text ?? '') && !target.inspect(edit.text, {}).isInstalled) {
    return { outcome: 'foreign', notes: edit.notes };
  }
  const hadOwnEntries =
    state.text !== undefined && state.text.trim() !== '' && target.inspect(state.text, {}).isInstalled;
  const isWritten = writeSettingsFile(target.file, edit.text, backups(settings));
  const write = {
    file: target.file,
    before: state.text,
    beforeMode: state.mode,
    written: edit.text,
    hadOwnEntries,
    replaced: edit.replaced,
    madeFolder,
  };
  const failures = isWritten ? noted(() => rememberOriginal(originals(settings), write)) : [];
  const replaced = [...edit.replaced.keys()].filter((name) => name !== 'OTEL_RESOURCE_ATTRIBUTES');
  const note =
    replaced.length === 0
      ? []
      : [`replaced your values of ${replaced.join(', ')}; "moda hooks uninstall" brings them back`];
  return { outcome: isWritten ? 'written' : 'unchanged', notes: [...edit.notes, ...note, ...failures] };
}

function uninstallTarget(settings: CliSettings, target: SettingsTarget): Outcome {
  const state = readSettingsFile(target.file);
  const forget = (): readonly string[] => noted(() => forgetOriginal(originals(settings), target.file));
  if (state.text === undefined) return { outcome: 'absent', notes: forget() };
  const { exact, original, replaced } = recallOriginal(originals(settings), target.file, state.text);
  let outcome: Outcome['outcome'] = 'unchanged';
  let notes: readonly string[] = [];
  if (exact === undefined) {
    const edit = target.uninstall(state.text, replaced, original ?? undefined);
    notes = edit.notes;
    if (original === null && edit.text !== state.text && isBare(edit.text)) {
      removeSettingsFile(target.file, backups(settings));
      outcome = 'restored';
    } else if (edit.text !== state.text && writeSettingsFile(target.file, edit.text, backups(settings))) {
      outcome = 'removed';
    }
  } else if (exact.text === undefined) {
    removeSettingsFile(target.file, backups(settings));
    outcome = 'restored';
  } else {
    if ((state.mode & 0o200) === 0)
      throw new FileProblem(target.file, 'is read-only; allow writing and run this again');
    replaceFile(state.realPath, exact.text, exact.mode);
    outcome = 'restored';
  }
  return { outcome, notes: [...notes, ...forget()] };
}

/** Nothing is left in a file that the installer made. */
function isBare(text: string): boolean {
  return /^\uFEFF?\s*(?:\{\s*\}\s*)?$/.test(text);
}

/** Does what the file itself does not depend on: it has been changed by then, which a failure here must not deny. */
function noted(work: () => void): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return [`the note of its former content could not be kept up to date: ${error.message}`];
  }
}

function reported(agent: AgentId, file: string, work: () => Outcome): FileReport {
  try {
    return { agent, file, problem: '', ...work() };
  } catch (error) {
    const problem = problemText(file, error);
    if (problem === undefined) throw error;
    return { agent, file, outcome: 'failed', problem, notes: [] };
  }
}

function problemText(file: string, error: unknown): string | undefined {
  if (error instanceof TextSyntaxError) return `${file}: ${error.message}; mend it and run this again`;
  if (error instanceof FileProblem) return error.message;
  if (isSystemError(error)) return `${file}: ${error.message}`;
  // Thrown by the editors when a setting has another shape than the agent's own reader accepts.
  return error instanceof TypeError && error.message.startsWith('expected ') ? `${file}: ${error.message}` : undefined;
}

function backups(settings: CliSettings): string {
  return path.join(modaHome(settings.home), 'backups');
}

function originals(settings: CliSettings): string {
  return path.join(modaHome(settings.home), 'originals');
}

/** Permission bits of a file, or undefined when it is not there. */
export function modeOf(file: string): number | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : stat.mode & 0o777;
}
