// Lists and counts of devices, device types and workers, answered from rows where these say what is asked for.

import type { Ask } from "../../net/ask.js";
import type { DeviceEvent, WorkerEvent } from "../protocol/event.js";
import type { Query } from "../protocol/job-search.js";
import type { WireDevice, WireDeviceType, WireWorker } from "../protocol/wire.js";
import type { Publicity } from "./anonymous.js";
import { NameLists, ownHoldsMs } from "./name-lists.js";
import { pageOf, readNameQuery } from "./name-query.js";
import type { FieldTests } from "./name-query.js";
import type { SharedRows } from "./shared-rows.js";

/** A list as LAVA gives it. */
export interface NameList<V> {
  readonly count: number;
  readonly results: readonly V[];
}

const DEVICE_FIELDS: FieldTests<WireDevice> = {
  hostname: ({ hostname }) => hostname,
  device_type__name: (device) => device.device_type,
  worker_host__hostname: (device) => device.worker_host,
  description: ({ description }) => description,
  state: ({ state }) => state,
  health: ({ health }) => health,
  is_synced: (device) => String(device.is_synced),
};
const TYPE_FIELDS: FieldTests<WireDeviceType> = { name: ({ name }) => name };
const WORKER_FIELDS: FieldTests<WireWorker> = { hostname: ({ hostname }) => hostname };

/** All that the asker is shown, retired ones too, in the server's order by name; null for too many. */
export interface LabSource {
  allDevices(ask: Ask): Promise<readonly WireDevice[] | null>;
  allDeviceTypes(ask: Ask): Promise<readonly WireDeviceType[] | null>;
  allWorkers(ask: Ask): Promise<readonly WireWorker[] | null>;
}

export interface LabListsOptions {
  readonly server: string;
  readonly publicity: Publicity;
  readonly holdsMs: () => number;
  readonly hearsAll: () => boolean;
  readonly rightsMs: number;
  readonly onEnd: () => void;
}

/** What the lists rest on. */
export interface LabRows {
  readonly devices: SharedRows<string, WireDevice, DeviceEvent>;
  readonly deviceTypes: SharedRows<string, WireDeviceType, never>;
  readonly workers: SharedRows<string, WireWorker, WorkerEvent>;
}

/** Each list is null where the server is to be asked. Methods throw `UpstreamError`. */
export class LabLists {
  readonly devices: NameLists<WireDevice, DeviceEvent>;
  readonly deviceTypes: NameLists<WireDeviceType, never>;
  readonly workers: NameLists<WireWorker, WorkerEvent>;

  constructor({ hearsAll, ...options }: LabListsOptions, source: LabSource, rows: LabRows) {
    const { holdsMs, rightsMs } = options;
    this.devices = new NameLists({
      ...{ ...options, rows: rows.devices, load: (ask) => source.allDevices(ask), isOpen: false },
      nameOf: ({ hostname }) => hostname,
      ownHoldsMs: ownHoldsMs(hearsAll, holdsMs),
    });
    this.deviceTypes = new NameLists({
      ...{ ...options, rows: rows.deviceTypes, load: (ask) => source.allDeviceTypes(ask), isOpen: false },
      nameOf: ({ name }) => name,
      // No event tells of them.
      holdsMs: () => rightsMs,
      ownHoldsMs: ownHoldsMs(hearsAll, () => rightsMs),
    });
    this.workers = new NameLists({
      ...{ ...options, rows: rows.workers, load: (ask) => source.allWorkers(ask), isOpen: true },
      nameOf: ({ hostname }) => hostname,
      ownHoldsMs: holdsMs,
    });
  }

  async listDevices(query: Query, ask: Ask): Promise<NameList<WireDevice> | null> {
    const wanted = readNameQuery(query, "hostname", DEVICE_FIELDS);
    const all = wanted === null ? null : await this.devices.all(ask);
    if (wanted === null || all === null) return null;
    return pageOf(query.all === true ? all : all.filter(({ health }) => health !== "Retired"), wanted);
  }

  async listDeviceTypes(query: Query, ask: Ask): Promise<NameList<WireDeviceType> | null> {
    const wanted = readNameQuery(query, "name", TYPE_FIELDS);
    const all = wanted === null ? null : await this.deviceTypes.all(ask);
    return wanted === null || all === null ? null : pageOf(all, wanted);
  }

  async listWorkers(query: Query, ask: Ask): Promise<NameList<WireWorker> | null> {
    const wanted = readNameQuery(query, "hostname", WORKER_FIELDS);
    const all = wanted === null ? null : await this.workers.all(ask);
    return wanted === null || all === null ? null : pageOf(all, wanted);
  }

  forgetProofs(): void {
    for (const lists of [this.devices, this.deviceTypes, this.workers]) lists.forgetProofs();
  }
}
