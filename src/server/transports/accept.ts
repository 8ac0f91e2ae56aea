// What a client says in `Accept` that it takes, by name.

import type { IncomingMessage } from "node:http";

interface MediaRange {
  /** In small letters, e.g. `text/event-stream`. */
  readonly type: string;
  /** In small letters, as they stand there. */
  readonly parameters: readonly string[];
}

/** Without what it refuses, which is `q=0`. */
export function acceptedRanges({ headers: { accept = "" } }: IncomingMessage): readonly MediaRange[] {
  return accept.split(",").flatMap((range) => {
    const [type = "", ...parameters] = range.split(";").map((text) => text.trim().toLowerCase());
    return parameters.some((text) => /^q\s*=\s*0(?:\.0{0,3})?$/.test(text)) ? [] : [{ type, parameters }];
  });
}
