/** How many of the corrections planted in made fleets become approved skills, and what else does. */

import type { TestStore } from './chdb-store.ts';
import { makeFleet } from './fleet.ts';
import { sessionRows } from './fleet-rows.ts';
import { foundSkills, NOW_MS, run } from './harness-run.ts';

export interface FleetRecall {
  readonly planted: number;
  /** Plants with an approved skill. */
  readonly found: number;
  readonly approved: number;
  /** Approved skills of no plant, or of one that another skill stands for: seed and id. */
  readonly wrong: readonly string[];
  readonly missed: readonly string[];
}

export interface FleetSeeds {
  readonly first: number;
  readonly last: number;
  readonly sessions: number;
}

/** One run over each seed's fleet; `afterRun` may look into the store before the next one empties it. */
export async function measureRecall(
  store: TestStore,
  { first, last, sessions }: FleetSeeds,
  afterRun: () => Promise<void> = () => Promise.resolve(),
): Promise<FleetRecall> {
  const totals = { planted: 0, found: 0, approved: 0, wrong: [] as string[], missed: [] as string[] };
  for (let seed = first; seed <= last; seed++) {
    await store.truncate();
    const fleet = makeFleet({ seed, sessions, endsAtMs: NOW_MS - 3_600_000 });
    const rows = fleet.sessions.flatMap((session) => sessionRows('acme', session));
    await store.insert('coding_agent_events', rows);
    await run(store);
    await afterRun();
    const approved = (await foundSkills(store)).filter((skill) => skill.status === 'approved');
    const hit = new Set<string>();
    for (const skill of approved) {
      const plant = fleet.plants.find((candidate) => candidate.matches(skill.lesson));
      // A second skill of the same plant is a duplicate, which counts as wrong.
      if (plant === undefined || hit.has(plant.name)) totals.wrong.push(`${seed}: ${skill.id}`);
      else hit.add(plant.name);
    }
    totals.planted += fleet.plants.length;
    totals.found += hit.size;
    totals.approved += approved.length;
    for (const plant of fleet.plants) if (!hit.has(plant.name)) totals.missed.push(`${seed}: ${plant.name}`);
  }
  return totals;
}
