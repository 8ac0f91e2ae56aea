// The operations under way on one WebSocket, counted against the socket's own limit and its address's.

import { GraphQLError } from "graphql";
import type { Addresses, Release } from "./addresses.js";
import { limitError } from "./limits.js";

export interface SocketOperations {
  /** The operation's place, or the reason why there is none. */
  readonly take: () => Release | GraphQLError;
  /** When the socket has closed: gives back what is still held, and what is taken later at once. */
  readonly releaseAll: () => void;
}

export function createSocketOperations(addresses: Addresses, address: string, allowed: number): SocketOperations {
  const held = new Set<Release>();
  let closed = false;
  return {
    take: () => {
      if (held.size >= allowed) {
        return limitError({
          limit: "operationsPerSocket",
          asked: held.size + 1,
          allowed,
          message: `more than ${allowed} operations on one socket; complete some, or open another`,
        });
      }
      const taken = addresses.takeOperation(address);
      if (taken instanceof GraphQLError) return taken;
      const release = () => {
        held.delete(release);
        taken();
      };
      // Nobody would give it back.
      if (closed) taken();
      else held.add(release);
      return release;
    },
    releaseAll: () => {
      closed = true;
      for (const release of [...held]) release();
    },
  };
}
