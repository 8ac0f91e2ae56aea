// Where a subscriber to all runs is on each server, in the servers' own terms: the part of its cursor that any process reads.

import { z } from "zod";

const wirePlaces = z.array(z.tuple([z.string(), z.string()]));

/** By server; empty text where there is none. Begins with the point that sets it off from the cursor's first part. */
export function encodePlaces(places: ReadonlyMap<string, () => string | null>): string {
  const all = [...places].flatMap(([server, placeOf]) => {
    const place = placeOf();
    return place === null ? [] : [[server, place]];
  });
  return all.length === 0 ? "" : `.${Buffer.from(JSON.stringify(all)).toString("base64url")}`;
}

/** None in any other text: it comes from clients, and each server's own check of its place comes later. */
export function decodePlaces(text: string): ReadonlyMap<string, string> {
  try {
    return new Map(wirePlaces.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8"))));
  } catch {
    return new Map();
  }
}
