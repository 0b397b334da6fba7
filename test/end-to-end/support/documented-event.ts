/** Judges one event that an agent documents and no capture holds: its columns, and that no prompt, output or secret is kept. */

import { expect } from 'vitest';
import type { Value } from './otlp.ts';
import { type RunningServer, rowOf } from './server.ts';

/** Native name, fields beside the common ones, columns that must hold. */
export type DocumentedEvent = readonly [
  name: string,
  fields: Readonly<Record<string, Value>>,
  expected: Readonly<Record<string, unknown>>,
];

export const PROMPT = 'PROMPTCANARY tell me a story about otters';
export const OUTPUT = 'OUTPUTCANARY one line of a file';
export const SECRET = `sk-ant-api03-${'Ab3dE5fG7hJ9'.repeat(8)}AA`;

/** Sends a body of one record to a server without capture flags. */
export async function expectEvent(
  server: RunningServer,
  path: string,
  body: unknown,
  expected: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { row, raw } = await rowOf(server, path, body);
  const found = Object.fromEntries(Object.keys(expected).map((column) => [column, comparable(row[column])]));
  expect(found).toEqual(expected);
  expect(JSON.stringify(row) + raw).not.toMatch(/CANARY|sk-ant-api03/);
}

/** 64-bit integers arrive as strings. */
function comparable(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}
