/** `moda init`: finds the server and the key, checks them, asks once, wires up every agent, brings the skills. */

import type { AgentId } from './agents/agent.ts';
import { allAgents } from './agents/all-agents.ts';
import { detectAgents, programVersion } from './agents/detection.ts';
import type { CommandInput } from './commands.ts';
import { configPath, isApiKey, saveConfig } from './config-file.ts';
import { resolveApiKey, resolveEndpoint } from './connection.ts';
import { shellDifferences } from './doctor/shell-comparison.ts';
import { CommandFailure, EXIT_CODES } from './exit-codes.ts';
import { exitCodeOf, sayReports } from './hooks-command.ts';
import { askApiKey, askConsent, MEANING, type Terminal, withSpinner } from './init-questions.ts';
import { type FileReport, installAgents, isInPlace, ownProgram } from './installation.ts';
import { paint, plainLine, say, sayMarked } from './output.ts';
import { type Connection, type WhoAmI, whoAmI } from './server-api.ts';
import type { CliSettings } from './settings.ts';
import { pullSkills, sayPulled } from './skills/skills-pull.ts';

/** A mistyped key may be typed again. */
const KEY_TRIES_MAX = 3;

/** Runs the whole set-up and returns the exit code. */
export async function runInit(settings: CliSettings, { words, options }: CommandInput): Promise<number> {
  if (words.length > 0) throw new CommandFailure('USAGE', `unexpected "${words[0]}"`);
  const wantsTraces = options['no-coding-agent-traces'] !== true;
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (wantsTraces && options.yes !== true && !isTerminal) {
    throw new CommandFailure('NEEDS_TERMINAL', 'this is not a terminal: use --yes, or --no-coding-agent-traces');
  }
  const terminal: Terminal | undefined = isTerminal ? { input: process.stdin, output: process.stdout } : undefined;
  const flags = { endpoint: options.endpoint, apiKey: options['api-key'] };
  const endpoint = resolveEndpoint(settings, flags);
  const { connection, identity } = await authenticate(settings, flags.apiKey, endpoint, terminal);
  await saveConfig(settings.home, connection.apiKey, endpoint);
  sayMarked('good', `${endpoint}: tenant ${plainLine(identity.tenant)}`);
  sayMarked('good', `key saved in ${configPath(settings.home)}`);
  if (isForeignPlain(endpoint))
    sayMarked('warning', 'this address is not encrypted: key and data cross the network in clear');
  const detected = detectAgents(settings, allAgents(settings));
  const isAccepted = wantsTraces && (await consent(options.yes === true, terminal));
  const reports = isAccepted ? wireUp(settings, connection, detected) : [];
  if (isAccepted || detected.length > 0) await bringSkills(settings.home, connection);
  sayEnd(isAccepted, reports);
  return exitCodeOf(reports);
}

async function authenticate(
  settings: CliSettings,
  flag: string | undefined,
  endpoint: string,
  terminal: Terminal | undefined,
): Promise<{ readonly connection: Connection; readonly identity: WhoAmI }> {
  const known = resolveApiKey(settings, { apiKey: flag });
  if (known === undefined && terminal === undefined) {
    throw new CommandFailure('KEY', 'no API key: use --api-key, MODA_API_KEY, or run this in a terminal');
  }
  let apiKey = known;
  for (let attempt = 1; ; attempt += 1) {
    apiKey ??= terminal === undefined ? '' : await askApiKey(terminal, endpoint);
    if (!isApiKey(apiKey)) throw new CommandFailure('KEY', 'no usable API key');
    const connection = { endpoint, apiKey };
    try {
      const check = (): Promise<WhoAmI> => whoAmI(connection);
      const identity = terminal === undefined ? await check() : await withSpinner(terminal, 'Checking the key', check);
      return { connection, identity };
    } catch (error) {
      const isRefused = error instanceof CommandFailure && error.exit === 'KEY';
      // A key that was handed in is not silently replaced by a question.
      const canAskAgain = terminal !== undefined && flag === undefined && settings.apiKey === undefined;
      if (!isRefused || !canAskAgain || attempt >= KEY_TRIES_MAX) throw error;
      sayMarked('bad', 'the server refused this key');
      apiKey = undefined;
    }
  }
}

async function consent(isGiven: boolean, terminal: Terminal | undefined): Promise<boolean> {
  say();
  for (const line of MEANING) say(line);
  say();
  if (isGiven || terminal === undefined) return isGiven;
  return await askConsent(terminal);
}

function wireUp(
  settings: CliSettings,
  connection: Connection,
  detected: ReturnType<typeof detectAgents>,
): readonly FileReport[] {
  const agents = allAgents(settings);
  const reports = installAgents(settings, agents, connection);
  sayReports(agents, reports);
  if (/[\\/]_npx[\\/]/.test(ownProgram().script)) {
    sayMarked('warning', 'hooks now call a copy in the npx cache; install the package for good: npm install -g');
  }
  const claude = detected.find(({ agent }) => agent.id === 'claude')?.program;
  const version = claude === undefined ? undefined : programVersion(claude);
  try {
    for (const line of shellDifferences(settings, version)) sayMarked('warning', line);
  } catch {
    // A broken settings.json was reported above.
  }
  return reports;
}

/** Skills are a gift at this point: a server without them does not fail the set-up. */
async function bringSkills(home: string, connection: Connection): Promise<void> {
  try {
    sayPulled(await pullSkills(connection, { status: 'approved', directory: process.cwd(), home }));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    sayMarked('warning', `skills were not pulled: ${error.message}`);
  }
}

/** Says what is true of the files as they are now: a broken one was left as it was, and so is its agent. */
function sayEnd(isAccepted: boolean, reports: readonly FileReport[]): void {
  say();
  if (!isAccepted) {
    say('Key saved; no agent was wired up. Next: moda hooks install --agent=all');
    return;
  }
  const isDone = exitCodeOf(reports) === EXIT_CODES.OK.code;
  const state = isDone
    ? paint('green', 'Done.')
    : 'Partly done: mend what was left untouched above, then run this again.';
  const isInAny = (agent: AgentId): boolean => reports.some((report) => report.agent === agent && isInPlace(report));
  const prompts = isInAny('claude')
    ? " Claude Code's prompt text will be sent from now on, in sessions started after this."
    : '';
  say(`${state}${prompts}`);
  const approval = isInAny('codex') ? 'approve the hooks once in Codex (/hooks), ' : '';
  say(`Next: ${approval}start a session, then run "moda doctor".`);
}

function isForeignPlain(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === 'http:' && !['localhost', '[::1]'].includes(hostname) && !hostname.startsWith('127.');
}
