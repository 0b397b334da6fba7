/** The bound on records per body: an empty record takes two bytes, so the body limit alone would allow 32 million rows. */

import { IngestError } from '../errors.ts';

/** Over it: TOO_MANY_VALUES. Real records take 300 bytes and more, so 64 MiB hold about 200 000. */
const RECORDS_PER_BODY_MAX = 1_000_000;

/** Throws when a body holds more records than one request may carry. */
export function checkRecordCount(count: number): void {
  if (count > RECORDS_PER_BODY_MAX) {
    throw new IngestError('TOO_MANY_VALUES', `more than ${RECORDS_PER_BODY_MAX} records in one body`);
  }
}
