/** Times in the view sessions: clocks that are wrong, ends and resumptions, the latest word. */

import { describe, expect, it } from 'vitest';

import { at, hook, log, type Row, useEventStore } from './event-store.ts';

const { store, read } = useEventStore();

describe('a session', () => {
  it('is not stretched by an event whose clock is decades off, nor hides the time of one that stands alone', async () => {
    await store(
      log({ at: 10, event_type: 'user_prompt' }),
      log({ event_type: 'other', timestamp: '1970-01-01 00:00:01.000' }),
      log({ event_type: 'other', timestamp: '2100-01-01 00:00:00.000' }),
      log({ at: 30, event_type: 'assistant_response' }),
      hook({ session_id: 'told later', event_type: 'tool_result', timestamp: '2025-01-15 12:34:56.000' }),
    );
    expect(await read('sessions', 'session_id, started_at, last_event_at, duration_seconds')).toEqual([
      {
        session_id: 's',
        started_at: '2026-11-22 10:00:10.000000',
        last_event_at: '2026-11-22 10:00:30.000000',
        duration_seconds: 20,
      },
      {
        session_id: 'told later',
        started_at: '2025-01-15 12:34:56.000000',
        last_event_at: '2025-01-15 12:34:56.000000',
        duration_seconds: 0,
      },
    ]);
  });

  it('has not ended once it was resumed, until it ends again', async () => {
    await store(hook({ at: 1, event_type: 'session_start' }), log({ at: 2, event_type: 'user_prompt' }));
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 0 }]);
    await store(hook({ at: 10, event_type: 'session_end' }), log({ at: 11, event_type: 'api_request' }));
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 1 }]);
    await store(hook({ at: 3600, event_type: 'session_start' }));
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 0 }]);
    await store(hook({ at: 3700, event_type: 'session_end' }));
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 1 }]);
  });

  it('has ended at a later stop of an agent without a session-end hook, which keeps the time of the first', async () => {
    const end = (firedAt: number): Row =>
      hook({
        at: 10,
        event_id: 'e'.repeat(16),
        event_type: 'session_end',
        attributes: { ended_at: `${at(firedAt)}Z` },
      });
    await store(log({ at: 1, event_type: 'user_prompt' }), end(10));
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 1 }]);
    await store(log({ at: 60, event_type: 'user_prompt' }));
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 0 }]);
    await store(end(90));
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 1 }]);
    await store(log({ at: 100, event_type: 'user_prompt' }), hook({ ...end(80), attributes: { ended_at: 'soon' } }));
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 0 }]);
  });

  it('takes no end, no resumption and no branch from a clock decades ahead, where others tell them', async () => {
    const wrong = { timestamp: '2100-01-01 00:00:00.000' };
    await store(
      log({ at: 1, event_type: 'user_prompt', branch: 'main' }),
      hook({ at: 10, event_type: 'session_end' }),
      log({ ...wrong, event_type: 'user_prompt', branch: 'old' }),
    );
    expect(await read('sessions', 'is_ended, branch')).toEqual([{ is_ended: 1, branch: 'main' }]);
    await store(
      hook({ at: 20, event_type: 'session_start' }),
      hook({ ...wrong, event_type: 'session_end', attributes: { ended_at: '2100-01-01T00:00:00Z' } }),
      hook({ at: 10, event_type: 'session_end', attributes: { ended_at: '2100-01-01T00:00:00Z' } }),
    );
    expect(await read('sessions', 'is_ended')).toEqual([{ is_ended: 0 }]);
  });
});
