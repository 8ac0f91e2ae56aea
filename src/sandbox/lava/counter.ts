// Counts the requests that reach the sandbox, by route, so that tests can tell what a query cost the upstream.

/** Request counts as tests read them. */
export interface CounterView {
  /** Requests by route template: `GET jobs/`, `GET jobs/ID/csv/`, `RPC system.multicall` (a batch counts once). */
  counts(): Record<string, number>;
  total(): number;
  /** Requests being answered now. */
  readonly inFlight: number;
  /** The most that were in flight at once since the start or the last reset. */
  readonly peakInFlight: number;
  reset(): void;
}

export class RequestCounter implements CounterView {
  #counts = new Map<string, number>();
  #inFlight = 0;
  #peak = 0;

  get inFlight(): number {
    return this.#inFlight;
  }

  get peakInFlight(): number {
    return this.#peak;
  }

  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  total(): number {
    let sum = 0;
    for (const n of this.#counts.values()) sum += n;
    return sum;
  }

  reset(): void {
    this.#counts.clear();
    this.#peak = this.#inFlight;
  }

  count(route: string): void {
    this.#counts.set(route, (this.#counts.get(route) ?? 0) + 1);
  }

  begin(): void {
    this.#inFlight += 1;
    this.#peak = Math.max(this.#peak, this.#inFlight);
  }

  end(): void {
    this.#inFlight -= 1;
  }
}
