/**
 * Finds literals in bytes, all at once: a deterministic automaton (Aho and Corasick, 1975, as one dense table over byte
 * classes), letters without case. It is the prefilter of redaction: a text without any literal is clean after one table
 * step per byte, and no JavaScript string is made of it.
 */

interface Node {
  readonly next: Map<number, Node>;
  fail: Node | undefined;
  readonly ends: number[];
  state: number;
}

/** Positions and states of a scan under way; one object serves all scans of a thread. */
export interface Cursor {
  /** Next byte to read; behind the literal after a hit. */
  position: number;
  state: number;
}

export class ByteAutomaton {
  /** Next state times `classes`, by state times `classes` plus class of the byte. */
  private readonly table: Uint32Array;
  private readonly classOf: Uint8Array;
  /** Rows from this one on end a literal. */
  private readonly firstEnding: number;
  private readonly classes: number;
  private readonly endings: readonly (readonly number[])[];

  /** `literals` must be ASCII and not empty; their index is what `endingAt` tells. */
  constructor(literals: readonly string[]) {
    this.classOf = new Uint8Array(256);
    this.classes = numberClasses(literals, this.classOf);
    const root = buildTrie(literals, this.classOf);
    const nodes = linkFailures(root);
    const inner = nodes.filter((node) => node.ends.length === 0);
    const ending = nodes.filter((node) => node.ends.length > 0);
    const ordered = [...inner, ...ending];
    ordered.forEach((node, index) => {
      node.state = index;
    });
    this.firstEnding = inner.length * this.classes;
    this.endings = ending.map((node) => node.ends);
    this.table = fillTable(ordered, root, this.classes);
  }

  /** Scans on from the cursor; true at the next position where literals end, false at `end`. Start with state 0. */
  scan(bytes: Uint8Array, cursor: Cursor, end: number): boolean {
    const { table, classOf, firstEnding } = this;
    let state = cursor.state;
    for (let index = cursor.position; index < end; index++) {
      state = table[state + classOf[bytes[index]!]!]!;
      if (state >= firstEnding) {
        cursor.position = index + 1;
        cursor.state = state;
        return true;
      }
    }
    cursor.position = end;
    cursor.state = state;
    return false;
  }

  /** Indices of the literals that end in this state, which a hit left in the cursor. */
  endingAt(state: number): readonly number[] {
    return this.endings[(state - this.firstEnding) / this.classes]!;
  }

  /** States and bytes of the table, for the benchmark. */
  get size(): { states: number; bytes: number } {
    return { states: this.table.length / this.classes, bytes: this.table.byteLength };
  }
}

/** One class per byte that occurs, letters without case; class 0 is "in no literal". Returns how many there are. */
function numberClasses(literals: readonly string[], classOf: Uint8Array): number {
  let classes = 1;
  for (const byte of Buffer.from(literals.join(''))) {
    if (classOf[byte] !== 0) continue;
    classOf[byte] = classOf[otherCase(byte)] = classes;
    classes++;
  }
  return classes;
}

function otherCase(byte: number): number {
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  return isLetter ? byte ^ 0x20 : byte;
}

function newNode(): Node {
  return { next: new Map(), fail: undefined, ends: [], state: 0 };
}

function buildTrie(literals: readonly string[], classOf: Uint8Array): Node {
  const root = newNode();
  literals.forEach((text, index) => {
    let node = root;
    for (const byte of Buffer.from(text)) node = follow(node, classOf[byte]!);
    node.ends.push(index);
  });
  return root;
}

function follow(node: Node, byteClass: number): Node {
  const known = node.next.get(byteClass);
  if (known !== undefined) return known;
  const added = newNode();
  node.next.set(byteClass, added);
  return added;
}

/** Breadth first, root first; each node also ends what its longest proper suffix ends. */
function linkFailures(root: Node): Node[] {
  const nodes = [root];
  for (let head = 0; head < nodes.length; head++) {
    const node = nodes[head]!;
    for (const [byteClass, child] of node.next) {
      let fail = node.fail;
      while (fail !== undefined && !fail.next.has(byteClass)) fail = fail.fail;
      child.fail = fail === undefined ? root : fail.next.get(byteClass)!;
      child.ends.push(...child.fail.ends);
      nodes.push(child);
    }
  }
  return nodes;
}

function fillTable(ordered: readonly Node[], root: Node, classes: number): Uint32Array {
  const table = new Uint32Array(ordered.length * classes);
  for (const node of ordered) {
    for (let byteClass = 0; byteClass < classes; byteClass++) {
      let from: Node | undefined = node;
      while (from !== undefined && !from.next.has(byteClass)) from = from.fail;
      const target = from === undefined ? root : from.next.get(byteClass)!;
      table[node.state * classes + byteClass] = target.state * classes;
    }
  }
  return table;
}
