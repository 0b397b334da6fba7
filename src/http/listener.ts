/**
 * The listener: uWebSockets.js, one handler for every method and path, so that the whole decision stands in our own
 * tables. The only file that loads the library; config/native-environment.ts must have been imported before.
 */

import {
  App,
  type HttpResponse,
  SSLApp,
  type TemplatedApp,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
} from 'uWebSockets.js';
import { connectionsMax } from './connection-limit.ts';
import { Router, type RouterOptions } from './router.ts';

/** uSockets' listen options; its constants are values that the type package declares only as an enum. */
const LISTEN_SHARED = 0;
const LISTEN_EXCLUSIVE = 1;

export interface ListenerOptions extends RouterOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Several processes on one port; otherwise a port in use is an error. */
  readonly reusePort: boolean;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/** The address cannot be listened on, or the TLS files cannot be used; the message is one line for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export class Listener {
  readonly port: number;
  readonly #app: TemplatedApp;
  readonly #router: Router;
  #socket: us_listen_socket | undefined;

  private constructor(app: TemplatedApp, router: Router, socket: us_listen_socket) {
    this.#app = app;
    this.#router = router;
    this.#socket = socket;
    this.port = us_socket_local_port(socket as Parameters<typeof us_socket_local_port>[0]);
  }

  /** Opens the port. Throws `ListenError`. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const router = new Router(options);
    const app = createApp(options.tls);
    const limitConnections = connectionLimit();
    app.filter(limitConnections);
    app.any('/*', (res, req) => router.take(res, req));
    const socket = await listen(app, options);
    return new Listener(app, router, socket);
  }

  /** Requests that are not answered yet. */
  get pending(): number {
    return this.#router.pending;
  }

  /** Takes no new connection; those that stand go on. */
  stopAccepting(): void {
    if (this.#socket !== undefined) us_listen_socket_close(this.#socket);
    this.#socket = undefined;
  }

  /** Resolves when every request is answered or gone. */
  async drained(): Promise<void> {
    await this.#router.drained();
  }

  /** Cuts every connection. */
  close(): void {
    this.stopAccepting();
    this.#app.close();
  }
}

/**
 * Counts connections as they come and go, and closes the ones beyond the limit. An idle one is closed by the library
 * after 10 s.
 */
function connectionLimit(): (res: HttpResponse, change: number) => void {
  const max = connectionsMax();
  let connections = 0;
  return (res, change) => {
    connections += change;
    if (change > 0 && connections > max) res.close();
  };
}

function createApp(tls: ListenerOptions['tls']): TemplatedApp {
  if (tls === undefined) return App();
  try {
    return SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
  } catch {
    // The library says no more than "App construction failed".
    throw new ListenError(`TLS: ${tls.certFile} and ${tls.keyFile} are not a usable certificate and key in PEM`);
  }
}

async function listen(app: TemplatedApp, options: ListenerOptions): Promise<us_listen_socket> {
  const { host, port, reusePort } = options;
  const flags = reusePort ? LISTEN_SHARED : LISTEN_EXCLUSIVE;
  const socket = await new Promise<us_listen_socket | false>((resolve) => {
    // The typings know options only without a host; the library takes both (tested).
    const listenOn = app.listen as unknown as (
      host: string,
      port: number,
      flags: number,
      done: (socket: us_listen_socket | false) => void,
    ) => void;
    listenOn.call(app, host, port, flags, resolve);
  });
  if (socket === false) throw new ListenError(`cannot listen on ${host}:${port}: the address is in use or not ours`);
  return socket;
}
