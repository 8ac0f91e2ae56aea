// A bounded fan-out inside the process: the publisher never waits, and a subscriber that falls behind is ended, not the process.

import { Overflow } from "../errors.js";

/** Messages that may wait for one subscriber before it is ended with `SUBSCRIPTION_OVERFLOW`. */
export const SUBSCRIBER_QUEUE_MAX = 1_000;

export interface HubSubscription<T> extends AsyncIterableIterator<T> {
  /** Ends the iteration; messages that still wait are dropped. Harmless when repeated. */
  close(): void;
}

/** Hands each published message to all present subscribers. */
export class Hub<T> {
  readonly #subscribers = new Set<Subscriber<T>>();

  get size(): number {
    return this.#subscribers.size;
  }

  publish(message: T): void {
    for (const subscriber of this.#subscribers) subscriber.offer(message);
  }

  /** Receives from now on what `wants` accepts. The subscription must be iterated to its end or closed. */
  subscribe(wants: (message: T) => boolean = () => true, queueMax = SUBSCRIBER_QUEUE_MAX): HubSubscription<T> {
    const subscriber = new Subscriber(wants, queueMax, () => this.#subscribers.delete(subscriber));
    this.#subscribers.add(subscriber);
    return subscriber;
  }

  /** Ends every subscription. */
  close(): void {
    for (const subscriber of [...this.#subscribers]) subscriber.close();
  }
}

class Subscriber<T> implements HubSubscription<T> {
  readonly #queue: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #overflow: Overflow | undefined;

  constructor(
    private readonly wants: (message: T) => boolean,
    private readonly queueMax: number,
    private readonly onEnd: () => void,
  ) {}

  offer(message: T): void {
    if (!this.wants(message)) return;
    if (this.#queue.length >= this.queueMax) {
      this.#overflow = new Overflow(
        "SUBSCRIPTION_OVERFLOW",
        `more than ${this.queueMax} events wait for this subscriber; subscribe again and read faster or ask for less`,
      );
      this.close();
      return;
    }
    this.#queue.push(message);
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#queue.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    if (this.#overflow !== undefined) {
      const error = this.#overflow;
      this.#overflow = undefined;
      throw error;
    }
    if (this.#ended) return { done: true, value: undefined };
    return { done: false, value: this.#queue.shift() as T };
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queue.length = 0;
    this.onEnd();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
