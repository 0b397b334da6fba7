import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RawWriter } from '../../../src/codec/json-writer.ts';
import { helpText } from '../../../src/config/help.ts';
import { ConfigError, type Environment, loadConfig, settingWarnings } from '../../../src/config/load-config.ts';
import { SETTINGS } from '../../../src/config/settings.ts';
import { RecordView } from '../../../src/model/record.ts';
import { Kind, Tape } from '../../../src/model/tape.ts';

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** Names and defaults as the public contract lists them, written down by hand. */
const CONTRACT: Readonly<Record<string, unknown>> = {
  MODA_HOST: '127.0.0.1',
  MODA_PORT: 4318,
  MODA_TLS_CERT: undefined,
  MODA_TLS_KEY: undefined,
  MODA_API_KEYS_FILE: undefined,
  MODA_API_KEYS: undefined,
  MODA_ADMIN_KEY: undefined,
  MODA_CLICKHOUSE_URL: undefined,
  MODA_CLICKHOUSE_DATABASE: 'moda',
  MODA_CLICKHOUSE_CLUSTER: undefined,
  MODA_EMBEDDED_CLICKHOUSE_PORT: 8123,
  MODA_EMBEDDED_CLICKHOUSE_PASSWORD: undefined,
  MODA_REUSE_PORT: false,
  MODA_MAX_BODY_BYTES: 20 * 1024 ** 2,
  MODA_MAX_DECODED_BYTES: 64 * 1024 ** 2,
  MODA_MAX_INFLIGHT_BYTES: 256 * 1024 ** 2,
  MODA_MAX_QUEUE_MS: 5000,
  MODA_FLUSH_ROWS: 50_000,
  MODA_FLUSH_BYTES: 16 * 1024 ** 2,
  MODA_FLUSH_INTERVAL_MS: 1000,
  MODA_DRAIN_MS: 5000,
  MODA_INSERT_FORMAT: 'RowBinary',
  MODA_DURABILITY: 'disk',
  MODA_SPOOL_MAX_BYTES: 10 * 1024 ** 3,
  MODA_RATE_LIMIT_RPS: undefined,
  MODA_RATE_LIMIT_BYTES: undefined,
  MODA_RAW_EVENT_MAX_BYTES: 8 * 1024 ** 2,
  MODA_RETENTION_RAW_DAYS: 30,
  MODA_RETENTION_EVENTS_DAYS: 365,
  CODING_AGENT_CAPTURE_PROMPTS: false,
  CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS: false,
  CODING_AGENT_ALLOW_EVENT_LEVEL_OPT_IN: false,
  MODA_TASK_MAX_REQUESTS: 64,
  MODA_TASK_MAX_BYTES: 1024 ** 2,
  MODA_RING_BYTES: 64 * 1024 ** 2,
  MODA_PROMPT_MAX_BYTES: 65_536,
  MODA_OUTPUT_SNIPPET_MAX_BYTES: 4096,
  MODA_REDACTION_RULES_FILE: undefined,
  MODA_PRICES_FILE: undefined,
  MODA_DROP_STREAM_EVENTS: false,
  MODA_DROP_INTERNAL_SPANS: false,
  MODA_SKILL_MODEL_URL: undefined,
  MODA_SKILL_MODEL_KEY: undefined,
  MODA_SKILL_MODEL_NAME: undefined,
  MODA_LOG_LEVEL: 'info',
};

describe('loadConfig', () => {
  it('has every setting of the contract with its default', () => {
    const config: Readonly<Record<string, unknown>> = { ...loadConfig({}) };
    const byName = Object.fromEntries(Object.entries(SETTINGS).map(([key, setting]) => [setting.name, config[key]]));
    expect(byName).toMatchObject(CONTRACT);
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
    const dynamic = ['MODA_DATA_DIR', 'MODA_WORKERS', 'MODA_POOL_QUEUE_MAX'];
    expect(Object.keys(byName).sort()).toEqual([...Object.keys(CONTRACT), ...dynamic].sort());
  });

  it('names every unknown name and every unreadable value in one message', () => {
    const problems = problemsOf({
      MODA_PORT: 'http',
      MODA_MAX_BODY_BYTES: '20 MB',
      MODA_DURABILITY: 'tape',
      MODA_REUSE_PORT: 'yes',
      MODA_WROKERS: '3',
      PATH: '/bin',
    });
    expect(problems).toHaveLength(5);
    for (const name of ['MODA_PORT', 'MODA_MAX_BODY_BYTES', 'MODA_DURABILITY', 'MODA_REUSE_PORT', 'MODA_WROKERS']) {
      expect(problems.join('\n')).toContain(name);
    }
  });

  it.each([
    ['MODA_WROKERS', 'MODA_WORKERS'],
    ['MODA_WORKER', 'MODA_WORKERS'],
    ['MODA_DATADIR', 'MODA_DATA_DIR'],
    ['MODA_CLICKHOUSE_DB', undefined],
    ['MODA_X', undefined],
    [`MODA_${'WORKERS'.repeat(100)}`, undefined],
  ])('says which setting %s may have meant', (name, meant) => {
    const advice = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    expect(problemsOf({ [name]: '1' })).toEqual([`${name} is not a setting${advice}; --help lists them`]);
  });

  it('warns of names and words of capture switches that leave them off', () => {
    const env = {
      CODING_AGENT_CAPTURE_PROMPT: 'true',
      CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS: 'yes',
      CODING_AGENT_CAPTURE_PROMPTS: 'false',
      CODING_AGENT_ALLOW_EVENT_LEVEL_OPT_IN: '1',
      MODA_WORKERS: '2',
    };
    expect(settingWarnings(env)).toEqual([
      'CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS is off: only true and 1 are on',
      'CODING_AGENT_CAPTURE_PROMPT is not a setting (did you mean CODING_AGENT_CAPTURE_PROMPTS?); --help lists them',
    ]);
  });

  it('knows the names of the client side and what Kubernetes injects, and ignores them', () => {
    const config = loadConfig({
      MODA_API_KEY: 'k',
      MODA_TOKEN: 't',
      MODA_ENDPOINT: 'https://x',
      MODA_HOOK_TIMEOUT: '3',
      MODA_SERVICE_HOST: '10.0.0.1',
      MODA_SERVICE_PORT: '4318',
      MODA_SERVICE_PORT_HTTP: '4318',
      MODA_PORT: 'tcp://10.0.0.1:4318',
      MODA_PORT_4318_TCP: 'tcp://10.0.0.1:4318',
      MODA_PORT_4318_TCP_ADDR: '10.0.0.1',
      MODA_INGEST_SERVICE_HOST: '10.0.0.2',
      MODA_INGEST_PORT: 'tcp://10.0.0.2:4318',
      MODA_INGEST_PORT_4318_TCP_PROTO: 'tcp',
    });
    expect(config.port).toBe(4318);
  });

  it.each([
    ['true', true],
    ['1', true],
    ['TRUE', false],
    ['yes', false],
    ['on', false],
    ['', false],
    ['0', false],
    ['false', false],
  ])('[D35] reads the capture switches from %j as %s and never stops for them', (text, isOn) => {
    const config = loadConfig({
      CODING_AGENT_CAPTURE_PROMPTS: text,
      CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS: text,
      CODING_AGENT_ALLOW_EVENT_LEVEL_OPT_IN: text,
      CODING_AGENT_SOMETHING_NEW: text,
    });
    expect([config.capturePrompts, config.captureOutputs, config.allowEventLevelOptIn]).toEqual([isOn, isOn, isOn]);
  });

  it.each([
    ['1048576', 1024 ** 2],
    ['1 MiB', 1024 ** 2],
    ['2GiB', undefined],
    ['64KiB', 64 * 1024],
    ['1MB', undefined],
    ['-1', undefined],
    ['1e6', undefined],
    ['12.5MiB', undefined],
  ])('reads the size %j as %s bytes', (text, bytes) => {
    const env = { MODA_MAX_BODY_BYTES: text };
    if (bytes === undefined) expect(problemsOf(env).length).toBeGreaterThan(0);
    else expect(loadConfig(env).bodyBytesMax).toBe(bytes);
  });

  it('[B13] refuses a length of raw texts that would leave nothing of any', () => {
    const least = 4096;
    expect(problemsOf({ MODA_RAW_EVENT_MAX_BYTES: '2KiB' })).toEqual([
      expect.stringContaining(`MODA_RAW_EVENT_MAX_BYTES: expected bytes from ${least}`),
    ]);
    const writer = new RawWriter();
    writer.reset(loadConfig({ MODA_RAW_EVENT_MAX_BYTES: String(least) }).rawEventBytesMax);
    const view = new RecordView(new Tape());
    view.signal = 'hooks';
    view.attributes = view.tape.push(Kind.MAP, 0, 0);
    writer.record(view);
    expect(Buffer.from(writer.bytes.subarray(0, writer.finish(view))).toString()).toBe('{}');
  });

  it('reads pairs of key and tenant, a colon in the key included', () => {
    expect(loadConfig({ MODA_API_KEYS: 'one:acme, a:b:c' }).apiKeys).toEqual([
      { key: 'one', tenantId: 'acme' },
      { key: 'a:b', tenantId: 'c' },
    ]);
  });

  it('refuses one key for two tenants, and takes a pair that is repeated', () => {
    const problems = problemsOf({ MODA_API_KEYS: 'SECRET:acme,other:acme,SECRET:beta' });
    expect(problems).toEqual([
      'MODA_API_KEYS: expected one tenant for each key; pair 3 gives an earlier key to another tenant',
    ]);
    expect(loadConfig({ MODA_API_KEYS: 'one:acme,one:acme' }).apiKeys).toHaveLength(2);
  });

  it.each(['MODA_API_KEYS_FILE', 'MODA_REDACTION_RULES_FILE', 'MODA_PRICES_FILE'])(
    'refuses a directory where %s names a file',
    (name) => {
      expect(problemsOf({ [name]: import.meta.dirname })).toEqual([
        `${name}: cannot read ${import.meta.dirname}, or it is a directory`,
      ]);
    },
  );

  it('repeats no secret in its message', () => {
    const problems = problemsOf({
      MODA_API_KEYS: 'SECRET-ONE',
      MODA_ADMIN_KEY: 'SECRET 2',
      MODA_CLICKHOUSE_URL: 'ftp://user:SECRET3@host',
    });
    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).not.toMatch(/SECRET/);
  });

  it.each([
    [{ MODA_TLS_CERT: '/dev/null' }, 'MODA_TLS_KEY'],
    [{ MODA_MAX_BODY_BYTES: '100 MiB' }, 'MODA_MAX_DECODED_BYTES'],
    [{ MODA_MAX_INFLIGHT_BYTES: '1 MiB' }, 'MODA_MAX_INFLIGHT_BYTES'],
    [{ MODA_SPOOL_MAX_BYTES: '1 MiB' }, 'MODA_SPOOL_MAX_BYTES'],
    [{ MODA_REUSE_PORT: 'true', MODA_PORT: '0' }, 'MODA_REUSE_PORT'],
    [{ MODA_CLICKHOUSE_CLUSTER: 'c' }, 'MODA_CLICKHOUSE_CLUSTER'],
    [{ MODA_SKILL_MODEL_KEY: 'k' }, 'MODA_SKILL_MODEL'],
    [{ MODA_API_KEYS_FILE: '/nowhere/keys.json' }, 'MODA_API_KEYS_FILE'],
  ])('finds what does not go together: %o', (env, name) => {
    expect(problemsOf(env).join('\n')).toContain(name);
  });

  it('takes an empty value as unset', () => {
    expect(loadConfig({ MODA_PORT: '', MODA_CLICKHOUSE_URL: '' })).toMatchObject({
      port: 4318,
      clickhouseUrl: undefined,
    });
  });

  it('does not read files, only looks whether it may', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'moda-config-')), 'rules.json');
    writeFileSync(file, 'not json');
    expect(loadConfig({ MODA_REDACTION_RULES_FILE: file }).redactionRulesFile).toBe(file);
  });
});

describe('help', () => {
  it('prints every setting with its default', () => {
    const text = helpText();
    for (const setting of Object.values(SETTINGS)) {
      const place = text.indexOf(`  ${setting.name} `);
      expect(place, setting.name).toBeGreaterThan(-1);
      expect(text.slice(place)).toContain(`default: ${setting.defaultText}`);
    }
  });
});
