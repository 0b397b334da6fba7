/**
 * Prints recall and precision over made fleets, the figures of the README's table:
 * `node test/integration/skills/fleet-figures.ts [--seeds=101-120] [--sessions=300]`.
 */

import { parseArgs } from 'node:util';
import { openTestStore } from './chdb-store.ts';
import { measureRecall } from './fleet-recall.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '101-120' }, sessions: { type: 'string', default: '300' } },
});
const [first = 101, last = first] = values.seeds.split('-').map(Number);
const store = await openTestStore();
const { planted, found, approved, wrong, missed } = await measureRecall(store, {
  first,
  last,
  sessions: Number(values.sessions),
});
store.close();
process.stdout.write(
  `seeds ${first}-${last}, ${values.sessions} sessions: recall ${(found / planted).toFixed(3)} (${found} of ${planted}), ` +
    `precision ${(found / approved).toFixed(3)} (${approved} approved)\n` +
    `wrong: ${wrong.join('; ') || 'none'}\nmissed: ${missed.join('; ') || 'none'}\n`,
);
