/** The server's own process as input: the one place that reads its environment. */

import { ConfigError, loadConfig } from './load-config.ts';
import { type Config, SETTINGS } from './settings.ts';

/** Config of this process. Throws `ConfigError`. */
export function processConfig(): Config {
  return loadConfig(process.env);
}

/** MODA_API_KEYS_FILE alone, for the command that makes the file and so runs before it exists. Throws `ConfigError`. */
export function processKeysFile(): string | undefined {
  const { name, parse } = SETTINGS.apiKeysFile;
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const parsed = parse(text);
  if (!parsed.ok) throw new ConfigError([`${name}: expected ${parsed.expected}`]);
  return parsed.value;
}
