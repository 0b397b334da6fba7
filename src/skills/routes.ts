/** The skill routes of the HTTP API, as functions that the listener plugs in; the tenant comes from the key alone. */

import { IngestError } from '../errors.ts';
import type { SkillStatus } from './gate.ts';
import type { SkillService } from './service.ts';

/** The part of the listener's request that these routes read. */
export interface SkillRequest {
  readonly requestId: string;
  readonly tenantId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export interface SkillReply {
  readonly status: number;
  readonly json: unknown;
}

export interface SkillRoute {
  readonly method: 'GET' | 'POST';
  readonly pattern: string;
  readonly handle: (request: SkillRequest) => Promise<SkillReply>;
}

/** What a client means by a status: `proposed` brings the approved ones too. */
const STATUSES: ReadonlyMap<string, readonly SkillStatus[]> = new Map([
  ['approved', ['approved']],
  ['proposed', ['approved', 'proposed']],
  ['rejected', ['rejected']],
]);

export function createSkillRoutes(service: SkillService): SkillRoute[] {
  return [
    { method: 'GET', pattern: '/v1/skills', handle: (request) => list(service, request) },
    { method: 'GET', pattern: '/v1/skills/{id}', handle: (request) => show(service, request) },
    { method: 'POST', pattern: '/v1/skills/{id}/approve', handle: (request) => decide(service, request, 'approved') },
    { method: 'POST', pattern: '/v1/skills/{id}/reject', handle: (request) => decide(service, request, 'rejected') },
    { method: 'POST', pattern: '/v1/skills/generate', handle: (request) => generate(service, request) },
    { method: 'GET', pattern: '/v1/skills/runs/{id}', handle: (request) => followRun(service, request) },
  ];
}

async function list(service: SkillService, { tenantId, query }: SkillRequest): Promise<SkillReply> {
  const statuses = STATUSES.get(query.get('status') ?? 'approved');
  if (statuses === undefined) throw new IngestError('MALFORMED_REQUEST', 'status is approved, proposed or rejected');
  return { status: 200, json: { skills: await service.list(tenantId, statuses) } };
}

async function show(service: SkillService, request: SkillRequest): Promise<SkillReply> {
  const skill = await service.show(request.tenantId, request.params['id'] ?? '');
  return skill === undefined ? failure(request, 404, 'No such skill') : { status: 200, json: skill };
}

async function decide(
  service: SkillService,
  request: SkillRequest,
  status: 'approved' | 'rejected',
): Promise<SkillReply> {
  const skill = await service.decide(request.tenantId, request.params['id'] ?? '', status);
  if (skill === 'missing') return failure(request, 404, 'No such skill');
  if (skill === 'invalid')
    return failure(request, 409, 'The gate refused the text of this skill; it cannot be approved');
  return { status: 200, json: skill };
}

async function generate(service: SkillService, { tenantId }: SkillRequest): Promise<SkillReply> {
  const { run_id, status } = await service.generate(tenantId);
  return { status: 202, json: { run_id, status } };
}

async function followRun(service: SkillService, request: SkillRequest): Promise<SkillReply> {
  const run = await service.run(request.tenantId, request.params['id'] ?? '');
  return run === undefined ? failure(request, 404, 'No such run') : { status: 200, json: run };
}

function failure({ requestId }: SkillRequest, status: number, message: string): SkillReply {
  return { status, json: { success: false, message, requestId, retryable: false } };
}
