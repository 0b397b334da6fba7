/** The commands that people type. Each one is loaded when it is called. */

import { parseArgs } from 'node:util';
import { CommandFailure, EXIT_CODES } from './exit-codes.ts';
import { FileProblem, isSystemError } from './files/private-file.ts';
import { HELP_BY_COMMAND, helpText } from './help.ts';
import { complain, say, setColour } from './output.ts';
import { readSettings } from './settings.ts';

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  'no-coding-agent-traces': { type: 'boolean' },
  endpoint: { type: 'string' },
  'api-key': { type: 'string' },
  agent: { type: 'string' },
  status: { type: 'string' },
  dir: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
  'no-canary': { type: 'boolean' },
} as const;

/** What every command gets: options as typed, and the words behind the command. */
export interface CommandInput {
  readonly words: readonly string[];
  readonly options: {
    readonly yes?: boolean | undefined;
    readonly 'no-coding-agent-traces'?: boolean | undefined;
    readonly endpoint?: string | undefined;
    readonly 'api-key'?: string | undefined;
    readonly agent?: string | undefined;
    readonly status?: string | undefined;
    readonly dir?: string | undefined;
    readonly all?: boolean | undefined;
    readonly json?: boolean | undefined;
    readonly 'no-canary'?: boolean | undefined;
  };
}

/** Runs one command and returns the exit code; every expected failure is one line on stderr. */
export async function runCommand(command: string | undefined, args: readonly string[]): Promise<number> {
  // A reader that has gone (`moda init | head`) ends the telling, not the work: half an installation helps nobody.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    return await dispatch(command, args);
  } catch (error) {
    if (error instanceof CommandFailure) {
      complain(`moda: ${error.message}${error.mend === undefined ? '' : `; ${error.mend}`}`);
      return EXIT_CODES[error.exit].code;
    }
    if (error instanceof FileProblem) {
      complain(`moda: ${error.message}`);
      return EXIT_CODES.FILE.code;
    }
    if (isSystemError(error)) {
      complain(`moda: ${error.message}`);
      return EXIT_CODES.FAILED.code;
    }
    throw error;
  }
}

async function dispatch(command: string | undefined, args: readonly string[]): Promise<number> {
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    say(helpText());
    return command === undefined ? EXIT_CODES.USAGE.code : EXIT_CODES.OK.code;
  }
  if (command === '--version' || command === 'version') {
    const { packageVersion } = await import('./version.ts');
    say(packageVersion());
    return EXIT_CODES.OK.code;
  }
  if (command === 'background') {
    const { runBackground } = await import('./background-command.ts');
    return await runBackground(args[0] ?? '');
  }
  if (!Object.hasOwn(HELP_BY_COMMAND, command)) {
    throw new CommandFailure('USAGE', `unknown command "${command}"; "moda --help" lists them`);
  }
  const input = parse(command, args);
  if (input === 'help') {
    say(helpText(command));
    return EXIT_CODES.OK.code;
  }
  return await run(command, input);
}

async function run(command: string, input: CommandInput): Promise<number> {
  const settings = readSettings();
  if (settings.home === '') throw new CommandFailure('FAILED', 'there is no home directory: set HOME to one');
  setColour(settings.usesColour);
  switch (command) {
    case 'init':
      return await (await import('./init-command.ts')).runInit(settings, input);
    case 'hooks':
      return await (await import('./hooks-command.ts')).runHooks(settings, input);
    case 'doctor':
      return await (await import('./doctor/doctor-command.ts')).runDoctor(settings, input);
    case 'snapshots':
      return await (await import('./snapshots/snapshots-command.ts')).runSnapshots(settings, input);
    default:
      return await (await import('./skills/skills-command.ts')).runSkills(settings, input);
  }
}

/** Options may stand anywhere; each command takes only its own. */
function parse(command: string, args: readonly string[]): CommandInput | 'help' {
  let parsed: ReturnType<typeof parseAll>;
  try {
    parsed = parseAll(args);
  } catch (error) {
    // Node goes on with a hint about "--" that helps nobody here.
    throw new CommandFailure('USAGE', (error as Error).message.split(/\n|\. To specify/)[0] ?? 'bad option');
  }
  if (parsed.values.help === true) return 'help';
  const known = HELP_BY_COMMAND[command]?.options ?? [];
  for (const name of Object.keys(parsed.values)) {
    if (!known.includes(name)) throw new CommandFailure('USAGE', `"moda ${command}" has no option --${name}`);
  }
  return { words: parsed.positionals, options: parsed.values };
}

function parseAll(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
}
