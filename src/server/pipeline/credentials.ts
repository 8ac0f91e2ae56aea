// The viewer's credentials from the headers of a request, the same for each route.

import type { IncomingMessage } from "node:http";
import { readCredentials } from "../../ci/viewer.js";
import type { Credentials } from "../../ci/viewer.js";

/** Throws `InputRefused`. Node joins a repeated header by commas, which also part the tokens of one. */
export function credentialsOf({ headers }: IncomingMessage): Credentials {
  const tokens = headers["x-etna-token"];
  return readCredentials(headers.authorization, tokens === undefined ? [] : [tokens].flat());
}
