/** A stand-in for Anthropic's Messages API on loopback: one scripted turn (a Bash call, then an answer), streamed. */

import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

interface MessagesRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly tools?: readonly unknown[];
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[];
}

type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown };

const USAGE = {
  input_tokens: 1234,
  cache_creation_input_tokens: 200,
  cache_read_input_tokens: 3000,
  output_tokens: 56,
  service_tier: 'standard',
};

/** Listens on a free port; `command` is what the model asks Bash to run. */
export async function startMessagesApi(command: string): Promise<{ url: string; close: () => void }> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0];
      if (path !== '/v1/messages') {
        response.writeHead(request.method === 'HEAD' || path === '/' ? 200 : 404, {
          'content-type': 'application/json',
        });
        response.end('{}');
        return;
      }
      const asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as MessagesRequest;
      reply(response, asked, nextBlocks(asked, command));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A tool call first; once a result is in the conversation, or where no tools are offered, a closing sentence. */
function nextBlocks({ tools = [], messages = [] }: MessagesRequest, command: string): readonly Block[] {
  const hasResult = messages.some(
    ({ content }) =>
      Array.isArray(content) && content.some((block) => (block as Block | { type: string }).type === 'tool_result'),
  );
  if (hasResult || tools.length === 0) return [{ type: 'text', text: 'The command printed hello.' }];
  const input = { command, description: 'Print hello' };
  return [{ type: 'tool_use', id: `toolu_${randomUUID().replaceAll('-', '')}`, name: 'Bash', input }];
}

function reply(response: http.ServerResponse, { model, stream }: MessagesRequest, blocks: readonly Block[]): void {
  const stopReason = blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
  const message = { id: `msg_${randomUUID()}`, type: 'message', role: 'assistant', model, stop_sequence: null };
  const id = `req_${randomUUID()}`;
  if (stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json', 'request-id': id });
    response.end(JSON.stringify({ ...message, content: blocks, stop_reason: stopReason, usage: USAGE }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': id });
  const send = (type: string, fields: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  };
  send('message_start', { message: { ...message, content: [], stop_reason: null, usage: USAGE } });
  for (const [index, block] of blocks.entries()) {
    const isText = block.type === 'text';
    send('content_block_start', {
      index,
      content_block: isText ? { type: 'text', text: '' } : { ...block, input: {} },
    });
    const delta = isText
      ? { type: 'text_delta', text: block.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
    send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage: USAGE });
  send('message_stop', {});
  response.end();
}
