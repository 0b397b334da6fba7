/** A TCP proxy that fails on demand: between sink and engine, or any other client and server. */

import { once } from 'node:events';
import net from 'node:net';

/**
 * pass: forwards. refuse: nothing listens. reset: accepts and resets. hang: accepts, reads and never answers.
 * dropAnswer: the request arrives, its answer does not. halfAnswer: `answerBytes` of the answer, then a reset.
 * cutRequest: `requestBytes` of the request arrive, then both sides are reset. delay: each answer waits `delayMs`.
 */
export type Fault =
  | { readonly kind: 'pass' | 'refuse' | 'reset' | 'hang' | 'dropAnswer' }
  | { readonly kind: 'halfAnswer'; readonly answerBytes: number }
  | { readonly kind: 'cutRequest'; readonly requestBytes: number }
  | { readonly kind: 'delay'; readonly delayMs: number };

export interface FaultProxy {
  /** Stays the same for the life of the proxy, whatever happens. */
  readonly port: number;
  /** Connections that were made since the start. */
  readonly accepted: number;
  /** Takes effect for what is forwarded from now on, on open connections too; resolves when it does. */
  set(fault: Fault): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy on a loopback port chosen by the system. */
export async function startFaultProxy(target: { readonly port: number; readonly host?: string }): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(target.port, target.host ?? '127.0.0.1');
  await proxy.listen(0);
  return proxy;
}

class TcpFaultProxy implements FaultProxy {
  port = 0;
  accepted = 0;
  readonly #targetPort: number;
  readonly #targetHost: string;
  readonly #pairs = new Set<readonly [net.Socket, net.Socket]>();
  #server: net.Server | undefined;
  #fault: Fault = { kind: 'pass' };

  constructor(port: number, host: string) {
    this.#targetPort = port;
    this.#targetHost = host;
  }

  async listen(port: number): Promise<void> {
    const server = net.createServer((client) => this.#onConnection(client));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
  }

  async set(fault: Fault): Promise<void> {
    this.#fault = fault;
    if (fault.kind === 'reset' || fault.kind === 'refuse') this.#resetAll();
    if (fault.kind === 'refuse') await this.#stopListening();
    else if (this.#server === undefined) await this.listen(this.port);
  }

  async close(): Promise<void> {
    this.#resetAll();
    await this.#stopListening();
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    await once(server, 'close');
  }

  #resetAll(): void {
    for (const [client, upstream] of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  #onConnection(client: net.Socket): void {
    this.accepted += 1;
    if (this.#fault.kind === 'reset') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect(this.#targetPort, this.#targetHost);
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    // Errors are the purpose of this proxy; both sides end.
    for (const socket of pair) socket.on('error', end).on('close', end);
    this.#forwardRequests(client, upstream);
    this.#forwardAnswers(client, upstream);
  }

  #forwardRequests(client: net.Socket, upstream: net.Socket): void {
    let forwarded = 0;
    client.on('data', (chunk) => {
      const fault = this.#fault;
      if (fault.kind === 'hang') return;
      if (fault.kind !== 'cutRequest') {
        upstream.write(chunk);
        return;
      }
      const rest = fault.requestBytes - forwarded;
      forwarded += chunk.length;
      upstream.write(chunk.subarray(0, Math.max(0, rest)), () => {
        if (forwarded < fault.requestBytes) return;
        client.resetAndDestroy();
        upstream.resetAndDestroy();
      });
    });
  }

  #forwardAnswers(client: net.Socket, upstream: net.Socket): void {
    let forwarded = 0;
    upstream.on('data', (chunk) => {
      const fault = this.#fault;
      switch (fault.kind) {
        case 'hang':
          return;
        case 'dropAnswer':
          client.resetAndDestroy();
          upstream.destroy();
          return;
        case 'halfAnswer': {
          const rest = Math.max(0, fault.answerBytes - forwarded);
          forwarded += chunk.length;
          client.write(chunk.subarray(0, rest), () => client.resetAndDestroy());
          return;
        }
        case 'delay':
          setTimeout(() => client.write(chunk), fault.delayMs);
          return;
        default:
          client.write(chunk);
      }
    });
  }
}
