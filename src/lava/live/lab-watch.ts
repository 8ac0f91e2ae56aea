// What devices and workers need to be followed (`state-watch.ts`): where they are read, and what an event changes.

import type { Ask } from "../../net/ask.js";
import type { LavaClient } from "../client/client.js";
import type { Followable } from "./state-watch.js";
import type { WireDevice, WireWorker } from "../protocol/wire.js";

/** Things read for one follower of all of them; a larger lab is followed by name. */
const ALL_MAX = 1_000;

export function followableDevices(client: LavaClient): Followable<WireDevice> {
  return {
    load: async (names, ask) => {
      const query = { hostname__in: names.join(","), all: true, limit: names.length };
      return (await client.devices(query, ask)).results;
    },
    list: async (ask: Ask) => (await client.devices({ limit: ALL_MAX, ordering: "hostname" }, ask)).results,
    nameOf: (device) => device.hostname,
    named: (event) => (event.kind === "device" ? event.hostname : null),
    apply: (device, event) =>
      event.kind === "device"
        ? { ...device, state: event.state, health: event.health, worker_host: event.worker ?? device.worker_host }
        : device,
    stateOf: (device) => `${device.state}/${device.health}`,
  };
}

export function followableWorkers(client: LavaClient): Followable<WireWorker> {
  return {
    load: async (names, ask) => {
      const query = { hostname__in: names.join(","), limit: names.length };
      return (await client.workers(query, ask)).results;
    },
    list: async (ask: Ask) => (await client.workers({ limit: ALL_MAX, ordering: "hostname" }, ask)).results,
    nameOf: (worker) => worker.hostname,
    named: (event) => (event.kind === "worker" ? event.hostname : null),
    apply: (worker, event) =>
      event.kind === "worker" ? { ...worker, state: event.state, health: event.health } : worker,
    stateOf: (worker) => `${worker.state}/${worker.health}`,
  };
}
