// Where a subscriber to several servers is on each of them, as its cursor has it: sealed positions of their feeds, and after a
// point places in the servers' own terms, which any process reads.

import { z } from "zod";
import { openMarks, sealMarks } from "../../events/cursors.js";
import type { Cursors } from "../../events/cursors.js";
import type { SealingKey } from "../../events/sealing-key.js";

/** Made for whoever asks for the cursor; null where a place is not known. */
export type Place = () => string | null;

/** Where a follower is in each server's feed; without an entry for one whose part has not begun. */
export interface MergedPosition {
  readonly key: SealingKey;
  readonly marks: ReadonlyMap<string, string>;
  readonly places: ReadonlyMap<string, Place>;
}

/** Where a subscriber broke off on one server. */
export interface Break {
  /** Of the server's feed; null where the cursor can't be read. */
  readonly mark: string | null;
  /** In the server's own terms. */
  readonly place: string | null;
}

export function sealPosition({ key, marks, places }: MergedPosition): string {
  return sealMarks(key, marks) + encodePlaces(places);
}

/** Where a cursor leads on each server; without an entry where it says nothing of one. */
export function openPosition(
  cursor: string,
  servers: readonly { readonly server: string; readonly cursors: Cursors }[],
): ReadonlyMap<string, Break> {
  const [sealed = "", own = ""] = cursor.split(".");
  const key = servers[0]?.cursors.key;
  const marks = key === undefined ? null : openMarks(key, sealed);
  const places = decodePlaces(own);
  return new Map(
    servers.flatMap(({ server }) => {
      // Of a cursor that can't be read only the places count.
      const mark = marks === null ? null : marks.get(server);
      return mark === undefined ? [] : [[server, { mark, place: places.get(server) ?? null }]];
    }),
  );
}

const wirePlaces = z.array(z.tuple([z.string(), z.string()]));

/** By server; empty text where there is none. Begins with the point that sets it off from the cursor's first part. */
function encodePlaces(places: ReadonlyMap<string, Place>): string {
  const all = [...places].flatMap(([server, placeOf]) => {
    const place = placeOf();
    return place === null ? [] : [[server, place]];
  });
  return all.length === 0 ? "" : `.${Buffer.from(JSON.stringify(all)).toString("base64url")}`;
}

/** None in any other text: it comes from clients, and each server's own check of its place comes later. */
function decodePlaces(text: string): ReadonlyMap<string, string> {
  try {
    return new Map(wirePlaces.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8"))));
  } catch {
    return new Map();
  }
}
