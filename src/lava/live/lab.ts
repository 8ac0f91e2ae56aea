// Devices and workers as subjects of the engine: any state may follow any other.

import type { Subject } from "../../ci/live/subject.js";
import type { LavaClient } from "../client/client.js";
import type { LavaEvent } from "../protocol/event.js";
import type { WireDevice, WireWorker } from "../protocol/wire.js";

/** All that the viewer may see. */
export interface LabScope {
  readonly all: true;
}

/** Things read for one follower of all of them; a larger lab is followed by name. */
const ALL_MAX = 1_000;

/** What devices and workers have in common. */
const COMMON = {
  ordered: false,
  stateOf: ({ state, health }: WireDevice | WireWorker) => `${state}/${health}`,
  keyOf: ({ hostname }: WireDevice | WireWorker) => hostname,
  follows: () => true,
  hasEnded: () => false,
  matches: () => true,
};

/** @param rightsMs how long a read proves that its viewer may see the device. */
export function deviceSubject(client: LavaClient, rightsMs: number): Subject<string, WireDevice, LabScope, LavaEvent> {
  return {
    ...COMMON,
    holdsMs: rightsMs,
    name: "device",
    read: async (names, ask, limits) => {
      const { values, begun } = await client.shownDevices(names, ask, limits);
      limits.started(begun);
      return values;
    },
    list: async (_, ask) => {
      const { results: values } = await client.devices({ limit: ALL_MAX, ordering: "hostname" }, ask);
      return { values, isWhole: true, newest: null };
    },
    touches: (event) => (event.kind === "device" ? event.hostname : null),
    apply: (device, event) =>
      event.kind === "device"
        ? { ...device, state: event.state, health: event.health, worker_host: event.worker ?? device.worker_host }
        : device,
  };
}

export function workerSubject(client: LavaClient, rightsMs: number): Subject<string, WireWorker, LabScope, LavaEvent> {
  return {
    ...COMMON,
    holdsMs: rightsMs,
    name: "worker",
    read: async (names, ask, limits) => {
      const { values, begun } = await client.shownWorkers(names, ask, limits);
      limits.started(begun);
      return values;
    },
    list: async (_, ask) => {
      const { results: values } = await client.workers({ limit: ALL_MAX, ordering: "hostname" }, ask);
      return { values, isWhole: true, newest: null };
    },
    touches: (event) => (event.kind === "worker" ? event.hostname : null),
    apply: (worker, event) =>
      event.kind === "worker" ? { ...worker, state: event.state, health: event.health } : worker,
  };
}
