// The events of one server in the order in which subscribers are told of them. Whoever hears an event appends it; it is told
// when it has its place.

import { Cursors } from "./cursors.js";
import { EventRing } from "./ring.js";

/** What an event in a log has: the same when the same event comes again. */
export interface Logged {
  readonly uuid: string;
}

export interface LogListener<E> {
  /** An event has its place, `number` of the ring. It may have been told before: then it has another place now. */
  readonly event: (event: E, number: number) => void;
  /** Events may have been missed: what is followed is to be read. */
  readonly gap: () => void;
  /** Whether others hear everything that the server publishes and append it, whatever is heard here. */
  readonly heardElsewhere: (heard: boolean) => void;
}

export interface EventLog<E extends Logged> {
  /** The last events, in their order. */
  readonly ring: EventRing<E>;
  /** Of places in it. */
  readonly cursors: Cursors;
  /** Called once, before anything is appended. */
  listen(listener: LogListener<E>): void;
  /** An event was heard. @param isTold whether it was told before. */
  append(event: E, isTold: boolean): void;
  /** Events come from now on; what was published before may be lost. @param isWhole whether really all will come. */
  connected(isWhole: boolean): void;
  /** None come any more over what was connected. @param wasWhole as that was. */
  disconnected(wasWhole: boolean): void;
  /** The server has published nothing of what it should have, nobody knows since when. */
  silent(): void;
  /** Harmless when repeated. */
  close(): void;
}

/** Of one process: an event has its place as soon as it is heard. */
export class AloneLog<E extends Logged> implements EventLog<E> {
  readonly ring = new EventRing<E>();
  readonly cursors: Cursors;
  #listener: LogListener<E> | undefined;
  #isSilent = false;

  constructor(feed: string) {
    this.cursors = new Cursors(feed);
  }

  listen(listener: LogListener<E>): void {
    this.#listener = listener;
  }

  append(event: E, isTold: boolean): void {
    if (isTold) return;
    if (this.#isSilent) this.ring.markGap();
    this.#isSilent = false;
    this.#listener?.event(event, this.ring.push(event));
  }

  connected(): void {
    this.#isSilent = false;
    this.ring.markGap();
  }

  disconnected(): void {
    // What is lost meanwhile is marked when events come again.
  }

  silent(): void {
    this.#isSilent = true;
  }

  close(): void {
    // There is nothing to close.
  }
}
