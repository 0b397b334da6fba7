/**
 * One simulated world from one seed: a server under load whose disk, store and own life fail at random, then peace, then
 * the count. Every acknowledged row must be in its table or among the dead letters, exactly once.
 */

import { DEAD_LETTER } from '../../src/sink/dead-letters.ts';
import { frameSeed } from '../../src/spool/segment-frames.ts';
import { decodeHeader } from '../../src/spool/segment-header.ts';
import { readUnits } from '../../src/spool/segment-units.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { FaultyStore } from './faulty-store.ts';
import { COLUMNS, IN_FLIGHT_MAX, type Process, SPOOL_MAX_BYTES, startProcess, type World } from './process.ts';
import { rowsOf, type SimulatedRow, Tasks } from './rows.ts';
import { Chance, VirtualTime } from './virtual-time.ts';

/** Deliberate faults of the product, to prove that the simulation can fail. */
export type Canary = 'none' | 'seal-not-synced' | 'count-not-asked' | 'token-not-kept' | 'frames-not-synced';

export interface Report {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly acknowledged: number;
  readonly refused: number;
  readonly inserted: number;
  readonly buried: number;
  readonly kills: number;
  readonly restarts: number;
}

const DAY_MS = 86_400_000;
const LOAD_MS = 20_000;
/** Longest that it may take until all is stored once every fault is over. */
const PEACE_MS = 300_000;

export async function simulate(seed: number, canary: Canary = 'none'): Promise<Report> {
  const simulation = new Simulation(seed, canary);
  return simulation.run();
}

class Simulation {
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #time: VirtualTime;
  readonly #tasks: Tasks;
  readonly #store: FaultyStore;
  readonly #world: World;
  readonly #poison: number;
  readonly #acknowledged = new Map<number, SimulatedRow>();
  readonly #known = new Map<number, SimulatedRow>();
  readonly #problems: string[] = [];
  #process: Process | undefined;
  #refused = 0;
  #kills = 0;
  #restarts = 0;
  #isLoading = true;

  constructor(seed: number, canary: Canary) {
    this.#seed = seed;
    this.#chance = new Chance(seed);
    // Some worlds live around midnight.
    const midnight = 20_000 * DAY_MS;
    this.#time = new VirtualTime(midnight - (seed % 3 === 0 ? LOAD_MS / 2 : DAY_MS / 2));
    this.#tasks = new Tasks(this.#chance);
    this.#poison = this.#chance.chance(0.3) ? 0.005 : 0;
    // Some worlds have a cluster.
    const shards = seed % 4 === 0 ? 2 : 1;
    this.#store = new FaultyStore(this.#time, this.#chance, COLUMNS, shards);
    this.#store.faults.refusesShares = shards > 1;
    const spoolDisk = new FaultyDisk(this.#time, this.#chance);
    if (canary === 'seal-not-synced') spoolDisk.faults.neverSyncs = (name) => name.includes('.facts-');
    if (canary === 'frames-not-synced') spoolDisk.faults.neverSyncs = (name) => name.endsWith('.segment');
    const inserter = this.#store.inserter();
    if (canary === 'count-not-asked') inserter.countRequests = async () => ({ ok: true, value: 1 });
    if (canary === 'token-not-kept') {
      const { insert } = inserter;
      inserter.insert = (request) => insert({ ...request, token: String(this.#chance.next()) });
    }
    const silent = { info() {}, warn() {}, error() {} };
    const deadDisk = new FaultyDisk(this.#time, this.#chance);
    this.#world = { time: this.#time, chance: this.#chance, spoolDisk, deadDisk, inserter, log: silent };
  }

  async run(): Promise<Report> {
    await this.#start();
    this.#load();
    this.#disturb();
    await this.#time.runUntil(() => !this.#isLoading, Number.POSITIVE_INFINITY);
    await this.#makePeace();
    const endMs = this.#time.nowMs + PEACE_MS;
    if (!(await this.#time.runUntil(() => this.#isAtRest(), endMs))) {
      const waiting = this.#process?.sink.status();
      this.#problems.push(`not at rest ${PEACE_MS} ms after the last fault: ${JSON.stringify(waiting)}`);
    }
    const { inserted, buried } = this.#check();
    return {
      seed: this.#seed,
      problems: [...this.#problems, ...this.#store.complaints],
      acknowledged: this.#acknowledged.size,
      refused: this.#refused,
      inserted,
      buried,
      kills: this.#kills,
      restarts: this.#restarts,
    };
  }

  async #start(): Promise<void> {
    const starting = startProcess(this.#world);
    let isStarted = false;
    void starting.then((life) => {
      this.#process = life;
      isStarted = true;
    });
    await this.#time.runUntil(() => isStarted, Number.POSITIVE_INFINITY);
  }

  /** Appends at random times until LOAD_MS have passed. */
  #load(): void {
    const endMs = this.#time.nowMs + LOAD_MS;
    const step = (): void => {
      if (this.#time.nowMs > endMs) {
        this.#isLoading = false;
        return;
      }
      const burst = this.#chance.chance(0.1) ? this.#chance.between(2, 8) : 1;
      for (let index = 0; index < burst; index++) this.#append();
      this.#time.at(this.#time.nowMs + this.#chance.next() * 300, step);
    };
    step();
  }

  #append(): void {
    const life = this.#process;
    if (life === undefined) return;
    // A task may have been received just before midnight and appended after.
    const receivedAtMs = this.#time.nowMs - this.#chance.next() * 2000;
    const task = this.#tasks.next(Math.floor(receivedAtMs / DAY_MS), this.#poison);
    for (const row of task.rows) this.#known.set(row.id, row);
    life.spool.append(task.frames).then(
      () => {
        for (const row of task.rows) this.#acknowledged.set(row.id, row);
        for (const frame of task.frames) life.acknowledged.add(frame.tenantRows);
      },
      () => {
        this.#refused += task.rows.length;
      },
    );
    const { bytes } = life.spool.status();
    if (bytes > SPOOL_MAX_BYTES) this.#problems.push(`the spool took ${bytes} bytes`);
  }

  /** Every so often something breaks, and later it may work again. */
  #disturb(): void {
    if (!this.#isLoading) return;
    const chance = this.#chance;
    const store = this.#store.faults;
    const disk = this.#world.spoolDisk.faults;
    const dead = this.#world.deadDisk.faults;
    const some = (probability: number): number => (chance.chance(0.3) ? probability : 0);
    store.mode = chance.chance(0.5) ? 'up' : chance.pick(['refuses', 'hangs', 'busy', 'altered', 'up'] as const);
    store.lostRequest = some(0.2);
    store.lostAnswer = some(0.3);
    store.exception = some(0.2);
    store.killedInGap = some(0.3);
    store.rowsMax = chance.chance(0.1) ? 20 : Number.POSITIVE_INFINITY;
    store.lagMs = some(8000);
    disk.mode = chance.chance(0.85) ? 'ok' : chance.pick(['full', 'readonly'] as const);
    disk.shortWrite = some(0.05);
    disk.failedSync = some(0.05);
    disk.failedCall = some(0.03);
    dead.shortWrite = some(0.1);
    dead.failedSync = some(0.1);
    if (chance.chance(0.25)) chance.chance(0.3) ? this.#store.losePower() : this.#store.restart();
    if (chance.chance(0.25)) this.#crash(chance.chance(0.5));
    this.#time.at(this.#time.nowMs + chance.next() * 4000, () => this.#disturb());
  }

  /** SIGKILL of the server, or power loss of the machine, and a start some time later. */
  #crash(losesPower: boolean): void {
    const life = this.#process;
    if (life === undefined) return;
    this.#noteLife(life);
    life.kill();
    this.#process = undefined;
    this.#kills += 1;
    if (losesPower) {
      this.#world.spoolDisk.losePower();
      this.#world.deadDisk.losePower();
    }
    this.#time.at(this.#time.nowMs + this.#chance.next() * 1000, () => {
      this.#restarts += 1;
      void startProcess(this.#world).then((next) => {
        this.#process = next;
      });
    });
  }

  async #makePeace(): Promise<void> {
    Object.assign(this.#store.faults, { mode: 'up', lostRequest: 0, lostAnswer: 0, exception: 0, killedInGap: 0 });
    Object.assign(this.#store.faults, { rowsMax: Number.POSITIVE_INFINITY, refusesShares: false, lagMs: 0 });
    for (const disk of [this.#world.spoolDisk, this.#world.deadDisk]) {
      Object.assign(disk.faults, { mode: 'ok', shortWrite: 0, failedSync: 0, failedCall: 0 });
    }
  }

  #isAtRest(): boolean {
    const life = this.#process;
    if (life?.hasRecovered !== true) return false;
    const { segments, fault } = life.spool.status();
    const isEmpty = segments === 0 && life.spool.spooledRows().size === 0;
    return isEmpty && fault === undefined && this.#world.spoolDisk.names.length <= OPEN_FILES_MAX;
  }

  #noteLife(life: Process): void {
    if (life.inFlightPeak > IN_FLIGHT_MAX) this.#problems.push(`${life.inFlightPeak} parts in flight`);
  }

  #check(): { inserted: number; buried: number } {
    const life = this.#process;
    if (life !== undefined) {
      this.#noteLife(life);
      this.#checkLedger(life);
    }
    const places = new Map<number, number>();
    const note = (row: SimulatedRow): void => void places.set(row.id, (places.get(row.id) ?? 0) + 1);
    const inserted = Object.values(this.#store.tables).flatMap((parts) => parts.flatMap((part) => part.rows));
    const buried = this.#buriedRows();
    for (const row of [...inserted, ...buried]) note(row);
    const lost = [...this.#acknowledged.keys()].filter((id) => !places.has(id));
    const doubled = [...places].filter(([, count]) => count > 1);
    if (lost.length > 0) this.#problems.push(`${lost.length} acknowledged rows lost, first ${lost[0]}`);
    if (doubled.length > 0) this.#problems.push(`${doubled.length} rows stored more than once, first ${doubled[0]}`);
    if (this.#poison === 0 && buried.length > 0) this.#problems.push(`${buried.length} good rows set aside`);
    return { inserted: inserted.length, buried: buried.length };
  }

  /** acknowledged + recovered = inserted + spooled + set aside, per tenant, in the last life. */
  #checkLedger(life: Process): void {
    const balance = new Map<string, number>();
    const add = (rows: ReadonlyMap<string, number>, sign: 1 | -1): void => {
      for (const [tenant, count] of rows) balance.set(tenant, (balance.get(tenant) ?? 0) + sign * count);
    };
    add(life.acknowledged.rows, 1);
    add(life.spool.recoveredRows(), 1);
    add(life.inserted.rows, -1);
    add(life.buried.rows, -1);
    add(life.spool.spooledRows(), -1);
    for (const [tenant, rows] of balance) if (rows !== 0) this.#problems.push(`ledger of ${tenant} is off by ${rows}`);
  }

  #buriedRows(): SimulatedRow[] {
    const disk = this.#world.deadDisk;
    return disk.names
      .filter((name) => name.endsWith(DEAD_LETTER))
      .flatMap((name) => {
        const bytes = disk.contentOf(name);
        const head = decodeHeader(bytes)!;
        const { units } = readUnits(bytes, head.framesAt, frameSeed(head.header.id), true);
        const frames = Object.values(units).flatMap((all) => all.flatMap((unit) => unit.frames));
        return rowsOf(frames.map((frame) => frame.payload));
      });
  }
}

/** At rest an empty segment that a probe opened, or two, and their sidecars may be left. */
const OPEN_FILES_MAX = 4;
