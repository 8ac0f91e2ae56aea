// lava-publisher over ZeroMQ: a SUB socket that reconnects by itself, says when it may have missed something, and
// survives any junk. The flow: socket -> decodeEvent -> LavaFeed.

import { Subscriber } from "zeromq";
import { toPublisherAddress } from "../../net/publisher-address.js";
import { EventSyntaxError, decodeEvent } from "../protocol/event.js";
import type { LavaEvent } from "../protocol/event.js";
import type { EventListener, EventSource } from "./event-source.js";

/** LAVA's own heartbeats; without them a half-dead link is never noticed. */
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_TIMEOUT_MS = 15_000;
const HANDSHAKE_MS = 5_000;
const RECONNECT_MS = 250;
const RECONNECT_MAX_MS = 5_000;
/** ZeroMQ cuts the link at larger ones; those from 1 MiB on are read, counted and dropped. */
const FRAME_MAX_BYTES = 8 * 1024 * 1024;
/** Messages that ZeroMQ holds while this process is busy; beyond it drops silently. */
const QUEUE_MAX = 10_000;

/** Listens to a publisher, with its setting and host as for `toPublisherAddress`. Null when ZeroMQ can't connect to that. */
export function openPublisher(setting: string, host: string, listener: EventListener): EventSource | null {
  const address = toPublisherAddress(setting, host);
  try {
    return address === null ? null : new LavaPublisher(address, listener);
  } catch {
    return null;
  }
}

/** Listens to one publisher until closed. Never throws after construction. */
class LavaPublisher implements EventSource {
  readonly #socket: Subscriber;
  readonly #reading: Promise<void>;

  /** Throws for an address that ZeroMQ can't read, with nothing left open. */
  constructor(address: string, listener: EventListener) {
    this.#socket = new Subscriber({
      heartbeatInterval: HEARTBEAT_MS,
      heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
      handshakeInterval: HANDSHAKE_MS,
      reconnectInterval: RECONNECT_MS,
      reconnectMaxInterval: RECONNECT_MAX_MS,
      maxMessageSize: FRAME_MAX_BYTES,
      receiveHighWaterMark: QUEUE_MAX,
      ipv6: true,
      linger: 0,
    });
    this.#socket.events.on("handshake", listener.connected);
    this.#socket.events.on("disconnect", () => {
      listener.disconnected();
      this.#renew(address);
    });
    try {
      this.#socket.connect(address);
    } catch (error) {
      // Left open, it would keep the process from ending.
      this.#socket.close();
      throw error;
    }
    this.#socket.subscribe();
    this.#reading = this.#read(listener);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#reading;
  }

  /** ZeroMQ reconnects by itself after a lost link, but never after one that it cut itself because of what came. */
  #renew(address: string): void {
    if (this.#socket.closed) return;
    this.#socket.disconnect(address);
    this.#socket.connect(address);
  }

  async #read(listener: EventListener): Promise<void> {
    try {
      for await (const frames of this.#socket) {
        let event: LavaEvent;
        try {
          event = decodeEvent(frames);
        } catch (error) {
          listener.dropped(error instanceof EventSyntaxError ? error.message : "unreadable");
          continue;
        }
        listener.event(event);
      }
    } catch (error) {
      if (!this.#socket.closed) throw error;
    }
  }
}
