// By which names Etna is asked. A page can make its own name lead to a loopback address (DNS rebinding): its requests are
// then of one origin with what it asks, and only the name tells them from Etna's own pages.

import { GraphQLError } from "graphql";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Why a request is not answered, or null: its `Host` must be an address, a loopback name, or one of the names. */
export type Hosts = (request: IncomingMessage) => GraphQLError | null;

const SHOWN_MAX = 100;

export function createHosts(names: readonly string[]): Hosts {
  const allowed = new Set(names.map(withoutDot));
  /** Most requests ask by the name of the one before. */
  let last = "";
  return ({ headers: { host } }) => {
    // Every browser sends one.
    if (host === undefined || host === last) return null;
    const name = withoutDot(host.replace(/:\d{1,5}$/, ""));
    const isAddress = isIP(name.replace(/^\[|\]$/g, "")) !== 0;
    if (isAddress || name === "localhost" || name.endsWith(".localhost") || allowed.has(name)) {
      last = host;
      return null;
    }
    return new GraphQLError(
      `listen.hosts: this gateway is not asked by the name "${name.slice(0, SHOWN_MAX)}"; add it to listen.hosts in the configuration, or to ETNA_HOSTS`,
      { extensions: { code: "BAD_REQUEST" } },
    );
  };
}

/** In small letters, and without the dot that may end a whole name. */
function withoutDot(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
