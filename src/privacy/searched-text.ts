/** The text that is being searched for secrets: a span of the workspace, as bytes and, once a rule asks, as characters. */

import type { Tape } from '../model/tape.ts';
import { ValueSpans } from './value-span.ts';

export class SearchedText {
  /** The tape's workspace; positions are positions in it. */
  bytes: Buffer = Buffer.alloc(0);
  from = 0;
  end = 0;
  /** End of the name or value that a key form looked at last; hits inside it are not looked at again. */
  nameEnd = 0;
  /** The same of the settings of a command, and of a manifest. */
  settingsEnd = 0;
  manifestEnd = 0;
  readonly spans = new ValueSpans();
  private characters = '';

  /** Starts on another text. The workspace must not be replaced while it is searched. */
  open(tape: Tape, from: number, end: number): void {
    const { bytes } = tape;
    if (this.bytes.buffer !== bytes.buffer) this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.from = from;
    this.end = end;
    this.nameEnd = this.settingsEnd = this.manifestEnd = 0;
    this.characters = '';
    this.spans.reset(this.bytes, end);
  }

  /** The text with one character per byte, so that an index of one is an index of the other. */
  latin1(): string {
    if (this.characters === '') this.characters = this.bytes.toString('latin1', this.from, this.end);
    return this.characters;
  }
}
