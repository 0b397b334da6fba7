/**
 * The floors of `npm run bench:check`, each a ratio against a reference that is measured in the same run: absolute times
 * say more about the machine than about a change. A floor is 85 % of what was measured when it was set, so that a change
 * which makes a path slower by more than 15 % fails; raise one when a path has become faster.
 */

export interface Floor {
  readonly id: FloorId;
  readonly what: string;
  /** The ratio when the floor was set, median of several runs. */
  readonly measured: number;
  readonly floor: number;
  readonly reason: string;
}

export type FloorId = 'pipeline-protobuf' | 'pipeline-json' | 'server-cpu' | 'server-latency';

const SHARE = 0.85;

const floor = (id: FloorId, what: string, measured: number, reason: string, share = SHARE): Floor => ({
  id,
  what,
  measured,
  floor: measured * share,
  reason,
});

export const FLOORS: readonly Floor[] = [
  floor(
    'pipeline-protobuf',
    'worker pipeline: records per CPU second, protobuf logs, over the naive pipeline',
    3,
    'the pipeline is the largest share of the CPU of a record; both sides run in turn in one process',
  ),
  floor(
    'pipeline-json',
    'worker pipeline: records per CPU second, OTLP/JSON logs, over the naive pipeline',
    2.3,
    'the naive side has JSON.parse, which is native code: the ratio shows whether our reader still pays',
  ),
  floor(
    'server-cpu',
    'whole server: requests of one record per CPU second, over a bare uWebSockets.js handler',
    0.115,
    'small requests show what the front door, the hand-over and the acknowledgement cost; the less a machine does beside, ' +
      'the fewer of them share a task and a sync, so the figure is that of an idle machine',
    0.7,
  ),
  floor(
    'server-latency',
    'whole server: p99 of a bare handler over ours, open loop at the same rate, disk durability',
    0.08,
    'a queue that grows shows here long before a rate falls; p99 swings, so the floor is half of what was measured',
    0.5,
  ),
];
