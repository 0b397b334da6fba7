/** What the store knows of one request: behind `GET /v1/requests/{id}`, which `moda doctor` asks after its canary. */

import type { StoreClient } from './client.ts';

export interface RequestStatus {
  /** The raw row is in the table. */
  readonly stored: boolean;
  /** Rows of the request in coding_agent_events. */
  readonly normalizedCount: number;
}

/** Looks the request up among the tenant's own rows. `requestId` must be a UUID; the caller has checked its form. */
export async function requestStatus(client: StoreClient, tenantId: string, requestId: string): Promise<RequestStatus> {
  const [row] = await client.rows<{ raw: string; normalized: string }>(
    `SELECT
      (SELECT count() FROM events_raw WHERE tenant_id = {tenant:String} AND request_id = {request:UUID}) AS raw,
      (SELECT uniqExact(event_id) FROM coding_agent_events
       WHERE tenant_id = {tenant:String} AND request_id = {request:UUID}) AS normalized`,
    { tenant: tenantId, request: requestId },
  );
  return { stored: Number(row?.raw ?? 0) > 0, normalizedCount: Number(row?.normalized ?? 0) };
}
