/** `moda hooks install|uninstall|status`. */

import { AGENT_IDS, type Agent } from './agents/agent.ts';
import { allAgents } from './agents/all-agents.ts';
import { launcherTarget } from './agents/hook-launcher.ts';
import type { CommandInput } from './commands.ts';
import { saveConfig } from './config-file.ts';
import { resolveApiKey, resolveConnection, resolveEndpoint } from './connection.ts';
import { CommandFailure, EXIT_CODES } from './exit-codes.ts';
import { TextSyntaxError } from './files/json-text.ts';
import { modaHome } from './files/moda-home.ts';
import { FileProblem, readSettingsFile } from './files/private-file.ts';
import { type FileReport, installAgents, installContext, isInPlace, modeOf, uninstallAgents } from './installation.ts';
import { complain, say, sayMarked } from './output.ts';
import type { CliSettings } from './settings.ts';

/** Runs one of the three and returns the exit code. */
export async function runHooks(settings: CliSettings, { words, options }: CommandInput): Promise<number> {
  const [action, ...rest] = words;
  if (rest.length > 0) throw new CommandFailure('USAGE', `unexpected "${rest[0]}"`);
  switch (action) {
    case 'install': {
      const agents = chooseAgents(settings, options.agent ?? 'claude');
      const connection = resolveConnection(settings, { endpoint: options.endpoint, apiKey: options['api-key'] });
      const reports = installAgents(settings, agents, connection);
      // Hooks run with whatever environment the agent gives them, and must send where the exporters send.
      if (reports.some(({ outcome }) => outcome !== 'failed')) {
        await saveConfig(settings.home, connection.apiKey, connection.endpoint);
      }
      sayReports(agents, reports);
      return exitCodeOf(reports);
    }
    case 'uninstall': {
      const agents = chooseAgents(settings, options.agent ?? 'all');
      const reports = uninstallAgents(settings, agents);
      for (const report of reports) sayReport(report);
      say(`Key, snapshots and backups stay in ${modaHome(settings.home)}; remove that folder to be rid of them.`);
      return exitCodeOf(reports);
    }
    case 'status':
      return status(settings, options.agent ?? 'all', { endpoint: options.endpoint, apiKey: options['api-key'] });
    default:
      throw new CommandFailure('USAGE', 'expected "moda hooks install", "uninstall" or "status"');
  }
}

/** The lines about an installation, and what each agent's user should know. */
export function sayReports(agents: readonly Agent[], reports: readonly FileReport[]): void {
  for (const agent of agents) {
    const own = reports.filter((report) => report.agent === agent.id);
    for (const report of own) sayReport(report);
    for (const { file, afterInstall } of agent.targets) {
      const isDone = own.some((report) => report.file === file && isInPlace(report));
      if (isDone) for (const line of afterInstall) sayMarked('note', line);
    }
  }
}

/** 5 when a file had to be left untouched, else 0. */
export function exitCodeOf(reports: readonly FileReport[]): number {
  return reports.some(({ outcome }) => outcome === 'failed') ? EXIT_CODES.FILE.code : EXIT_CODES.OK.code;
}

function chooseAgents(settings: CliSettings, name: string): readonly Agent[] {
  const agents = allAgents(settings);
  if (name === 'all') return agents;
  const chosen = agents.filter(({ id }) => id === name);
  if (chosen.length > 0) return chosen;
  throw new CommandFailure('USAGE', `unknown agent "${name}"; known: ${AGENT_IDS.join(', ')}, all`);
}

const OUTCOMES: Readonly<Record<FileReport['outcome'], string>> = {
  written: 'written',
  unchanged: 'nothing to change',
  foreign: 'left alone',
  restored: 'as it was before',
  removed: 'entries removed',
  absent: 'not there',
  failed: 'left untouched',
};

function sayReport({ file, outcome, problem, notes }: FileReport): void {
  if (outcome === 'failed') complain(`moda: left untouched: ${problem}`);
  else sayMarked(outcome === 'foreign' ? 'note' : 'good', `${file}: ${OUTCOMES[outcome]}`);
  for (const note of notes) sayMarked('warning', note);
}

function status(
  settings: CliSettings,
  name: string,
  flags: { readonly endpoint: string | undefined; readonly apiKey: string | undefined },
): number {
  const endpoint = resolveEndpoint(settings, flags);
  const apiKey = resolveApiKey(settings, flags);
  let isAllWell = true;
  for (const agent of chooseAgents(settings, name)) {
    for (const target of agent.targets) {
      const context = installContext(settings, agent.id, { endpoint, apiKey: apiKey ?? '' });
      const { hookCommand } = context;
      const expected = apiKey === undefined ? { endpoint, hookCommand } : context;
      isAllWell = statusOf(agent, target, expected) && isAllWell;
    }
  }
  const program = launcherTarget(settings.home);
  if (program !== undefined && modeOf(program.script) === undefined) {
    sayMarked('bad', `hooks call ${program.script}, which is gone; run "moda hooks install --agent=all"`);
    isAllWell = false;
  }
  return isAllWell ? EXIT_CODES.OK.code : EXIT_CODES.FAILED.code;
}

/** Says one file's state; returns whether it is not installed or installed without a fault. */
function statusOf(
  agent: Agent,
  target: Agent['targets'][number],
  expected: Parameters<typeof target.inspect>[1],
): boolean {
  const line = `${agent.title}: ${target.file}`;
  try {
    const { text, mode } = readSettingsFile(target.file);
    const state = text === undefined ? { isInstalled: false, problems: [] } : target.inspect(text, expected);
    if (!state.isInstalled) {
      sayMarked('note', `${line}: not installed`);
      for (const problem of state.problems) say(`       ${problem}`);
      return true;
    }
    const problems = [...state.problems];
    if (process.platform !== 'win32' && mode !== 0o600) problems.push(`its mode is ${mode.toString(8)}, not 600`);
    sayMarked(problems.length === 0 ? 'good' : 'bad', `${line}: installed`);
    for (const problem of problems) say(`       ${problem}`);
    return problems.length === 0;
  } catch (error) {
    if (error instanceof FileProblem) sayMarked('bad', `${agent.title}: ${error.message}`);
    else if (error instanceof TextSyntaxError) sayMarked('bad', `${line}: ${error.message}`);
    else throw error;
    return false;
  }
}
