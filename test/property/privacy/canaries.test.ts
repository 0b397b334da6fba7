/**
 * Canaries through the running server: unique secrets in every place of a text of every capture and unique texts in every
 * place of a prompt or an output, one at a time and all at once, under each deployment; then every column of every table,
 * every file of the data directory, the log, the metrics and all replies are searched.
 */

import { describe, expect, it } from 'vitest';
import { Sightings } from './canaries.ts';
import { readDisk } from './disk.ts';
import { type Post, RunningServer } from './running-server.ts';
import { buildTraffic, type Planted, type PlantedKind } from './traffic.ts';

interface Deployment {
  readonly name: string;
  readonly prompts: boolean;
  readonly outputs: boolean;
  readonly gate: boolean;
}

/** The three of the product's page, and each switch alone, which is only about texts. */
const DEPLOYMENTS: readonly Deployment[] = [
  { name: 'nothing captured', prompts: false, outputs: false, gate: false },
  { name: 'prompts captured', prompts: true, outputs: false, gate: false },
  { name: 'outputs captured', prompts: false, outputs: true, gate: false },
  { name: 'both captured', prompts: true, outputs: true, gate: false },
  { name: 'opt-in allowed', prompts: false, outputs: false, gate: true },
];
/** Answers that leave a raw row. */
const RECORDED = [200, 400, 413, 415];

const { posts, textPosts, planted } = buildTraffic();
const postsFor = ({ prompts, outputs }: Deployment): readonly Post[] => (prompts === outputs ? posts : textPosts);
const places = (indices: Iterable<number>): string[] =>
  [...indices].map((index) => `${index} ${planted[index]?.where}`);

function environment({ prompts, outputs, gate }: Deployment): Record<string, string> {
  return {
    CODING_AGENT_CAPTURE_PROMPTS: String(prompts),
    CODING_AGENT_CAPTURE_OUTPUT_SNIPPETS: String(outputs),
    CODING_AGENT_ALLOW_EVENT_LEVEL_OPT_IN: String(gate),
  };
}

function mayKeep({ kind, isEmitterPrompt }: Planted, { prompts, outputs }: Deployment): boolean {
  if (kind === 'output') return outputs;
  return kind === 'prompt' && (prompts || isEmitterPrompt);
}

/** Nothing is left that must not be, and what the rule keeps is there: the search sees what it looks at. */
function expectOnlyKept({ secrets, texts }: Sightings, deployment: Deployment): void {
  expect(places(secrets)).toEqual([]);
  expect(places([...texts].filter((index) => !mayKeep(planted[index]!, deployment)))).toEqual([]);
  const kept = planted.flatMap((canary, index) => (mayKeep(canary, deployment) ? [index] : []));
  expect(places(kept.filter((index) => !texts.has(index)))).toEqual([]);
}

function expectNothing(...given: readonly string[]): void {
  const seen = new Sightings();
  for (const text of given) seen.see(text);
  expect(places([...seen.secrets, ...seen.texts])).toEqual([]);
}

describe('canaries through the running server', { timeout: 280_000 }, () => {
  const count = (wanted: PlantedKind): number => planted.filter(({ kind }) => kind === wanted).length;
  const [secrets, prompts, outputs] = [count('secret'), count('prompt'), count('output')];

  it.each(DEPLOYMENTS)('[D30] [D41] $name: tables, files, log, metrics and replies', async (deployment) => {
    console.log(
      `${secrets} secrets, ${prompts} prompts, ${outputs} outputs planted; ${postsFor(deployment).length} of ${posts.length} requests sent: ${deployment.name}`,
    );
    expect(secrets).toBeGreaterThan(10_000);
    expect(prompts + outputs).toBeGreaterThan(300);
    const server = new RunningServer({ ...environment(deployment), MODA_EMBEDDED_CLICKHOUSE_PORT: '0' });
    try {
      await server.ready();
      await server.send(postsFor(deployment));
      await server.stored(RECORDED.reduce((sum, status) => sum + (server.statuses.get(status) ?? 0), 0));
      const inTables = new Sightings();
      await server.tables((text) => inTables.see(text));
      expectOnlyKept(inTables, deployment);
      expectNothing(await server.metrics());
      await server.end('SIGTERM');
      expectNothing(server.log, server.replies);
      const onDisk = new Sightings();
      expect(readDisk(server.dataDir, (text) => onDisk.see(text))).toBeGreaterThan(100);
      expectOnlyKept(onDisk, deployment);
      expect([...server.statuses.keys()].filter((status) => status >= 500)).toEqual([]);
    } finally {
      await server.end('SIGKILL');
      await server.remove();
    }
  });

  it.each([DEPLOYMENTS[1]!, DEPLOYMENTS[3]!])(
    '[D41] $name: the spool of a store that is away, and what a killed server leaves',
    async (deployment) => {
      const server = new RunningServer({ ...environment(deployment), MODA_CLICKHOUSE_URL: 'http://127.0.0.1:9' });
      try {
        await server.ready(false);
        await server.send(postsFor(deployment));
        await server.end('SIGKILL');
        const onDisk = new Sightings();
        expect(readDisk(server.dataDir, (text) => onDisk.see(text))).toBeGreaterThan(0);
        expectOnlyKept(onDisk, deployment);
        expectNothing(server.log, server.replies);
      } finally {
        await server.end('SIGKILL');
        await server.remove();
      }
    },
  );
});
