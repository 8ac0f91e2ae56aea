// Reads of a server as the cache knows them: the question, with whose rights, and how long its answer holds.

/**
 * How long an answer holds.
 * - `events`: until an event of the server says otherwise, and for a short time where no event may tell.
 * - `slow`: what hardly ever changes, and no event tells of: a minute.
 * - `brief`: what changes without a word: two seconds.
 * - `final`: what can't change any more, and is the same for all who may see it (the caller has checked that the viewer
 *   may): until the memory is needed for something else.
 *
 * `null`, which says "not found", is kept for two seconds and for its viewer only, whatever is written here.
 */
export type Keeping = "events" | "slow" | "brief" | "final";

/** What is found out of an answer by looking at it. */
export interface Kept {
  readonly keep: Exclude<Keeping, "final">;
  readonly tags: readonly string[];
}

/** A smaller form for memory and disk. */
export interface Packing<T = unknown> {
  pack(value: T): Buffer;
  unpack(packed: Buffer): T;
}

/** A read that may be answered from memory. */
export interface Read {
  /** The question, the same text for the same question; never a token. */
  readonly key: string;
  /** With whose rights it is asked: a token's fingerprint, `ANONYMOUS_VIEWER`, or `EVERY_VIEWER`. */
  readonly viewer: string;
  readonly keep: Keeping;
  /** What the answer is about; an event that names one of them ends its life. */
  readonly tags: readonly string[];
  /** Where it depends on the answer how long it holds and what it is about: in place of the two above once it is there. */
  judge?(answer: unknown): Kept;
  /** How the answer is kept, when it is not kept as it is. */
  readonly packing?: Packing;
}

/** Default of `cache.rightsSeconds`. */
export const RIGHTS_DEFAULT_MS = 30_000;

/** Stands for all together where a server knows no rights. */
export const EVERY_VIEWER = "every";
