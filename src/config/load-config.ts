/**
 * Environment → frozen Config. All problems are collected and told in one message; what belongs to the client side or
 * is injected by Kubernetes is known and ignored.
 */

import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { nearestName } from './nearest-name.ts';
import type { Setting } from './setting.ts';
import { type Config, SETTINGS } from './settings.ts';

/** Bad configuration: every problem, one a line. The entry prints it and exits with 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** What an environment looks like; `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

const CLIENT_NAMES = new Set(['MODA_API_KEY', 'MODA_TOKEN', 'MODA_ENDPOINT']);
/** Kubernetes injects these for a Service whose name begins with `moda`. */
const INJECTED = /^MODA_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_.*)?)$/;
const INJECTED_VALUE = /^(tcp|udp|sctp):\/\//;

function isForeign(name: string, value: string): boolean {
  if (CLIENT_NAMES.has(name)) return true;
  if (/^MODA_(HOOK|SERVICE|PORT)_/.test(name) || INJECTED.test(name)) return true;
  return name.endsWith('_PORT') && INJECTED_VALUE.test(value);
}

const TABLE: readonly (readonly [string, Setting<unknown>])[] = Object.entries(SETTINGS);
const KNOWN_NAMES = new Set(TABLE.map(([, setting]) => setting.name));

/** A problem for each name of the MODA_ prefix that no setting has and that is nobody else's. */
function unknownNames(env: Environment): string[] {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('MODA_') || KNOWN_NAMES.has(name) || isForeign(name, value ?? '')) continue;
    problems.push(unknownName(name, 'MODA_'));
  }
  return problems.sort();
}

function unknownName(name: string, prefix: string): string {
  const known = [...KNOWN_NAMES].filter((candidate) => candidate.startsWith(prefix));
  const nearest = nearestName(name, known);
  const advice = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  return `${name} is not a setting${advice}; --help lists them`;
}

/**
 * What never stops a start and is probably a mistake all the same: names of the CODING_AGENT_ prefix that no setting
 * has, and words that look like "on" and are not.
 */
export function settingWarnings(env: Environment): string[] {
  const warnings: string[] = [];
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith('CODING_AGENT_')) continue;
    if (!KNOWN_NAMES.has(name)) warnings.push(unknownName(name, 'CODING_AGENT_'));
    else if (!/^(true|1|false|0|)$/.test(value)) warnings.push(`${name} is off: only true and 1 are on`);
  }
  return warnings.sort();
}

/** The value of one setting, its default where the text is not usable; why it is not goes to `problems`. */
export function readSetting(setting: Setting<unknown>, env: Environment, problems: string[]): unknown {
  const value = env[setting.name];
  if (value === undefined || (setting.name === 'MODA_PORT' && INJECTED_VALUE.test(value))) return setting.fallback();
  // An empty text is how shells and compose files say "unset"; capture flags read it as off anyway.
  if (value === '') return setting.fallback();
  const parsed = setting.parse(value);
  if (parsed.ok) return parsed.value;
  const found = setting.isSecret ? '' : `, found ${JSON.stringify(value.slice(0, 80))}`;
  problems.push(`${setting.name}: expected ${parsed.expected}${found}`);
  return setting.fallback();
}

/** Reads every setting. Throws `ConfigError` that names every unknown name, unreadable value and contradiction. */
export function loadConfig(env: Environment): Config {
  const problems = unknownNames(env);
  const values: Record<string, unknown> = {};
  for (const [key, setting] of TABLE) values[key] = readSetting(setting, env, problems);
  values['dataDir'] = resolve(String(values['dataDir']));
  const config = Object.freeze(values) as Config;
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Settings that are fine alone and not together. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  const demand = (isMet: boolean, problem: string): void => {
    if (!isMet) problems.push(problem);
  };
  demand(
    (config.tlsCertFile === undefined) === (config.tlsKeyFile === undefined),
    'MODA_TLS_CERT and MODA_TLS_KEY: set both or neither',
  );
  demand(config.decodedBytesMax >= config.bodyBytesMax, 'MODA_MAX_DECODED_BYTES must be at least MODA_MAX_BODY_BYTES');
  demand(
    config.inflightBytesMax >= config.bodyBytesMax,
    'MODA_MAX_INFLIGHT_BYTES must be at least MODA_MAX_BODY_BYTES, or the largest body is never admitted',
  );
  demand(config.spoolBytesMax >= config.flushBytes, 'MODA_SPOOL_MAX_BYTES must be at least MODA_FLUSH_BYTES');
  demand(!(config.reusePort && config.port === 0), 'MODA_REUSE_PORT needs a fixed MODA_PORT, not 0');
  demand(
    config.clickhouseCluster === undefined || config.clickhouseUrl !== undefined,
    'MODA_CLICKHOUSE_CLUSTER needs MODA_CLICKHOUSE_URL: the embedded engine is no cluster',
  );
  demand(
    (config.skillModelUrl === undefined) === (config.skillModelName === undefined) &&
      (config.skillModelKey === undefined || config.skillModelUrl !== undefined),
    'MODA_SKILL_MODEL_URL and MODA_SKILL_MODEL_NAME belong together, MODA_SKILL_MODEL_KEY needs both',
  );
  for (const [name, file] of namedFiles(config)) {
    if (file !== undefined) demand(isReadable(file), `${name}: cannot read ${file}, or it is a directory`);
  }
  return problems;
}

function namedFiles(config: Config): readonly (readonly [string, string | undefined])[] {
  return [
    ['MODA_TLS_CERT', config.tlsCertFile],
    ['MODA_TLS_KEY', config.tlsKeyFile],
    ['MODA_API_KEYS_FILE', config.apiKeysFile],
    ['MODA_REDACTION_RULES_FILE', config.redactionRulesFile],
    ['MODA_PRICES_FILE', config.pricesFile],
  ];
}

/** A directory is no file: containers make one where the file to be mounted does not exist. */
function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return !statSync(file).isDirectory();
  } catch {
    // Absent or forbidden: the same sentence tells the operator what to look at.
    return false;
  }
}
