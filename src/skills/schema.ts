/**
 * Tables of the skill pipeline. `clickhouse/` creates them beside the event tables; every row belongs to one tenant, and
 * rows are replaced, never updated: the row with the highest version column wins (read with FINAL).
 */

/** A table that migration creates; `columnsSql` is the list between the parentheses of CREATE TABLE. */
export interface SkillTable {
  readonly name: 'skills' | 'skill_versions' | 'skill_sessions' | 'skill_runs' | 'skill_evidence';
  readonly columnsSql: string;
  readonly engine: 'MergeTree' | 'ReplacingMergeTree';
  readonly versionColumn?: string;
  readonly orderBy: string[];
  /** Months, so that old parts can be dropped whole; FINAL replaces rows across them. */
  readonly partitionBy?: string;
  /** TTL expression, without the word TTL. */
  readonly ttl?: string;
  readonly shardKey: string;
}

/** All rows of a tenant stand on one shard, so that a run's reads see its own writes. */
const SHARD_KEY = 'cityHash64(tenant_id)';

/** Watermarks and evidence outlive the sessions that a run looks back to (`lookbackDays`), so none is handled twice. */
const WATERMARK_TTL_DAYS = 400;

/**
 * One row per skill and author: the harness writes its verdict, a person a decision, and neither overwrites the other.
 * `decision` of a person's row numbers it; the harness repeats that number when new evidence reopens a rejected skill.
 */
const SKILLS: SkillTable = {
  name: 'skills',
  columnsSql: `
    tenant_id LowCardinality(String),
    skill_id String,
    author LowCardinality(String),
    status LowCardinality(String),
    description String,
    kind LowCardinality(String),
    cluster_keys Array(String),
    lesson String CODEC(ZSTD(3)),
    lesson_hash String,
    version UInt32,
    content_hash String,
    writer LowCardinality(String),
    figures String CODEC(ZSTD(3)),
    reasons Array(String),
    decision UInt64,
    run_id String,
    created_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC'),
    revision UInt64`,
  engine: 'ReplacingMergeTree',
  versionColumn: 'revision',
  orderBy: ['tenant_id', 'skill_id', 'author'],
  shardKey: SHARD_KEY,
};

/** Every text that a skill ever had; `content_hash` is the SHA-256 of `skill_md` in hex. */
const SKILL_VERSIONS: SkillTable = {
  name: 'skill_versions',
  columnsSql: `
    tenant_id LowCardinality(String),
    skill_id String,
    version UInt32,
    skill_md String CODEC(ZSTD(3)),
    cursor_mdc String CODEC(ZSTD(3)),
    content_hash String,
    lesson_hash String,
    writer LowCardinality(String),
    evidence_ids Array(String),
    figures String CODEC(ZSTD(3)),
    run_id String,
    created_at DateTime64(3, 'UTC')`,
  engine: 'ReplacingMergeTree',
  versionColumn: 'created_at',
  orderBy: ['tenant_id', 'skill_id', 'version'],
  shardKey: SHARD_KEY,
};

/**
 * Watermark of each handled session, and what its commands and edits were (`use_*`, parallel arrays): the held-out replay
 * asks these where a trigger would have fired. `rows_seen` and `last_ingested_at` tell whether more has arrived since.
 */
const SKILL_SESSIONS: SkillTable = {
  name: 'skill_sessions',
  columnsSql: `
    tenant_id LowCardinality(String),
    provider LowCardinality(String),
    session_id String,
    repo LowCardinality(String),
    user_key String,
    started_at DateTime64(3, 'UTC'),
    ended_at DateTime64(3, 'UTC'),
    rows_seen UInt64,
    last_ingested_at DateTime64(3, 'UTC'),
    calls UInt32,
    prompts UInt32,
    prompts_with_text UInt32,
    snapshots UInt32,
    use_heads Array(String) CODEC(ZSTD(1)),
    use_flags Array(String) CODEC(ZSTD(1)),
    use_first Array(UInt16) CODEC(ZSTD(1)),
    use_worked Array(UInt8) CODEC(ZSTD(1)),
    corrections UInt32,
    harness_version UInt16,
    run_id String,
    handled_at DateTime64(3, 'UTC')`,
  engine: 'ReplacingMergeTree',
  versionColumn: 'handled_at',
  orderBy: ['tenant_id', 'provider', 'session_id'],
  partitionBy: 'toYYYYMM(handled_at)',
  ttl: `toDateTime(handled_at) + INTERVAL ${WATERMARK_TTL_DAYS} DAY`,
  shardKey: SHARD_KEY,
};

/** Runs, their progress, and the lease: `ticket` orders claims, `heartbeat_at` tells the living from the dead. */
const SKILL_RUNS: SkillTable = {
  name: 'skill_runs',
  columnsSql: `
    tenant_id LowCardinality(String),
    run_id String,
    status LowCardinality(String),
    ticket UInt64,
    joined_run_id String,
    stage LowCardinality(String),
    done UInt32,
    total UInt32,
    summary String CODEC(ZSTD(3)),
    error String,
    started_at DateTime64(3, 'UTC'),
    heartbeat_at DateTime64(3, 'UTC'),
    revision UInt64`,
  engine: 'ReplacingMergeTree',
  versionColumn: 'revision',
  orderBy: ['tenant_id', 'run_id'],
  partitionBy: 'toYYYYMM(started_at)',
  ttl: 'toDateTime(started_at) + INTERVAL 90 DAY',
  shardKey: SHARD_KEY,
};

/** One observed correction. `evidence_id` is derived from its content, so handling a session again adds nothing. */
const SKILL_EVIDENCE: SkillTable = {
  name: 'skill_evidence',
  columnsSql: `
    tenant_id LowCardinality(String),
    evidence_id String,
    kind LowCardinality(String),
    cluster_key String,
    signal LowCardinality(String),
    failure LowCardinality(String),
    provider LowCardinality(String),
    session_id String,
    user_key String,
    repo LowCardinality(String),
    observed_at DateTime64(3, 'UTC'),
    session_started_at DateTime64(3, 'UTC'),
    wrong_head String,
    wrong_flags String,
    wrong_text String CODEC(ZSTD(1)),
    right_head String,
    right_flags String,
    right_text String CODEC(ZSTD(1)),
    words Array(String) CODEC(ZSTD(1)),
    event_ids Array(String) CODEC(ZSTD(1)),
    snapshot_before String,
    snapshot_after String,
    run_id String,
    recorded_at DateTime64(3, 'UTC')`,
  engine: 'ReplacingMergeTree',
  versionColumn: 'recorded_at',
  orderBy: ['tenant_id', 'kind', 'cluster_key', 'provider', 'session_id', 'evidence_id'],
  partitionBy: 'toYYYYMM(recorded_at)',
  ttl: `toDateTime(recorded_at) + INTERVAL ${WATERMARK_TTL_DAYS} DAY`,
  shardKey: SHARD_KEY,
};

/** The definitions that `migrate()` takes beside its own. */
export const SKILL_TABLES: readonly SkillTable[] = [SKILLS, SKILL_VERSIONS, SKILL_SESSIONS, SKILL_RUNS, SKILL_EVIDENCE];
