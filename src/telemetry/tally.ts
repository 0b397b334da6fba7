/**
 * Counts that grow with every request, kept as plain numbers and turned into metrics only when /metrics is read:
 * prom-client's own counting looks up labels and a hash each time, some 3 µs a request.
 */

import { Counter, type Metric, type Registry } from 'prom-client';

/** A count by one or two labels with few values each. */
class LabelledCount {
  readonly #counts = new Map<string, Map<string | number, number>>();

  add(first: string, second: string | number, value: number): void {
    let counts = this.#counts.get(first);
    if (counts === undefined) {
      counts = new Map();
      this.#counts.set(first, counts);
    }
    counts.set(second, (counts.get(second) ?? 0) + value);
  }

  /** Hands out every count. */
  each(show: (first: string, second: string | number, value: number) => void): void {
    for (const [first, counts] of this.#counts) for (const [second, value] of counts) show(first, second, value);
  }
}

/** A counter that shows such a count. */
export function talliedCounter(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly [string, string?],
): LabelledCount {
  const tally = new LabelledCount();
  const [first, second] = labelNames;
  const shown: Counter = new Counter({
    name,
    help,
    labelNames: second === undefined ? [first] : [first, second],
    registers: [registry],
    collect() {
      shown.reset();
      tally.each((one, two, value) => {
        shown.inc(second === undefined ? { [first]: one } : { [first]: one, [second]: two }, value);
      });
    },
  });
  return tally;
}

interface Series {
  readonly counts: Float64Array<ArrayBuffer>;
  sum: number;
}

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
  readonly label: string;
}

/** A histogram with one label. */
export class TallyHistogram {
  readonly #options: HistogramOptions;
  readonly #series = new Map<string, Series>();

  constructor(registry: Registry, options: HistogramOptions) {
    this.#options = options;
    // The registry needs a name and what `get` returns; its type asks for one of the library's own classes.
    registry.registerMetric(
      Object.assign(this, { name: options.name, reset: () => this.#series.clear() }) as unknown as Metric,
    );
  }

  observe(label: string, value: number): void {
    const { bounds } = this.#options;
    let series = this.#series.get(label);
    if (series === undefined) {
      series = { counts: new Float64Array(bounds.length + 1), sum: 0 };
      this.#series.set(label, series);
    }
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    series.counts[bucket]!++;
    series.sum += value;
  }

  /** As the registry prints it: cumulative buckets, sum and count. */
  async get() {
    const { name, help, bounds, label } = this.#options;
    const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
    for (const [kind, { counts, sum }] of this.#series) {
      let total = 0;
      for (const [bucket, count] of counts.entries()) {
        total += count;
        values.push({
          metricName: `${name}_bucket`,
          labels: { le: bounds[bucket] ?? '+Inf', [label]: kind },
          value: total,
        });
      }
      values.push({ metricName: `${name}_sum`, labels: { [label]: kind }, value: sum });
      values.push({ metricName: `${name}_count`, labels: { [label]: kind }, value: total });
    }
    return { name, help, type: 'histogram', values, aggregator: 'sum' };
  }
}
