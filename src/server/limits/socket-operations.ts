// The operations under way on one WebSocket, counted against the socket's own limit and its address's.

import { GraphQLError } from "graphql";
import type { Addresses, Release } from "./addresses.js";
import { limitError } from "./limits.js";

export interface SocketOperations {
  /** Null when it may run; else the reason why not. */
  readonly take: (id: string) => GraphQLError | null;
  /** Harmless for one that is not under way. */
  readonly release: (id: string) => void;
  /** When the socket has closed. */
  readonly releaseAll: () => void;
}

export function createSocketOperations(addresses: Addresses, address: string, allowed: number): SocketOperations {
  const held = new Map<string, Release>();
  let closed = false;
  const release = (id: string) => {
    held.get(id)?.();
    held.delete(id);
  };
  return {
    take: (id) => {
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
      // Nobody would give it back.
      if (closed) taken();
      else held.set(id, taken);
      return null;
    },
    release,
    releaseAll: () => {
      closed = true;
      for (const id of [...held.keys()]) release(id);
    },
  };
}
