/** The clock of spool and sink on a machine whose own clock is moved. */

import { afterEach, expect, it, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../../src/spool/ports.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('goes on when the machine is told that it is an hour earlier', () => {
  const beforeMs = SYSTEM_CLOCK.nowMs();
  expect(Math.abs(beforeMs - Date.now())).toBeLessThan(60_000);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
  expect(SYSTEM_CLOCK.nowMs()).toBeGreaterThanOrEqual(beforeMs);
});
