/** What a worker needs to know of the configuration; structured-cloneable, sent once as workerData. */

import type { CustomRules } from '../model/custom-rules.ts';
import type { InsertFormat } from '../model/frame.ts';

export interface PipelineOptions {
  readonly capturePrompts: boolean;
  readonly captureOutputs: boolean;
  readonly allowEventLevelOptIn: boolean;
  readonly promptBytesMax: number;
  readonly outputSnippetBytesMax: number;
  readonly rawEventBytesMax: number;
  readonly decodedBytesMax: number;
  readonly ringBytes: number;
  readonly insertFormat: InsertFormat;
  readonly dropStreamEvents: boolean;
  readonly dropInternalSpans: boolean;
  /** Version of this server, written to `ingest_version`. */
  readonly ingestVersion: string;
  /** Operator's own redaction rules and allow-list, already checked. */
  readonly customRules: CustomRules;
}
