/** Names of ClickHouse's types as a tree, and how many bytes a value of a fixed one takes in FORMAT Native. */

export interface TypeNode {
  readonly name: string;
  /** Types inside: of Array, Map, Tuple, Nullable, LowCardinality, Nested, SimpleAggregateFunction. */
  readonly parts: readonly TypeNode[];
  /** First argument of FixedString and Decimal. */
  readonly size: number;
}

const BYTES: Readonly<Record<string, number>> = {
  Bool: 1,
  UInt8: 1,
  Int8: 1,
  Enum8: 1,
  Nothing: 1,
  UInt16: 2,
  Int16: 2,
  Enum16: 2,
  Date: 2,
  BFloat16: 2,
  UInt32: 4,
  Int32: 4,
  Float32: 4,
  Date32: 4,
  DateTime: 4,
  Time: 4,
  IPv4: 4,
  UInt64: 8,
  Int64: 8,
  Float64: 8,
  DateTime64: 8,
  Time64: 8,
  UInt128: 16,
  Int128: 16,
  UUID: 16,
  IPv6: 16,
  UInt256: 32,
  Int256: 32,
};

const CONTAINERS = new Set([
  'Array',
  'Map',
  'Tuple',
  'Nullable',
  'LowCardinality',
  'Nested',
  'SimpleAggregateFunction',
]);

/** Parses a type as the server prints it, for example `Map(LowCardinality(String), Array(Nullable(Int8)))`. */
export function parseType(text: string): TypeNode {
  const open = text.indexOf('(');
  if (open < 0) return { name: text, parts: [], size: 0 };
  const name = text.slice(0, open);
  const args = splitArguments(text.slice(open + 1, -1));
  const parts = CONTAINERS.has(name) ? args.map((argument) => parseType(withoutName(name, argument))) : [];
  return { name, parts, size: Number.parseInt(args[0] ?? '', 10) || 0 };
}

/** Bytes of one value, or undefined when they vary. */
export function fixedBytes(type: TypeNode): number | undefined {
  if (type.name === 'FixedString') return type.size;
  if (type.name === 'Decimal') return decimalBytes(type.size);
  if (type.name.startsWith('Interval')) return 8;
  return BYTES[type.name];
}

function decimalBytes(precision: number): number {
  if (precision <= 9) return 4;
  if (precision <= 18) return 8;
  return precision <= 38 ? 16 : 32;
}

/** Elements of Tuple and Nested may carry a name before their type. */
function withoutName(container: string, argument: string): string {
  if (container !== 'Tuple' && container !== 'Nested') return argument;
  return /^(?:`(?:[^`\\]|\\.)*`|[A-Za-z_][A-Za-z0-9_]*)\s+(?=[A-Z])(.*)$/s.exec(argument)?.[1] ?? argument;
}

/** Splits at the commas outside parentheses and quotes. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (char === "'" || char === '`') quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
