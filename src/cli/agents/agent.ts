/**
 * What the installer knows of every agent. An adapter is pure: it gets the text of a settings file and returns the text
 * that should stand there; hooks-command.ts does the reading, writing, backups and reports.
 */

export const AGENT_IDS = ['claude', 'codex', 'cursor'] as const;
export type AgentId = (typeof AGENT_IDS)[number];

/** Everything that ends up in an agent's settings. */
export interface InstallContext {
  /** Without a trailing slash. */
  readonly endpoint: string;
  readonly apiKey: string;
  /** Command line of the hook, without the key, the same on every run. */
  readonly hookCommand: string;
}

export interface Edit {
  readonly text: string;
  /** The user's values that had to give way, by setting name. */
  readonly replaced: ReadonlyMap<string, string>;
  /** Things the user should know, each a full sentence. */
  readonly notes: readonly string[];
}

/** One settings file of an agent. The functions throw TextSyntaxError for a text that does not parse. */
export interface SettingsTarget {
  readonly file: string;
  readonly install: (text: string | undefined, context: InstallContext) => Edit;
  /**
   * Takes the installer's entries out and puts `replaced` back; everything else stays. `original`, when it is known, is the
   * file before the first installation: an object that stood there stays, though nothing is left in it.
   */
  readonly uninstall: (text: string, replaced: ReadonlyMap<string, string>, original?: string) => Edit;
  readonly inspect: (text: string, context: Partial<InstallContext>) => TargetState;
  /** What is true, and to be said, once our entries stand in this file. */
  readonly afterInstall: readonly string[];
}

export interface TargetState {
  readonly isInstalled: boolean;
  /** What is missing or differs, each a full sentence; empty when all is well. */
  readonly problems: readonly string[];
}

export interface Agent {
  readonly id: AgentId;
  readonly title: string;
  /** Names of its program on PATH. */
  readonly programs: readonly string[];
  /** Its settings folder; its presence counts as a sign that the agent is used here. */
  readonly directory: string;
  readonly targets: readonly SettingsTarget[];
  /** The first release that can be wired up, and what an older one does with our entries. */
  readonly oldest?: { readonly release: readonly number[]; readonly otherwise: string };
}
