// How much each address has under way, so that one client can't take everything. Counted by the socket's own address,
// or, behind proxies, by what the last of them that is trusted has seen.

import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import type { Socket } from "node:net";
import { limitError } from "./limits.js";
import type { ClientLimits } from "./limits.js";
import type { GraphQLError } from "graphql";

/** Gives back what was taken; harmless when repeated. */
export type Release = () => void;

export interface Addresses {
  readonly of: (request: IncomingMessage) => string;
  /** A connection's place, or why there is none. Behind proxies all of them are the proxy's: there it has always one. */
  readonly takeConnection: (socket: Socket) => Release | GraphQLError;
  /** A WebSocket's place, or why there is none. */
  readonly takeSocket: (address: string) => Release | GraphQLError;
  /** An operation's place, or why there is none. */
  readonly takeOperation: (address: string) => Release | GraphQLError;
}

export function createAddresses(
  limits: Pick<ClientLimits, "connectionsPerAddress" | "socketsPerAddress" | "operationsPerAddress" | "proxies">,
): Addresses {
  const { connectionsPerAddress, proxies } = limits;
  const takeConnection = counter(
    "connectionsPerAddress",
    connectionsPerAddress,
    "connections of this address are open",
  );
  return {
    of: (request) => clientAddress(request, proxies),
    takeConnection: ({ remoteAddress }) => (proxies === 0 ? takeConnection(toClient(remoteAddress)) : () => undefined),
    takeSocket: counter("socketsPerAddress", limits.socketsPerAddress, "WebSockets of this address are open"),
    takeOperation: counter(
      "operationsPerAddress",
      limits.operationsPerAddress,
      "operations of this address are under way",
    ),
  };
}

function counter(limit: string, allowed: number, what: string): (address: string) => Release | GraphQLError {
  // An address leaves with the last that it has under way, so that there are never more of them than connections.
  const taken = new Map<string, number>();
  return (address) => {
    const now = taken.get(address) ?? 0;
    if (now >= allowed) {
      const message = `${now} ${what}, allowed are ${allowed}; end some, or come back later`;
      return limitError({ limit, asked: now + 1, allowed, message });
    }
    taken.set(address, now + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (taken.get(address) ?? 1) - 1;
      if (left === 0) taken.delete(address);
      else taken.set(address, left);
    };
  };
}

const ofSocket = new WeakMap<Socket, string>();

/** What stands for the client of a request. */
export function clientAddress(request: IncomingMessage, proxies: number): string {
  if (proxies > 0) return forwardedAddress(request, proxies);
  const { socket } = request;
  let address = ofSocket.get(socket);
  if (address === undefined) ofSocket.set(socket, (address = toClient(socket.remoteAddress)));
  return address;
}

function forwardedAddress(request: IncomingMessage, proxies: number): string {
  const seen = String(request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  // Each proxy adds whom it has seen; what stands further left may be the client's own invention.
  return toClient(seen.at(-proxies) ?? request.socket.remoteAddress);
}

/** An IPv4 address, or the first half of an IPv6 address, since a client has all of the rest. */
function toClient(address = "unknown"): string {
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? networkOf(address) : address;
}

/** The first four of eight groups, e.g. `2001:db8:0:1::/64`. */
function networkOf(address: string): string {
  const [withoutZone = ""] = address.split("%", 1);
  const [head = "", tail] = withoutZone.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const after = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const whole = [...groups, ...Array<string>(Math.max(0, zeros)).fill("0"), ...after];
  const network = whole.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""));
  return `${network.join(":")}::/64`;
}
