/** One keep-alive HTTP/1.1 connection for load: one request at a time, answers read no further than needed. */

import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
/** An answer of ours is far smaller; more is a fault. */
const ANSWER_BYTES_MAX = 1024 * 1024;
/** A second less than the `Keep-Alive` of our answers, as Node's agents do: a request must not meet the closing. */
const IDLE_MS_MAX = 7000;

export type OnAnswer = (status: number) => void;

export class Connection {
  private readonly port: number;
  private socket: Socket | undefined;
  private pending: OnAnswer | undefined;
  private received: Buffer = Buffer.alloc(0);
  private answeredAtMs = 0;

  constructor(port: number) {
    this.port = port;
  }

  /** Sends prepared bytes; `onAnswer` gets the status, 0 when the connection broke. Only one request may be under way. */
  send(bytes: Uint8Array, onAnswer: OnAnswer): void {
    if (this.pending) throw new Error('a request is under way');
    if (performance.now() - this.answeredAtMs > IDLE_MS_MAX) this.drop();
    this.pending = onAnswer;
    this.socket ??= this.open();
    this.socket.write(bytes);
  }

  close(): void {
    this.socket?.destroy();
  }

  /** A connection that nobody waits for; its end is nobody's answer. */
  private drop(): void {
    this.socket?.removeAllListeners('close').destroy();
    this.socket = undefined;
  }

  private open(): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    socket.on('data', (chunk: Buffer) => this.onData(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.socket = undefined;
      this.received = Buffer.alloc(0);
      this.settle(0);
    });
    return socket;
  }

  private onData(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0 || this.received.length > ANSWER_BYTES_MAX) {
      if (this.received.length > ANSWER_BYTES_MAX) this.socket?.destroy();
      return;
    }
    const head = this.received.toString('latin1', 0, headEnd);
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.received.length < headEnd + HEAD_END.length + length) return;
    this.received = Buffer.alloc(0);
    this.answeredAtMs = performance.now();
    this.settle(Number(head.slice(9, 12)));
  }

  private settle(status: number): void {
    const { pending } = this;
    this.pending = undefined;
    pending?.(status);
  }
}
