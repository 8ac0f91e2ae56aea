// A cap on how much is asked of one server at a time, with a bounded queue before it that is fair: what somebody waits
// for goes before bulk and background work, and whoever asks for much waits for himself.

import { Overloaded, errorOf } from "../errors.js";

/**
 * - `interactive`: somebody waits for a small answer.
 * - `bulk`: whole logs and exports, which hold a slot for long.
 * - `background`: what nobody waits for.
 */
export type Priority = "interactive" | "bulk" | "background";

/** Whose request it is and how urgent. */
export interface Claim {
  /** Default: interactive. */
  readonly priority?: Priority | undefined;
  /** Requests with the same key wait in one line, and the lines take turns; never a token. Default: one line for all. */
  readonly fairKey?: string | undefined;
}

/** Gives the slot back; harmless when repeated. */
export type ReleaseSlot = () => void;

export interface BudgetClaim {
  readonly priority: Priority;
  /** How many in all. */
  readonly limit: number;
  /** How long the request can take at most: after that its place counts as free, whatever became of who has it. */
  readonly holdMs: number;
}

/** How many requests may be under way at one server, counted beyond this process. */
export interface Budget {
  /** Resolves when the request may go; throws the signal's reason when it aborts before. */
  take(claim: BudgetClaim, signal: AbortSignal): Promise<ReleaseSlot>;
}

/** Only the client's own slots count. */
export const NO_BUDGET: Budget = { take: () => Promise.resolve(() => undefined) };

const PRIORITIES = ["interactive", "bulk", "background"] as const satisfies readonly Priority[];
/** How often others may go first while something of this priority waits. */
const PASSED_OVER_MAX: Readonly<Record<Priority, number>> = { interactive: 3, bulk: 8, background: 16 };
/** Until enough requests have been seen to know how long one takes. */
const HELD_FIRST_GUESS_MS = 500;
const RETRY_AFTER_MAX_S = 60;

interface Waiting {
  readonly key: string;
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
}

/** Hands out at most `size` slots; at most `maxWaiting` callers wait for one. */
export class Slots {
  readonly #lines: Readonly<Record<Priority, Lines>> = {
    interactive: new Lines(),
    bulk: new Lines(),
    background: new Lines(),
  };
  readonly #passedOver: Record<Priority, number> = { interactive: 0, bulk: 0, background: 0 };
  #inUse = 0;
  /** How many of those are not interactive. */
  #slowInUse = 0;
  /** Mean time that a slot is held, of late. */
  #heldMs = HELD_FIRST_GUESS_MS;

  constructor(
    private size: number,
    readonly maxWaiting: number,
  ) {}

  /** Those who have a slot keep it, also when there are fewer from now on. */
  resize(size: number): void {
    const more = size - this.size;
    this.size = size;
    for (let at = 0; at < more; at += 1) this.#startNext();
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return PRIORITIES.reduce((sum, priority) => sum + this.#lines[priority].size, 0);
  }

  /**
   * Resolves when a slot is the caller's, with what gives it back. Bulk and background work together never take the
   * last slot of several. When the queue is full, whoever has most in it gives way to others; no one is let in beyond
   * its bound. Throws `Overloaded` for want of room, and the signal's reason when it aborts while waiting.
   */
  async acquire(signal?: AbortSignal, claim: Claim = {}): Promise<ReleaseSlot> {
    signal?.throwIfAborted();
    const { priority = "interactive", fairKey: key = "" } = claim;
    if (this.#isFree(priority)) return this.#take(priority);
    if (this.waiting >= this.maxWaiting) this.#makeRoom(priority, key);
    const line = this.#lines[priority];
    return new Promise<ReleaseSlot>((resolve, reject) => {
      const leave = () => {
        line.remove(entry);
        reject(errorOf(signal?.reason));
      };
      const entry: Waiting = {
        key,
        start: () => {
          signal?.removeEventListener("abort", leave);
          resolve(this.#take(priority));
        },
        refuse: (error) => {
          signal?.removeEventListener("abort", leave);
          reject(error);
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      line.add(entry);
    });
  }

  /** Refuses all who wait, each with an error of its own. */
  refuseWaiting(toError: () => Error): void {
    for (const priority of PRIORITIES) {
      const line = this.#lines[priority];
      for (let entry = line.next(); entry !== undefined; entry = line.next()) entry.refuse(toError());
    }
  }

  #isFree(priority: Priority): boolean {
    if (this.#inUse >= this.size) return false;
    return priority === "interactive" || this.#slowInUse < Math.max(1, this.size - 1);
  }

  #take(priority: Priority): ReleaseSlot {
    const since = performance.now();
    const slow = priority === "interactive" ? 0 : 1;
    this.#inUse += 1;
    this.#slowInUse += slow;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#inUse -= 1;
      this.#slowInUse -= slow;
      this.#heldMs += (performance.now() - since - this.#heldMs) / 8;
      this.#startNext();
    };
  }

  #startNext(): void {
    const ready = PRIORITIES.filter((priority) => this.#lines[priority].size > 0 && this.#isFree(priority));
    const [first] = ready;
    if (first === undefined) return;
    const tooOften = (priority: Priority) => this.#passedOver[priority] >= PASSED_OVER_MAX[priority];
    const chosen = ready.findLast(tooOften) ?? first;
    for (const priority of ready) this.#passedOver[priority] += 1;
    this.#passedOver[chosen] = 0;
    this.#lines[chosen].next()?.start();
  }

  /** Sends the newest of the longest line away, when that is fairer than to refuse the newcomer; else refuses it. */
  #makeRoom(priority: Priority, key: string): void {
    const lessUrgent = PRIORITIES.slice(PRIORITIES.indexOf(priority) + 1).reverse();
    for (const other of lessUrgent) {
      const entry = this.#lines[other].longest()?.at(-1);
      if (entry !== undefined) return this.#sendAway(other, entry);
    }
    const own = this.#lines[priority];
    const longest = own.longest();
    const entry = longest?.at(-1);
    if (longest === undefined || entry === undefined || longest.length <= own.lengthOf(key) + 1) {
      throw this.#overloaded();
    }
    this.#sendAway(priority, entry);
  }

  #sendAway(priority: Priority, entry: Waiting): void {
    this.#lines[priority].remove(entry);
    entry.refuse(this.#overloaded());
  }

  #overloaded(): Overloaded {
    const wait = Math.ceil((this.waiting * this.#heldMs) / this.size / 1000);
    return new Overloaded(
      `more than ${this.maxWaiting} requests wait for this server; try again later`,
      Math.min(Math.max(wait, 1), RETRY_AFTER_MAX_S),
    );
  }
}

/** Those who wait with one priority: a line for each key, and the lines take turns. */
class Lines {
  /** In the order of their turns. */
  readonly #byKey = new Map<string, Waiting[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  lengthOf(key: string): number {
    return this.#byKey.get(key)?.length ?? 0;
  }

  add(entry: Waiting): void {
    const line = this.#byKey.get(entry.key);
    if (line === undefined) this.#byKey.set(entry.key, [entry]);
    else line.push(entry);
    this.#size += 1;
  }

  /** Takes out whose turn it is. */
  next(): Waiting | undefined {
    const [turn] = this.#byKey;
    if (turn === undefined) return undefined;
    const [key, line] = turn;
    const entry = line.shift();
    this.#byKey.delete(key);
    if (line.length > 0) this.#byKey.set(key, line);
    this.#size -= 1;
    return entry;
  }

  remove(entry: Waiting): void {
    const line = this.#byKey.get(entry.key);
    const at = line?.indexOf(entry) ?? -1;
    if (line === undefined || at === -1) return;
    line.splice(at, 1);
    if (line.length === 0) this.#byKey.delete(entry.key);
    this.#size -= 1;
  }

  longest(): readonly Waiting[] | undefined {
    let longest: readonly Waiting[] | undefined;
    for (const line of this.#byKey.values()) if (line.length > (longest?.length ?? 0)) longest = line;
    return longest;
  }
}
