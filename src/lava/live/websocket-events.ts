// lava-publisher's websocket twin, for where the ZMQ port is out of reach: the same five frames as a JSON array of
// texts. Since 2023.02 it wants Basic credentials and sends what their user may see; before, everything to everybody.

import { WebSocket } from "ws";
import { withoutTrailingSlashes } from "../../net/trailing-slashes.js";
import { EventSyntaxError, decodeEvent } from "../protocol/event.js";
import type { EventListener, EventSource } from "./event-source.js";
import { authorizationHeader } from "../../net/authorization.js";
import type { Authorization, Destination } from "../../net/authorization.js";

const MESSAGE_MAX_BYTES = 8 * 1024 * 1024;
const CONNECT_MS = 5_000;
/** The server never pings; a link that does not answer ours for this long is dead. */
const PING_MS = 5_000;
const RECONNECT_MS = 500;
const RECONNECT_MAX_MS = 10_000;

/**
 * @param authorization asked for at each connection, so that a token's owner is learned when the server is up. Where a
 *   token must not travel, the twin is not used.
 */
export class LavaWebSocketEvents implements EventSource {
  #socket: WebSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #attempts = 0;
  #closed = false;

  constructor(
    private readonly destination: Destination,
    private readonly server: string,
    private readonly authorization: () => Promise<Authorization | null>,
    private readonly listener: EventListener,
  ) {
    void this.#connect();
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.terminate();
    return Promise.resolve();
  }

  async #connect(): Promise<void> {
    let headers: Record<string, string>;
    try {
      const authorization = await this.authorization();
      const origin = { server: this.server, operation: "websocket" };
      headers =
        authorization === null ? {} : { authorization: authorizationHeader(authorization, this.destination, origin) };
    } catch {
      this.#reconnect();
      return;
    }
    if (this.#closed) return;
    const socket = new WebSocket(this.destination.url, {
      handshakeTimeout: CONNECT_MS,
      maxPayload: MESSAGE_MAX_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
      headers,
    });
    this.#socket = socket;
    let answered = true;
    const pings = setInterval(() => {
      if (!answered) socket.terminate();
      answered = false;
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, PING_MS);
    let up = false;
    socket.on("open", () => {
      up = true;
      this.#attempts = 0;
      this.listener.connected();
    });
    socket.on("pong", () => (answered = true));
    socket.on("message", (data, binary) => {
      answered = true;
      this.#receive(binary ? null : (data as Buffer));
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(pings);
      if (up && !this.#closed) this.listener.disconnected();
      this.#reconnect();
    });
  }

  #receive(message: Buffer | null): void {
    try {
      this.listener.event(decodeEvent(readFrames(message)));
    } catch (error) {
      this.listener.dropped(error instanceof EventSyntaxError ? error.message : "unreadable");
    }
  }

  #reconnect(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(
      () => void this.#connect(),
      Math.min(RECONNECT_MAX_MS, RECONNECT_MS * 2 ** this.#attempts),
    );
    this.#attempts += 1;
  }
}

function readFrames(message: Buffer | null): string[] {
  let value: unknown;
  try {
    value = message === null ? null : JSON.parse(message.toString("utf8"));
  } catch {
    throw new EventSyntaxError("not JSON");
  }
  if (Array.isArray(value) && value.every((frame) => typeof frame === "string")) return value;
  throw new EventSyntaxError("not an array of texts");
}

/** Behind a web server the twin has the path `/ws/` on the server's own host and port. */
export function toWebSocketAddress(url: URL): string {
  const address = new URL(url);
  address.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  address.pathname = `${withoutTrailingSlashes(url.pathname)}/ws/`;
  return address.href;
}
