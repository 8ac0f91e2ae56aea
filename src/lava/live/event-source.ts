// What the two ways to LAVA's events have in common: the ZMQ publisher and its websocket twin.

import type { LavaEvent } from "../protocol/event.js";

export interface EventListener {
  readonly event: (event: LavaEvent) => void;
  /** A message that made no sense was dropped; one line why. */
  readonly dropped: (reason: string) => void;
  /** The link is up. Whatever was published before is lost. */
  readonly connected: () => void;
  readonly disconnected: () => void;
}

/** Listens until closed, and connects again by itself. */
export interface EventSource {
  close(): Promise<void>;
}
