/** The skill service of a server: its tables, its routes, and the thread that its runs use. */

import type { ExtraTable } from './clickhouse/ddl.ts';
import type { Config } from './config/settings.ts';
import { IngestError } from './errors.ts';
import type { ApiRoute } from './http/api-route.ts';
import type { CustomRules } from './model/custom-rules.ts';
import type { ServerStore } from './server-store.ts';
import { createSkillStore } from './skills/clickhouse-store.ts';
import { createSkillRoutes } from './skills/routes.ts';
import { createWorkerRunner } from './skills/runner.ts';
import { SKILL_TABLES } from './skills/schema.ts';
import { createSkillService } from './skills/service.ts';
import { DEFAULT_HARNESS_SETTINGS } from './skills/settings.ts';
import type { Log } from './telemetry/log.ts';

/** Tables that the migration creates beside its own. */
export const SKILL_STORE_TABLES: readonly ExtraTable[] = SKILL_TABLES;

export interface Skills {
  readonly routes: readonly ApiRoute[];
  /** Stops runs under way; a later run goes on where they were. */
  close(): Promise<void>;
}

/** Opens no connection before the first request. */
export function openSkills(config: Config, store: ServerStore, rules: CustomRules, log: Log): Skills {
  const { skillModelUrl: url, skillModelKey: key, skillModelName: name } = config;
  const service = createSkillService({
    store: createSkillStore(store.client, config.clickhouseCluster !== undefined),
    runner: createWorkerRunner(store.options),
    settings: DEFAULT_HARNESS_SETTINGS,
    rules,
    model: url === undefined || name === undefined ? undefined : { url, key: key ?? '', name },
    now: Date.now,
    onFailure: (tenantId, runId, reason) => log.warn({ tenantId, runId, reason }, 'a skill run failed'),
  });
  const routes = createSkillRoutes(service).map(
    (route): ApiRoute => ({
      ...route,
      async handle(request) {
        // Before the tables are there every answer would be a failure of the store.
        if (store.state() !== 'ready') throw new IngestError('STORE_UNAVAILABLE');
        return route.handle(request);
      },
    }),
  );
  return { routes, close: () => service.close() };
}
