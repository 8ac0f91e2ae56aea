// What every live update has, whatever it tells of.

import "./enums.js";
import { Field, InterfaceType } from "type-graphql";
import type { Cursors } from "../../events/cursors.js";
import { CURSOR, CURSOR_EXPIRED } from "../cursor.js";
import { UpdateSource } from "../enums.js";
import { sealPosition } from "../live/merged-places.js";
import type { MergedPosition } from "../live/merged-places.js";
import type { MergedUpdate } from "../live/merged-updates.js";
import type { Update } from "../live/subject.js";
import { make } from "./make.js";

@InterfaceType({ description: "What a subscription tells: something as of one change, or as it is at the beginning." })
export abstract class LiveUpdate {
  @Field(() => UpdateSource, { description: "How Etna learned of it." })
  readonly source!: UpdateSource;

  /** Makes the text: work for a cipher, done only for whoever asks. */
  readonly seal!: () => string;

  @Field(() => String, { description: CURSOR })
  get cursor(): string {
    return this.seal();
  }

  @Field(() => Boolean, { description: CURSOR_EXPIRED })
  readonly cursorExpired!: boolean;
}

/** What a subscription over one server is told, or over several. */
export type Told<V> = Update<V> | MergedUpdate<V>;

/** One server's update, whoever else is followed beside it. */
export interface ReadUpdate<V> extends Omit<Update<V>, "key"> {
  readonly server: string;
  /** Where the subscriber is on all servers, where it follows several. */
  readonly at: MergedPosition | null;
}

/**
 * Throws the failure of one of several servers: the answer to this update.
 * @param only name of the server where it is the only one that is followed.
 */
export function readTold<V>(told: Told<V>, only: () => string): ReadUpdate<V> {
  if (!("kind" in told)) return { ...told, server: only(), at: null };
  if (told.kind === "fault") throw told.error;
  const { server, change, at } = told;
  return { ...change.update, value: change.value, server, at };
}

/**
 * @param cursors of the feed that counts the update's position.
 * @param place the same place in the server's own terms, for another process; made for whoever asks for the cursor.
 */
export function makeUpdate<T extends LiveUpdate>(
  Type: new () => T,
  cursors: Cursors,
  { source, position, expired, at }: Omit<ReadUpdate<unknown>, "server" | "value">,
  fields: Omit<Partial<T>, keyof LiveUpdate>,
  place: () => string | null = () => null,
): T {
  const seal = () => {
    if (at !== null) return sealPosition(at);
    const own = place();
    return cursors.seal(position) + (own === null ? "" : `.${own}`);
  };
  const told: Partial<LiveUpdate> = { source, seal, cursorExpired: expired };
  return make(Type, { ...fields, ...told } as Partial<T>);
}
