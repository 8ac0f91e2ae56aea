// A bounded fan-out inside the process: the publisher never waits, and a subscriber that falls behind is ended, not the process.

import { Overflow, errorOf } from "../errors.js";

/** Messages that may wait for one subscriber before it is ended with `SUBSCRIPTION_OVERFLOW`. */
export const SUBSCRIBER_QUEUE_MAX = 1_000;

export interface HubSubscription<T> extends AsyncIterableIterator<T> {
  /** Ends the iteration; messages that still wait are dropped. Harmless when repeated. */
  close(): void;
  /** Ends the iteration with this error, behind what still waits. Harmless when repeated. */
  end(error: unknown): void;
  /** Takes all that waits, without waiting for more. */
  drain(): T[];
}

/** Hands each published message to all present subscribers. */
export class Hub<T> {
  readonly #subscribers = new Set<Subscriber<T>>();
  #end: { readonly error: unknown } | undefined;

  get size(): number {
    return this.#subscribers.size;
  }

  publish(message: T): void {
    for (const subscriber of this.#subscribers) subscriber.offer(message);
  }

  /** Receives from now on what `wants` accepts. The subscription must be iterated to its end or closed. */
  subscribe(
    wants: (message: T) => boolean = () => true,
    queueMax = SUBSCRIBER_QUEUE_MAX,
    onEnd: () => void = () => undefined,
  ): HubSubscription<T> {
    const subscriber = new Subscriber(wants, queueMax, () => {
      this.#subscribers.delete(subscriber);
      onEnd();
    });
    if (this.#end === undefined) this.#subscribers.add(subscriber);
    else subscriber.end(this.#end.error);
    return subscriber;
  }

  /**
   * Nothing more is published: each subscription delivers what still waits for it, then ends, with the error if there
   * is one; those that come later end at once. Harmless when repeated.
   */
  end(error?: unknown): void {
    this.#end ??= { error };
    for (const subscriber of [...this.#subscribers]) subscriber.end(error);
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
  /** Thrown once, after all that waits has been delivered. */
  #error: unknown;

  constructor(
    private readonly wants: (message: T) => boolean,
    private readonly queueMax: number,
    private readonly onEnd: () => void,
  ) {}

  offer(message: T): void {
    if (!this.wants(message)) return;
    if (this.#queue.length >= this.queueMax) {
      this.#error = new Overflow(
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
    if (this.#queue.length > 0) return { done: false, value: this.#queue.shift() as T };
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      throw errorOf(error);
    }
    return { done: true, value: undefined };
  }

  drain(): T[] {
    return this.#queue.splice(0);
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.onEnd();
    this.#wake?.();
  }

  close(): void {
    this.#queue.length = 0;
    this.end(this.#error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
