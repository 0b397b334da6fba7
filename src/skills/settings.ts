/** Bounds and floors of a run. Defaults stand here once; tests and operators' tools pass overrides. */

export interface HarnessSettings {
  /** A session without a session_end counts as over after this long without a new row. */
  readonly idleMs: number;
  /** Sessions whose rows arrived earlier than this are never looked at. */
  readonly lookbackDays: number;
  /** Sessions that one run handles; what is left waits for the next run, which the summary says. */
  readonly sessionsPerRunMax: number;
  readonly sessionsPerBatchMax: number;
  /** Event rows and text that one batch may cover; a single larger session still makes a batch of its own. */
  readonly rowsPerBatchMax: number;
  readonly textKibPerBatchMax: number;
  /** Calls, prompts and marks of one session that are read, oldest first. */
  readonly stepsPerSessionMax: number;
  /** How far behind a wrong step its right variant is looked for. */
  readonly correctionStepsMax: number;
  readonly correctionWindowMs: number;
  readonly correctionsPerSessionMax: number;
  /** Pause between batches, so that the store serves others in between. */
  readonly pauseMs: number;

  /** Sessions that make a cluster a candidate at all. */
  readonly candidateSessionsMin: number;
  /**
   * Share of the firings in the sessions learned from that must have been corrected for a new candidate; below it the
   * cluster is a coincidence of two commands. Not for what was said in words or redone by hand: their occasion is wide.
   */
  readonly candidatePrecisionMin: number;
  /** Clusters that one run turns into candidates, best supported first. */
  readonly candidatesMax: number;
  /** Newest evidence of a cluster that is read for its lesson. */
  readonly evidencePerClusterMax: number;
  /** Texts of repeated instructions that are compared with each other. */
  readonly instructionsMax: number;

  /** Floors of the gate. Support: sessions, and users or days. */
  readonly sessionsMin: number;
  readonly usersMin: number;
  readonly daysMin: number;
  /** Share of a cluster's sessions, the latest, that the lesson is not learned from but tested on. */
  readonly heldOutShare: number;
  readonly heldOutSessionsMin: number;
  readonly precisionMin: number;
  /** Share of all firings that were corrected, undecided ones included. */
  readonly followedShareMin: number;
  readonly recallMin: number;
  /** Share of common words from which two lessons are one. */
  readonly similarityMax: number;
  /** Sessions of the held-out part that are replayed, newest first. */
  readonly replaySessionsMax: number;

  readonly modelTimeoutMs: number;
  readonly modelAttemptsMax: number;
  /** Requests to the model, retries included, that one run may make. */
  readonly modelCallsPerRunMax: number;
  readonly modelAnswerBytesMax: number;
  readonly modelTokensMax: number;

  readonly heartbeatMs: number;
  /** A run whose heartbeat is older is dead; its lease is taken over. Several heartbeats, more than any clock skew. */
  readonly leaseMs: number;
  /** Runs of different tenants that one process works on at a time; further ones wait. */
  readonly runsAtOnceMax: number;
  readonly runsWaitingMax: number;
}

export const DEFAULT_HARNESS_SETTINGS: HarnessSettings = {
  idleMs: 30 * 60_000,
  lookbackDays: 90,
  sessionsPerRunMax: 20_000,
  sessionsPerBatchMax: 200,
  rowsPerBatchMax: 40_000,
  textKibPerBatchMax: 16 * 1024,
  stepsPerSessionMax: 4_000,
  correctionStepsMax: 12,
  correctionWindowMs: 30 * 60_000,
  correctionsPerSessionMax: 100,
  pauseMs: 5,

  candidateSessionsMin: 3,
  candidatePrecisionMin: 0.3,
  candidatesMax: 200,
  evidencePerClusterMax: 500,
  instructionsMax: 3_000,

  sessionsMin: 5,
  usersMin: 2,
  daysMin: 3,
  heldOutShare: 0.4,
  heldOutSessionsMin: 2,
  precisionMin: 0.7,
  followedShareMin: 0.4,
  recallMin: 0.6,
  similarityMax: 0.8,
  replaySessionsMax: 10_000,

  modelTimeoutMs: 30_000,
  modelAttemptsMax: 3,
  modelCallsPerRunMax: 20,
  modelAnswerBytesMax: 64 * 1024,
  modelTokensMax: 2_000,

  heartbeatMs: 2_000,
  leaseMs: 30_000,
  runsAtOnceMax: 1,
  runsWaitingMax: 100,
};

/** Raised when detection or normalization changes: sessions handled by an older version are handled again. */
export const HARNESS_VERSION = 1;
