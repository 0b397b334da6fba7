/** A client that sends exactly the bytes it is told to, and reads answers by Content-Length. */

import { connect, type Socket } from 'node:net';

export interface RawReply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export class RawSocket {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #isEnded = false;
  #changed: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#notify();
    });
    socket.on('close', () => {
      this.#isEnded = true;
      this.#notify();
    });
    // A reset is one way to be closed; 'close' follows.
    socket.on('error', () => undefined);
  }

  static async open(port: number): Promise<RawSocket> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawSocket(socket);
  }

  get isClosed(): boolean {
    return this.#isEnded;
  }

  send(bytes: string | Uint8Array): void {
    if (!this.#isEnded) this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Next answer; undefined when the connection ends before one is complete. */
  async reply(): Promise<RawReply | undefined> {
    for (;;) {
      const reply = this.#take();
      if (reply !== undefined) return reply;
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.#isEnded) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(): RawReply | undefined {
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const [statusLine, ...lines] = this.#bytes.subarray(0, end).toString('latin1').split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const status = Number(statusLine?.split(' ')[1]);
    const length = headers.get('content-length');
    const bodyStart = end + 4;
    // Answers of the library's parser have no length: they end with the connection.
    const bodyEnd = length === undefined ? this.#bytes.length : bodyStart + Number(length);
    if (this.#bytes.length < bodyEnd || (length === undefined && status !== 100 && !this.#isEnded)) return undefined;
    const body = this.#bytes.subarray(bodyStart, status === 100 ? bodyStart : bodyEnd).toString('utf8');
    this.#bytes = this.#bytes.subarray(status === 100 ? bodyStart : bodyEnd);
    return { status, headers, body };
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** Sends one request as bytes and reads one answer. */
export async function rawRequest(
  port: number,
  bytes: string,
): Promise<{ reply: RawReply | undefined; socket: RawSocket }> {
  const socket = await RawSocket.open(port);
  socket.send(bytes);
  const reply = await socket.reply();
  return { reply, socket };
}
