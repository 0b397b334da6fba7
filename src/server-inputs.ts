/** What a server reads once at start besides its settings: price table and redaction rules, checked, and its keys. */

import { readFileSync } from 'node:fs';
import { type DevelopmentKey, openDevelopmentKey } from './admission/development-key.ts';
import { type GivenKey, Keyring } from './admission/keyring.ts';
import { KeysFileError } from './admission/keys-file.ts';
import { type ModelPrice, parsePrices } from './clickhouse/prices.ts';
import { ConfigError } from './config/load-config.ts';
import type { Config } from './config/settings.ts';
import { VERSION } from './config/version.ts';
import { type CustomRules, NO_CUSTOM_RULES } from './model/custom-rules.ts';
import type { PipelineOptions } from './pipeline/options.ts';
import { parseCustomRules } from './privacy/custom-rules.ts';
import type { Log } from './telemetry/log.ts';

/** MODA_PRICES_FILE; undefined means the shipped table. Throws `ConfigError` with every problem. */
export function readPrices(config: Config): readonly ModelPrice[] | undefined {
  if (config.pricesFile === undefined) return undefined;
  const parsed = parsePrices(readFileSync(config.pricesFile, 'utf8'));
  if (parsed.ok) return parsed.prices;
  throw new ConfigError(parsed.problems.map((problem) => `MODA_PRICES_FILE: ${problem}`));
}

/** MODA_REDACTION_RULES_FILE. Throws `ConfigError` with every problem. */
export function readCustomRules(config: Config): CustomRules {
  if (config.redactionRulesFile === undefined) return NO_CUSTOM_RULES;
  const parsed = parseCustomRules(readFileSync(config.redactionRulesFile, 'utf8'));
  if (parsed.ok) return parsed.rules;
  throw new ConfigError(parsed.problems.map((problem) => `MODA_REDACTION_RULES_FILE: ${problem}`));
}

export interface Keys {
  readonly keyring: Keyring;
  /** Set when no other keys are configured. */
  readonly developmentKey: DevelopmentKey | undefined;
}

/** The keyring of the file and the inline list; without both that of the development key. Throws `ConfigError`. */
export function openKeys(config: Config, log: Log): Keys {
  const developmentKey =
    config.apiKeysFile === undefined && config.apiKeys === undefined ? openDevelopmentKey(config.dataDir) : undefined;
  const given: GivenKey[] = (config.apiKeys ?? []).map((pair, index) => ({ ...pair, name: `inline ${index + 1}` }));
  if (developmentKey !== undefined) given.push({ ...developmentKey, name: 'development' });
  try {
    const warn = (message: string): void => log.warn({}, message);
    return { keyring: new Keyring({ file: config.apiKeysFile, given, warn }), developmentKey };
  } catch (error) {
    if (error instanceof KeysFileError) throw new ConfigError([`MODA_API_KEYS_FILE: ${error.message}`]);
    throw error;
  }
}

/** What the workers need to know. */
export function pipelineOptions(config: Config, customRules: CustomRules): PipelineOptions {
  return {
    capturePrompts: config.capturePrompts,
    captureOutputs: config.captureOutputs,
    allowEventLevelOptIn: config.allowEventLevelOptIn,
    promptBytesMax: config.promptBytesMax,
    outputSnippetBytesMax: config.outputSnippetBytesMax,
    rawEventBytesMax: config.rawEventBytesMax,
    decodedBytesMax: config.decodedBytesMax,
    ringBytes: config.ringBytes,
    insertFormat: config.insertFormat,
    dropStreamEvents: config.dropStreamEvents,
    dropInternalSpans: config.dropInternalSpans,
    ingestVersion: VERSION,
    customRules,
  };
}
