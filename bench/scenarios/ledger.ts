/** The server's own account of requests and rows, from /metrics; the benches compare it with what they sent. */

export interface Ledger {
  readonly acknowledged: number;
  readonly taken: number;
  readonly inserted: number;
  readonly spooled: number;
  readonly deadLettered: number;
}

const WAIT_MS = 90_000;
const POLL_MS = 50;

/** Reads the ledger, again and again until it is as asked or time is up; throws in the second case. */
export async function readLedger(port: number, isSettled: (ledger: Ledger) => boolean = () => true): Promise<Ledger> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const ledger = await readOnce(port);
    if (isSettled(ledger)) return ledger;
    if (performance.now() > deadline) throw new Error(`the server has not settled: ${JSON.stringify(ledger)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function readOnce(port: number): Promise<Ledger> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
  const text = await answer.text();
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  return {
    acknowledged: sum('moda_tenant_requests_acknowledged_total'),
    taken: sum('moda_tenant_rows_taken_total'),
    inserted: sum('moda_tenant_rows_inserted_total'),
    spooled: sum('moda_tenant_rows_spooled'),
    deadLettered: sum('moda_tenant_rows_dead_lettered'),
  };
}
