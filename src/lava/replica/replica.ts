// What one LAVA server has shown, read once for all viewers: a lab's cost must not depend on how many look at it. Rows that
// an anonymous read has shown are everybody's; all else stays with the viewer whose token has shown it.

import type { Memory } from "../../cache/memory.js";
import type { SharedRowsStatus } from "../../ci/server.js";
import type { Ask } from "../../net/ask.js";
import type { DeviceEvent, LavaEvent, TestJobEvent, WorkerEvent } from "../protocol/event.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { Query } from "../protocol/job-search.js";
import type { WireDevice, WireDeviceType, WireTestJob, WireWorker } from "../protocol/wire.js";
import { Publicity } from "./anonymous.js";
import { applyToDevice, applyToWorker, isAsTold, isSameJob, isSameRow, jobIsAfter } from "./kinds.js";
import { DefinitionIndex } from "./definition-index.js";
import { Filler } from "./filler.js";
import { LabLists } from "./lab-lists.js";
import type { LabSource } from "./lab-lists.js";
import { JobWindow } from "./job-window.js";
import { SharedRows } from "./shared-rows.js";
import { TextSearches } from "./text-searches.js";

/** How the replica asks its server. Each throws `UpstreamError`, and goes past every cache. */
export interface ReplicaSource extends LabSource {
  readonly server: string;
  jobs(ids: readonly LavaJobId[], ask: Ask): Promise<readonly WireTestJob[]>;
  jobList(query: Query, ask: Ask): Promise<readonly WireTestJob[]>;
  devices(hostnames: readonly string[], ask: Ask): Promise<readonly WireDevice[]>;
  deviceTypes(names: readonly string[], ask: Ask): Promise<readonly WireDeviceType[]>;
  workers(hostnames: readonly string[], ask: Ask): Promise<readonly WireWorker[]>;
  /** Throws `UpstreamDenied` for a token that the server does not know. */
  check(ask: Ask): Promise<unknown>;
}

export interface ReplicaOptions {
  readonly memory: Memory;
  /** How long a read holds of which events tell the end, in milliseconds: depends on how well they come. */
  readonly eventsMs: () => number;
  /** Whether every change of every test job comes as an event. */
  readonly hearsAll: () => boolean;
  /** Whether it reads before anybody asks. */
  readonly isEager: boolean;
  /** Whether requests wait for the server, or are under way. */
  readonly isBusy: () => boolean;
  /** Longest that a read proves that its viewer may see what is in it, in milliseconds. */
  readonly rightsMs: number;
}

export class Replica {
  readonly jobs: SharedRows<LavaJobId, WireTestJob, TestJobEvent>;
  readonly devices: SharedRows<string, WireDevice, DeviceEvent>;
  readonly deviceTypes: SharedRows<string, WireDeviceType, never>;
  readonly workers: SharedRows<string, WireWorker, WorkerEvent>;
  /** Lists of devices, device types and workers. */
  readonly lab: LabLists;
  /** Lists of test jobs. */
  readonly window: JobWindow;
  /** Searches of definitions. */
  readonly texts: TextSearches;
  /** What definitions say about builds. */
  readonly index: DefinitionIndex;
  readonly #publicity: Publicity;
  readonly #filler: Filler;
  readonly #isEager: boolean;
  readonly #memory: Memory;

  constructor(options: ReplicaOptions, source: ReplicaSource) {
    const { memory, eventsMs, hearsAll, rightsMs, isEager, isBusy } = options;
    this.#isEager = isEager;
    this.#memory = memory;
    const publicity = (this.#publicity = new Publicity((ask) => source.check(ask)));
    const { server } = source;
    const told = {
      ...{ server, publicity },
      holdsMs: () => Math.min(rightsMs, eventsMs()),
      isSame: isSameRow,
      onEnd: () => memory.noteChange(),
    };
    this.jobs = new SharedRows({
      ...told,
      load: async (ids, ask) => {
        const jobs = await source.jobs(ids, ask);
        for (const job of jobs) this.index.saw(job);
        return byKey(jobs, ({ id }) => toJobId(id));
      },
      isAfter: jobIsAfter,
      isSame: isSameJob,
      onChange: (id) => this.window.touched(id),
    });
    this.devices = new SharedRows({
      ...told,
      load: async (names, ask) => byKey(await source.devices(names, ask), ({ hostname }) => hostname),
      isAfter: isAsTold,
      apply: applyToDevice,
    });
    this.deviceTypes = new SharedRows({
      ...told,
      load: async (names, ask) => byKey(await source.deviceTypes(names, ask), ({ name }) => name),
      // No event tells of them.
      holdsMs: () => rightsMs,
      isAfter: () => false,
    });
    this.workers = new SharedRows({
      ...told,
      load: async (names, ask) => byKey(await source.workers(names, ask), ({ hostname }) => hostname),
      isAfter: isAsTold,
      apply: applyToWorker,
    });
    this.lab = new LabLists({ ...told, hearsAll, rightsMs }, source, this);
    this.window = new JobWindow({
      ...{ server, publicity, rightsMs, hearsAll },
      rows: this.jobs,
      list: (query, ask) => source.jobList(query, ask),
      holdsMs: told.holdsMs,
      onEnd: told.onEnd,
      onUse: (used) => {
        for (const rows of [this.jobs, this.devices, this.deviceTypes, this.workers]) rows.isShared = used;
        if (used) this.#filler.start();
        else this.#filler.stop();
      },
      isEager,
      maxBytes: () => memory.holderMaxBytes,
      onBytes: (bytes) => memory.hold(this, bytes + this.index.bytes),
      onCovered: (from, to) => this.index.covered(from, to),
      onDropped: (id) => this.index.forget(id),
    });
    this.index = new DefinitionIndex({
      ...{ server, publicity, hearsAll, holdsMs: told.holdsMs, onEnd: told.onEnd },
      ...{ rows: this.jobs, ranges: this.window.ranges },
      use: () => {
        this.window.use();
        return this.window.isUsable;
      },
      show: async (ids, ask) => (await this.jobs.read(ids, ask)).values,
      load: (ids, ask) => source.jobs(ids, ask),
    });
    this.texts = new TextSearches({
      hearsAll,
      show: async (ids, ask) => (await this.jobs.read(ids, ask)).values,
    });
    this.#filler = new Filler({ isBusy, fill: (ask) => this.window.fill(ask) });
  }

  /** Whether builds are found by what definitions were found to say, as far as that is known. */
  get isIndexed(): boolean {
    return this.window.ranges.isUsable;
  }

  /** Begins to read where it is to do so before anybody asks. */
  start(): void {
    if (!this.#isEager) return;
    this.window.use();
  }

  close(): void {
    this.#filler.stop();
    this.#memory.hold(this, 0);
  }

  /** Sees to it that the asker may be told what everybody may see. Throws `UpstreamDenied` for a token that is unknown. */
  admit(ask: Ask): Promise<void> {
    return this.#publicity.admit(ask);
  }

  /** The server has taken this asker's token. */
  admitted(ask: Ask): void {
    this.#publicity.admitted(ask);
  }

  stats(): SharedRowsStatus {
    const kinds = [this.jobs, this.devices, this.deviceTypes, this.workers].map((rows) => rows.stats());
    const sum = (field: "rows" | "known" | "asked") => kinds.reduce((all, of) => all + of[field], 0);
    const { answered, left, from, bytes, headAt } = this.window.stats();
    return {
      ...{ rows: sum("rows"), known: sum("known"), asked: sum("asked") },
      ...{ bytes, oldestJob: from, listsAnswered: answered, listsAsked: left },
      provedAt: headAt === null ? null : new Date(performance.timeOrigin + headAt).toISOString(),
    };
  }

  /** Takes an event of the bus, before anybody else hears of it. */
  heard(event: LavaEvent): void {
    switch (event.kind) {
      case "testjob":
        this.window.heard(event);
        this.texts.heard(event.jobId);
        break;
      case "device":
        this.devices.heard(event.hostname, event);
        this.lab.devices.heard(event.hostname);
        break;
      case "worker":
        this.workers.heard(event.hostname, event);
        this.lab.workers.heard(event.hostname);
        break;
      case "event":
      case "other":
    }
  }

  /** Events may have been missed, or something was changed through Etna. */
  forgetProofs(): void {
    for (const one of [this.jobs, this.devices, this.workers, this.window]) one.forgetProofs();
    this.lab.forgetProofs();
    this.texts.forget();
    this.index.forgetProofs();
  }
}

function byKey<K, V>(values: readonly V[], keyOf: (value: V) => K): ReadonlyMap<K, V> {
  return new Map(values.map((value) => [keyOf(value), value]));
}
