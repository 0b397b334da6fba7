/** `moda doctor`: from the shell to the stored row, one verdict per agent, each fault with the line that mends it. */

import fs from 'node:fs';
import type { Agent } from '../agents/agent.ts';
import { allAgents } from '../agents/all-agents.ts';
import { findProgram, programVersion } from '../agents/detection.ts';
import { launcherTarget } from '../agents/hook-launcher.ts';
import type { CommandInput } from '../commands.ts';
import { configPath, isConfigBroken } from '../config-file.ts';
import { resolveConnection } from '../connection.ts';
import { CommandFailure, EXIT_CODES } from '../exit-codes.ts';
import { TextSyntaxError } from '../files/json-text.ts';
import { modaHome } from '../files/moda-home.ts';
import { FileProblem } from '../files/private-file.ts';
import { queuedNames } from '../hook/queue.ts';
import { modeOf } from '../installation.ts';
import { paint, plainLine, say, sayMarked } from '../output.ts';
import { type Connection, callServer, whoAmI } from '../server-api.ts';
import { type CliSettings, shellValues } from '../settings.ts';
import { type AgentFindings, inspectAgent, projectLocalTelemetry } from './agent-findings.ts';
import { CANARY_SIGNALS, sendCanary } from './canary.ts';
import { shellDifferences } from './shell-comparison.ts';

/** Exporters write times; a clock that is further off shows events in the wrong place. */
const SKEW_MAX_MS = 60_000;

/** Runs every check and returns 0 when all agents that are wired up work. */
export async function runDoctor(settings: CliSettings, { words, options }: CommandInput): Promise<number> {
  if (words.length > 0) throw new CommandFailure('USAGE', `unexpected "${words[0]}"`);
  say(paint('bold', 'This machine'));
  let isAllWell = checkOwnFiles(settings);
  const connection = resolveConnection(settings, { endpoint: options.endpoint, apiKey: options['api-key'] });
  const reached = await checkServer(settings, connection);
  isAllWell = reached.isWell && isAllWell;
  for (const agent of allAgents(settings)) {
    say();
    const program = findProgram(agent.programs, settings.searchPath);
    const version = program === undefined ? undefined : programVersion(program);
    say(paint('bold', `${agent.title}${version === undefined ? '' : ` ${version}`}`));
    if (program === undefined) sayMarked('note', `no ${agent.programs.join(' or ')} on PATH`);
    const findings = inspectAgent(settings, agent, connection);
    sayContext(settings, agent, version);
    const isSending = await checkCanaries(
      agent,
      findings,
      reached.canSend && options['no-canary'] !== true,
      connection,
    );
    isAllWell = sayVerdict(agent, findings, isSending, program !== undefined) && isAllWell;
  }
  return isAllWell ? EXIT_CODES.OK.code : EXIT_CODES.FAILED.code;
}

function checkOwnFiles(settings: CliSettings): boolean {
  const { home } = settings;
  const file = configPath(home);
  let isWell = true;
  const fault = (line: string): void => {
    sayMarked('bad', line);
    isWell = false;
  };
  if (isConfigBroken(home)) fault(`${file} is not valid JSON; run "moda init"`);
  else if (!fs.existsSync(file))
    sayMarked('warning', `${file} does not exist: hooks work only where MODA_API_KEY is set; run "moda init"`);
  else if (process.platform !== 'win32' && modeOf(file) !== 0o600)
    fault(`${file} can be read by others; run "chmod 600 ${file}"`);
  else sayMarked('good', file);
  const directoryMode = modeOf(modaHome(home));
  if (process.platform !== 'win32' && directoryMode !== undefined && (directoryMode & 0o077) !== 0) {
    fault(`${modaHome(home)} can be entered by others; run "chmod 700 ${modaHome(home)}"`);
  }
  const program = launcherTarget(home);
  if (program !== undefined && !(fs.existsSync(program.node) && fs.existsSync(program.script))) {
    fault('the program that hooks call has moved; run "moda hooks install --agent=all"');
  }
  const waiting = queuedNames(home).length;
  if (waiting > 0)
    sayMarked('warning', `${waiting} hook events wait to be sent; the next hook that reaches the server sends them`);
  if (settings.isInsideClaude && shellValues(['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT']).size === 0) {
    sayMarked(
      'warning',
      'this shell runs under Claude Code, which does not pass OTEL variables on: a claude started here sends no telemetry unless they are exported again',
    );
  }
  return isWell;
}

async function checkServer(
  settings: CliSettings,
  connection: Connection,
): Promise<{ readonly isWell: boolean; readonly canSend: boolean }> {
  try {
    const { tenant, key } = await whoAmI(connection);
    sayMarked('good', `${connection.endpoint} knows the key: tenant ${plainLine(tenant)}, key ${plainLine(key)}`);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    sayMarked('bad', error.message);
    const mend =
      error.exit === 'KEY'
        ? 'run "moda init --api-key=…" with a valid key'
        : 'start the server, or run "moda init --endpoint=…"';
    sayMarked('note', error.mend ?? mend);
    return { isWell: false, canSend: false };
  }
  if (connection.endpoint.startsWith('https:') && settings.extraAuthorities !== undefined) {
    sayMarked(
      'note',
      `this shell trusts ${settings.extraAuthorities} (NODE_EXTRA_CA_CERTS); hooks and exporters do only where the agent is started with it too`,
    );
  }
  const { serverTimeMs } = await callServer(connection, { path: '/healthz' });
  const skewMs = serverTimeMs === undefined ? 0 : Math.abs(serverTimeMs - Date.now());
  if (skewMs <= SKEW_MAX_MS) return { isWell: true, canSend: true };
  sayMarked('bad', `this clock and the server's differ by ${Math.round(skewMs / 1000)} s; set the clock`);
  return { isWell: false, canSend: true };
}

/** What surrounds an agent: shell, project files, children. */
function sayContext(settings: CliSettings, agent: Agent, version: string | undefined): void {
  if (agent.id === 'claude') {
    sayShellDifferences(settings, version);
    sayMarked(
      'note',
      'a claude started by another claude (Bash tool) does not inherit the OTEL variables; export them again there',
    );
  }
  if (agent.id === 'codex') {
    const local = projectLocalTelemetry(settings, process.cwd());
    if (local !== undefined)
      sayMarked('warning', `${local} has an [otel]: Codex ignores it in a project; move it to the user's config.toml`);
    sayMarked('note', 'whether Codex trusts the hooks cannot be read from outside: in codex, /hooks shows it');
  }
  if (agent.id === 'cursor') {
    sayMarked(
      'note',
      "Cursor's telemetry comes from hooks, the Enterprise export, or a bridge; its client exports nothing",
    );
  }
}

/** A settings file that cannot be read is a finding of its own, not the end of the examination. */
function sayShellDifferences(settings: CliSettings, version: string | undefined): void {
  try {
    for (const line of shellDifferences(settings, version)) sayMarked('warning', line);
  } catch (error) {
    if (!(error instanceof TextSyntaxError || error instanceof FileProblem)) throw error;
  }
}

async function checkCanaries(
  agent: Agent,
  findings: AgentFindings,
  canSend: boolean,
  connection: Connection,
): Promise<boolean> {
  if (!findings.isWired || !canSend) return true;
  const results = await Promise.all(CANARY_SIGNALS.map((signal) => sendCanary(connection, agent.id, signal)));
  for (const { signal, isStored, problem } of results) {
    if (isStored) sayMarked('good', `${signal}: sent, accepted, stored`);
    else sayMarked('bad', `${signal}: ${problem}`);
  }
  return results.every(({ isStored }) => isStored);
}

function sayVerdict(agent: Agent, findings: AgentFindings, isSending: boolean, isFound: boolean): boolean {
  if (!findings.isWired) {
    for (const line of findings.problems) sayMarked('bad', line);
    const mend = findings.refusal === undefined ? '' : `${findings.refusal}, then `;
    sayMarked(
      findings.problems.length === 0 ? 'note' : 'bad',
      `not wired; ${mend}run "moda hooks install --agent=${agent.id}"`,
    );
    return findings.problems.length === 0;
  }
  if (findings.problems.length === 0 && isSending) {
    sayMarked('good', isFound ? 'works' : `works, should ${agent.title} be installed where this shell does not look`);
    return true;
  }
  for (const line of findings.problems) sayMarked('bad', line);
  sayMarked('bad', `wired but blocked; run "moda hooks install --agent=${agent.id}" after mending the lines above`);
  return false;
}
