// What every live update has, whatever it tells of.

import "./enums.js";
import { Field, InterfaceType } from "type-graphql";
import type { Cursors } from "../../events/cursors.js";
import { CURSOR, CURSOR_EXPIRED } from "../cursor.js";
import { UpdateSource } from "../enums.js";
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

/**
 * @param cursors of the feed that counts the update's position.
 * @param place the same place in the server's own terms, for another process; made for whoever asks for the cursor.
 */
export function makeUpdate<T extends LiveUpdate>(
  Type: new () => T,
  cursors: Cursors,
  { source, position, expired }: Omit<Update<unknown>, "key" | "value">,
  fields: Omit<Partial<T>, keyof LiveUpdate>,
  place: () => string | null = () => null,
): T {
  const seal = () => {
    const own = place();
    return cursors.seal(position) + (own === null ? "" : `.${own}`);
  };
  const told: Partial<LiveUpdate> = { source, seal, cursorExpired: expired };
  return make(Type, { ...fields, ...told } as Partial<T>);
}
