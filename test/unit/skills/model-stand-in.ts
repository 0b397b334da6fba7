/** A model endpoint on node:http that speaks both protocols, and misbehaves as told. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: {
    readonly model: string;
    readonly max_tokens: number;
    readonly messages: { role: string; content: string }[];
    readonly system?: string;
  };
}

/** Answers one request; the text goes out in the shape that the path asks for. */
export type Behaviour =
  | { readonly text: string }
  | { readonly status: number; readonly retryAfter?: string }
  | { readonly raw: string }
  | { readonly redirect: string }
  | 'hang'
  | 'reset'
  | { readonly endless: number };

export interface StandIn {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Behaviours in order; the last one stays. */
  behave(...behaviours: Behaviour[]): void;
  close(): Promise<void>;
}

export async function openStandIn(): Promise<StandIn> {
  const seen: SeenRequest[] = [];
  let plan: Behaviour[] = [{ text: '{}' }];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({
      path: request.url ?? '',
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
    });
    const behaviour = plan.length > 1 ? plan.shift()! : plan[0]!;
    act(behaviour, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    behave(...behaviours) {
      plan = behaviours;
      seen.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function act(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  if (behaviour === 'hang') return;
  if (behaviour === 'reset') {
    request.socket.destroy();
    return;
  }
  if ('status' in behaviour) {
    const headers = behaviour.retryAfter === undefined ? {} : { 'retry-after': behaviour.retryAfter };
    response.writeHead(behaviour.status, headers).end('{"error":{"message":"no"}}');
  } else if ('redirect' in behaviour) {
    response.writeHead(307, { location: behaviour.redirect }).end();
  } else if ('raw' in behaviour) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(behaviour.raw);
  } else if ('endless' in behaviour) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(`{"content":[{"type":"text","text":"${'a'.repeat(behaviour.endless)}`);
  } else {
    const isAnthropic = request.url?.endsWith('/messages') === true;
    const answer = isAnthropic
      ? { id: 'msg_1', type: 'message', content: [{ type: 'text', text: behaviour.text }], stop_reason: 'end_turn' }
      : {
          id: 'c_1',
          object: 'chat.completion',
          choices: [{ index: 0, message: { role: 'assistant', content: behaviour.text } }],
        };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }
}
