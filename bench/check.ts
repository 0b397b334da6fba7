/** `npm run bench:check`: measures the guarded ratios and exits 1 when one is under its floor (floors.ts). */

import { FLOORS, type FloorId } from './floors.ts';
import { guardPipeline } from './guard/pipeline-guard.ts';
import { guardServer } from './guard/server-guard.ts';
import { oneOf, positive, readOptions } from './options.ts';
import { writeResults } from './results.ts';
import { printTable } from './table.ts';

const options = readOptions('npm run bench:check --', {
  only: { help: 'half of it: pipeline or server', default: 'both' },
  rounds: { help: 'turns of each pipeline measurement', default: '40' },
  canary: { help: 'slow the pipeline down by this factor, to see the guard fail', default: '1' },
});
const only = oneOf('only', options.only, ['both', 'pipeline', 'server']);
const rounds = positive('rounds', options.rounds);
const canary = positive('canary', options.canary);

const measured = new Map<FloorId, number>();
if (only !== 'server') {
  measured.set('pipeline-protobuf', (await guardPipeline('protobuf', rounds, canary)).ratio);
  measured.set('pipeline-json', (await guardPipeline('json', rounds, canary)).ratio);
}
if (only !== 'pipeline') {
  const server = await guardServer();
  measured.set('server-cpu', server.cpuRatio);
  measured.set('server-latency', server.latencyRatio);
}

const judged = FLOORS.filter(({ id }) => measured.has(id)).map((floor) => {
  const ratio = measured.get(floor.id)!;
  return { ...floor, ratio, isKept: ratio >= floor.floor };
});
printTable(
  'guarded ratios',
  ['', 'now', 'floor', 'when set', ''],
  judged.map(({ what, ratio, floor, measured: before, isKept }) => [
    what,
    ratio.toFixed(3),
    floor.toFixed(3),
    before.toFixed(3),
    isKept ? 'kept' : 'UNDER ITS FLOOR',
  ]),
);
// Neither a run that was slowed down on purpose nor half of one is a result.
if (canary === 1 && only === 'both') {
  writeResults(
    'check.json',
    judged.map(({ id, ratio, floor, isKept }) => ({ id, ratio, floor, isKept })),
  );
}
for (const { what, ratio, floor, reason } of judged.filter(({ isKept }) => !isKept)) {
  process.stdout.write(`${what}: ${ratio.toFixed(3)} is under ${floor.toFixed(3)}. Why it is guarded: ${reason}.\n`);
  process.exitCode = 1;
}
