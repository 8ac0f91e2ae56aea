// Reads of things by key that many ask for in the same moment: those that come together are one request, and one that began
// late enough serves everybody who needs it.

import { SharedSignal } from "../../cache/shared-signal.js";
import { clock } from "../../ci/live/clock.js";
import type { Ask } from "../../net/ask.js";

/** What a server has shown, or (null) not shown, of one thing. */
export interface Seen<V> {
  readonly value: V | null;
  /** When the request went out, on the clock of `clock.ts`. */
  readonly begun: number;
}

interface Flight<K, V> {
  readonly keys: Set<K>;
  /** Infinity until it goes out. */
  begun: number;
  readonly shared: SharedSignal;
  readonly answer: Promise<ReadonlyMap<K, V>>;
}

/** With the rights of one viewer, or with nobody's. */
export class Gather<K, V> {
  readonly #flights = new Map<K, Flight<K, V>>();
  #next: Flight<K, V> | undefined;

  /**
   * @param load reads what is there of these keys.
   * @param gatherMs for how long others may join a request before it goes out; 0: all of the same turn.
   */
  constructor(
    private readonly load: (keys: readonly K[], ask: Ask) => Promise<ReadonlyMap<K, V>>,
    private readonly gatherMs: number,
  ) {}

  get isIdle(): boolean {
    return this.#flights.size === 0;
  }

  /**
   * Each as of a request that did not go out before the moment that `since` says of it. Throws what the request throws, and
   * why the asker has left.
   */
  async read(keys: readonly K[], ask: Ask, since: (key: K) => number): Promise<Map<K, Seen<V>>> {
    const flights = new Map<Flight<K, V>, K[]>();
    for (const key of keys) {
      const flight = this.#flightFor(key, ask, since(key));
      const wanted = flights.get(flight);
      if (wanted === undefined) flights.set(flight, [key]);
      else wanted.push(key);
    }
    const seen = new Map<K, Seen<V>>();
    const landed = [...flights].map(async ([flight, wanted]) => {
      const values = await flight.shared.wait(flight.answer, ask.signal);
      for (const key of wanted) seen.set(key, { value: values.get(key) ?? null, begun: flight.begun });
    });
    await Promise.all(landed);
    return seen;
  }

  #flightFor(key: K, ask: Ask, since: number): Flight<K, V> {
    const known = this.#flights.get(key);
    if (known !== undefined && known.begun >= since && !known.shared.signal.aborted) return known;
    const flight = (this.#next ??= this.#prepare(ask));
    flight.keys.add(key);
    this.#flights.set(key, flight);
    return flight;
  }

  #prepare(ask: Ask): Flight<K, V> {
    const shared = new SharedSignal();
    const keys = new Set<K>();
    const { signal } = shared;
    const send = async () => {
      await (this.gatherMs === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, this.gatherMs)));
      this.#next = undefined;
      flight.begun = clock.now();
      try {
        return await this.load([...keys], { ...ask, signal, fetch: { signal, bytes: 0 } });
      } finally {
        for (const key of keys) if (this.#flights.get(key) === flight) this.#flights.delete(key);
      }
    };
    const flight: Flight<K, V> = { keys, begun: Infinity, shared, answer: send() };
    flight.answer.catch(() => undefined);
    return flight;
  }
}
