/** The server's own process as input: the one place that reads settings from its environment. */

import { ConfigError, loadConfig, readSetting, settingWarnings } from './load-config.ts';
import { type Config, SETTINGS } from './settings.ts';

/** Config of this process. Throws `ConfigError`. */
export function processConfig(): Config {
  return loadConfig(process.env);
}

/** What is probably a mistake in the environment and stops nothing. */
export function processWarnings(): string[] {
  return settingWarnings(process.env);
}

/**
 * One setting alone, for a command that runs while the others may be wrong or name files that are not there yet.
 * Throws `ConfigError`.
 */
export function processSetting<Key extends keyof Config>(key: Key): Config[Key] {
  const problems: string[] = [];
  const value = readSetting(SETTINGS[key], process.env, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return value as Config[Key];
}
