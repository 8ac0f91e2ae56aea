// What the rows of a large lab take in memory: the heap after a collection, beside what the accounting says.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { boardDefinition } from "../../src/sandbox/lava/catalog.js";
import { Memory } from "../../src/cache/memory.js";
import type { WireTestJob } from "../../src/lava/protocol/wire.js";
import { Replica } from "../../src/lava/replica/replica.js";
import { createAsk } from "../../src/net/ask.js";
import { mebibytes } from "./figure.js";
import type { Row } from "./figure.js";

const JOBS = 20_000;
const TARGET_BYTES = 60 * 1024 * 1024;
const ASK = createAsk(null);

export async function rowMemoryRows(): Promise<Row[]> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const memory = new Memory();
  const nothing = () => Promise.resolve([]);
  const replica = new Replica(
    {
      memory,
      eventsMs: () => 30_000,
      hearsAll: () => true,
      isEager: true,
      isBusy: () => true,
      rightsMs: 30_000,
    },
    {
      server: "lab",
      jobs: nothing,
      jobList: (query) => Promise.resolve(newest(query.id__lt == null ? JOBS + 101 : Number(query.id__lt))),
      devices: nothing,
      deviceTypes: nothing,
      workers: nothing,
      allDevices: nothing,
      allDeviceTypes: nothing,
      allWorkers: nothing,
      check: nothing,
    },
  );
  collect();
  const before = process.memoryUsage().heapUsed;
  replica.window.use();
  while (await replica.window.fill(ASK));
  collect();
  const took = process.memoryUsage().heapUsed - before;
  const { rows, bytes } = replica.stats();
  const counted = memory.stats().bytes;
  replica.close();
  return [
    {
      figure: `memory for the rows of ${rows} test jobs, their index included`,
      beside: `counted ${mebibytes(counted)}, of it definitions ${mebibytes(bytes)}`,
      etna: mebibytes(took),
      target: `at most ${mebibytes(TARGET_BYTES)}`,
      reached: rows >= JOBS && took <= TARGET_BYTES,
    },
  ];
}

function newest(below: number): WireTestJob[] {
  return Array.from({ length: Math.min(100, below - 1) }, (_, at) => jobOf(below - 1 - at));
}

/** With a definition as boards have them, in which some lines are its own. */
function jobOf(id: number): WireTestJob {
  const definition = boardDefinition({
    deviceType: "qemu",
    kernel: `v6.12.${id % 200}`,
    suites: ["boot-time", "ltp-syscalls", "libhugetlbfs"],
    visibility: "public",
    priority: "medium",
    number: id,
  });
  const named = `${definition}\nmetadata:\n  build-url: https://ci.example.org/build/${id}\n  git-commit: ${String(id).padStart(40, "0")}\n`;
  return {
    id,
    submitter: "alice",
    viewing_groups: [],
    description: `job ${id}`,
    health_check: false,
    requested_device_type: "qemu",
    tags: [],
    actual_device: `qemu-${id % 50}`,
    submit_time: new Date(1_700_000_000_000 + id * 60_000).toISOString(),
    start_time: new Date(1_700_000_000_000 + id * 60_000).toISOString(),
    end_time: new Date(1_700_000_000_000 + id * 60_000).toISOString(),
    state: "Finished",
    health: "Complete",
    priority: 50,
    definition: named,
    original_definition: named,
    multinode_definition: "",
    failure_tags: [],
    failure_comment: null,
  } as unknown as WireTestJob;
}
