/** Key and endpoint of a command: flag, environment, ~/.moda/config.json, in that order. */

import { chooseEndpoint, configPath, isApiKey, isConfigBroken, parseEndpoint, readConfig } from './config-file.ts';
import { CommandFailure } from './exit-codes.ts';
import type { Connection } from './server-api.ts';
import type { CliSettings } from './settings.ts';

export interface ConnectionFlags {
  readonly apiKey?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** The endpoint alone. Throws CommandFailure USAGE when it is not an address. */
export function resolveEndpoint(settings: CliSettings, flags: ConnectionFlags): string {
  const chosen = chooseEndpoint(flags.endpoint, settings.endpoint, readConfig(settings.home).endpoint);
  const endpoint = parseEndpoint(chosen);
  if (endpoint !== undefined) return endpoint;
  throw new CommandFailure('USAGE', 'the endpoint must be an http or https address without credentials or query');
}

/** The key alone; undefined when there is none yet. Throws CommandFailure USAGE when it cannot be one. */
export function resolveApiKey(settings: CliSettings, flags: ConnectionFlags): string | undefined {
  const apiKey = flags.apiKey ?? settings.apiKey ?? readConfig(settings.home).apiKey;
  if (apiKey === undefined || isApiKey(apiKey)) return apiKey;
  throw new CommandFailure(
    'USAGE',
    'the API key must be visible ASCII without blanks, commas, semicolons or percent signs, 512 characters at most',
  );
}

/** Both. Throws CommandFailure KEY when no key is known. */
export function resolveConnection(settings: CliSettings, flags: ConnectionFlags): Connection {
  const endpoint = resolveEndpoint(settings, flags);
  const apiKey = resolveApiKey(settings, flags);
  if (apiKey !== undefined) return { endpoint, apiKey };
  if (isConfigBroken(settings.home)) {
    throw new CommandFailure('KEY', `no API key: ${configPath(settings.home)} is not valid JSON; run "moda init"`);
  }
  throw new CommandFailure('KEY', 'no API key: set MODA_API_KEY or run "moda init"');
}
