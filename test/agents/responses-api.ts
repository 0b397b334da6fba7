/** A stand-in for OpenAI's Responses API on loopback: one scripted turn (a shell call, then an answer), streamed. */

import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

interface ResponsesRequest {
  readonly input?: readonly { readonly type?: string }[];
  readonly tools?: readonly { readonly name?: string; readonly type?: string }[];
}

type Item = Readonly<Record<string, unknown>>;

const USAGE = {
  input_tokens: 1234,
  input_tokens_details: { cached_tokens: 1000 },
  output_tokens: 56,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 1290,
};

/** Listens on a free port; `command` is what the model asks the shell to run. */
export async function startResponsesApi(command: string): Promise<{ url: string; close: () => void }> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST' && request.url === '/v1/responses') {
        const asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ResponsesRequest;
        stream(response, nextItem(asked, command));
        return;
      }
      const isModels = request.url?.startsWith('/v1/models') === true;
      response.writeHead(isModels ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(isModels ? { object: 'list', data: [], models: [] } : { error: { message: 'not found' } }),
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A tool call first, by whichever shell tool this release offers; after its output a closing sentence. */
function nextItem({ input = [], tools = [] }: ResponsesRequest, command: string): Item {
  const hasOutput = input.some(({ type }) => type?.endsWith('_output') === true);
  if (hasOutput) {
    const content = [{ type: 'output_text', text: 'The command printed hello.', annotations: [] }];
    return { type: 'message', id: `msg_${randomUUID()}`, status: 'completed', role: 'assistant', content };
  }
  const offered = new Set(tools.map(({ name }) => name));
  const call = {
    type: 'function_call',
    id: `fc_${randomUUID()}`,
    call_id: `call_${randomUUID()}`,
    status: 'completed',
  };
  if (offered.has('exec_command'))
    return { ...call, name: 'exec_command', arguments: JSON.stringify({ cmd: command }) };
  if (offered.has('shell_command')) return { ...call, name: 'shell_command', arguments: JSON.stringify({ command }) };
  return { ...call, name: 'shell', arguments: JSON.stringify({ command: ['bash', '-lc', command] }) };
}

function stream(response: http.ServerResponse, item: Item): void {
  const id = `resp_${randomUUID()}`;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': `req_${randomUUID()}` });
  const events = [
    { type: 'response.created', response: { id } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress' } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id, object: 'response', status: 'completed', usage: USAGE } },
  ];
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}
