// What a feed asks of the polls of one kind of thing on a server without events, and what they answer.

/** A change of one thing, as a poll has found it. */
export interface Change<V> {
  readonly id: number;
  /** Null: the server no longer has it. */
  readonly value: V | null;
  /** Where a subscriber with all changes up to this one is, in the server's own terms; see `Found.place`. */
  readonly place?: string | null;
}

/** What a poll is to find out. */
export interface Wanted<S> {
  /** What must be read, whatever is known of it. */
  readonly asked: ReadonlySet<number>;
  /** Whether all that follows is to be polled; else only what is asked for. */
  readonly all: boolean;
  /** Everything that somebody follows by its id. */
  readonly ids: ReadonlySet<number>;
  readonly scopes: readonly S[];
}

export interface Found<V, S> {
  /** Since the polls before, in order. */
  readonly changes: readonly Change<V>[];
  /** What was asked for: null for what does not exist, an error for what could not be read. */
  readonly asked: ReadonlyMap<number, V | Error | null>;
  /** Why the scopes could not be polled; null when they could, or were not to be. */
  readonly scopesFault: Error | null;
  /**
   * The scopes of which every change since the poll before has been found; null when they are the same ones as
   * of the poll before.
   */
  readonly covered: ((scope: S) => boolean) | null;
  /** Scopes that are no more, as objects of those that were given, each with the error that ends its followers. */
  readonly gone?: ReadonlyMap<S, Error> | undefined;
  /** From where on any process can read what has changed, where the server knows such places: after all of `changes`. */
  readonly place?: string | null;
  /** Whether anything that was to be polled, other than what was asked for, could not be. */
  readonly failed: boolean;
}

/** How one kind of thing is polled, and what is known of it from poll to poll. */
export interface Polls<V, S> {
  /** Never throws. */
  poll(wanted: Wanted<S>): Promise<Found<V, S>>;
  /** What goes on in a scope, as of the last poll; at most `ONGOING_MAX`. */
  ongoing(scope: S): readonly V[];
  idOf(value: V): number;
  matches(scope: S, value: V): boolean;
  hasEnded(value: V): boolean;
  /** Whether the server may take this end back by itself, while other things go on. */
  mayGoOn?(value: V): boolean;
  /** Whether a scope's followers begin with it. */
  isOngoing(value: V): boolean;
  /** The same for two reads of a thing between which nothing worth telling has happened. */
  stateOf(value: V): string;
  /** Forgets everything: nobody follows anything any more. */
  forget(): void;
}

/** Things in the snapshot of a scope's follower. */
export const ONGOING_MAX = 100;

/** How long what the polls have shown is kept while nobody wants it: whoever comes back meanwhile goes on from there. */
export const REST_MS = 300_000;
