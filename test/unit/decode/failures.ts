/** What a decode ended with, as a text to compare: the count, or the code and detail of its IngestError. */

import { IngestError } from '../../../src/errors.ts';
import type { Provider, Signal } from '../../../src/model/identity.ts';
import { record } from './recording.ts';

/** Decodes; anything thrown that is no IngestError goes through and fails the test. */
export function outcome(
  signal: Signal,
  bodyType: 'json' | 'protobuf',
  body: Uint8Array | string,
  provider?: Provider,
): string {
  try {
    return `${record(signal, bodyType, body, provider).recordCount} records`;
  } catch (error) {
    if (error instanceof IngestError) return `${error.code}: ${error.detail}`;
    throw error;
  }
}
