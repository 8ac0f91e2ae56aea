// The lab's past: finished jobs with results, logs and failures, always the same but for their dates, which end now.
import { boardScript } from "./board-script.js";
import { boardDefinition, FAILURES, KERNELS, SUITES, type BoardJob } from "./catalog.js";
import { requestsOf, roleOf, withRoles } from "./definition.js";
import type { Job, JobHealth, Micros } from "./model.js";
import type { SandboxBuild } from "./options.js";
import { Random } from "../random.js";
import { verdict } from "./scripts.js";
import type { LavaStore, LogEntry } from "./store.js";
import { now } from "./text.js";

const MINUTE = 60_000_000;
const HUGE_LOG_LINES = 20_000;
const TYPES: readonly [type: string, devices: readonly string[]][] = [
  ["qemu", ["qemu-01", "qemu-02", "qemu-03"]],
  ["bcm2711-rpi-4-b", ["rpi4-01", "rpi4-02"]],
  ["juno", ["juno-01", "juno-02"]],
  ["beaglebone-black", ["bbb-01", "bbb-02"]],
  ["hi6220-hikey-r2", ["hikey-01", "hikey-02"]],
];

/**
 * Adds `count` finished jobs. By their place, from 0: every 20th from 7 is
 * secret-team's, every 33rd from 12 is personal to alice, 15 is public on the restricted fvp, 3 has the huge log, 10 and 11 are one
 * multinode job; every 7th from 4 ended Incomplete, every 20th from 9 was canceled; every 3rd tests a build, where there are some.
 * @param past what ran besides, oldest first; where it is given, that alone tests builds.
 */
export function addHistory(
  store: LavaStore,
  count: number,
  builds: readonly SandboxBuild[],
  past: readonly PastJob[] = [],
): void {
  const rest = [...past];
  const addUntil = (time: number): void => {
    for (let next = rest[0]; next !== undefined && next.at <= time; next = rest[0]) {
      addPast(store, next);
      rest.shift();
    }
  };
  const random = new Random(20230100);
  const end = now();
  for (let index = 0; index < count; index++) {
    const start = end - (count - index) * 20 * MINUTE - random.int(30, 45) * MINUTE + random.int(1, 999_999);
    addUntil(start);
    if (index === 10 && count > 11) {
      addPair(store, start);
      index += 1;
      continue;
    }
    const [type, devices] = index === 15 ? (["fvp", ["fvp-01"]] as const) : random.pick(TYPES);
    const build =
      past.length === 0 && index % 3 === 0 && builds.length > 0 ? builds[(index / 3) % builds.length] : undefined;
    const isSecret = index % 20 === 7;
    const isPersonal = index % 33 === 12;
    const anybody = random.pick(["alice", "alice", "bob", "admin"]);
    const submitter = isSecret || index === 15 ? "bob" : isPersonal ? "alice" : anybody;
    const definition = boardDefinition({
      deviceType: type,
      kernel: random.pick(KERNELS),
      suites: random.sample(Object.keys(SUITES), 3),
      visibility: isSecret ? "secret-team" : isPersonal ? "personal" : "public",
      priority: random.pick(["low", "medium", "medium", "high"]),
      number: 1000 + index,
      tags: type === "beaglebone-black" && index % 2 === 0 ? ["usb-eth"] : [],
      build,
    });
    const isCheck = index % 33 === 20;
    const [request] = requestsOf(isCheck ? "lava-health" : submitter, definition);
    if (request === undefined) continue;
    const job = store.add({ ...request, healthCheck: isCheck }, start - random.int(1, 90) * 1_000_000);
    job.device = random.pick(devices);
    finish(
      store,
      job,
      start,
      random.int(60, 1500),
      index === 3 ? "Complete" : healthOf(index),
      index === 3 ? HUGE_LOG_LINES : 0,
    );
    const device = store.device(job.device);
    if (isCheck && device !== undefined) device.lastHealthReportJob = job.id;
  }
  addUntil(end);
}

/** Adds the two jobs that wait for a beaglebone-black, which never comes. */
export function addQueue(store: LavaStore): void {
  for (const user of ["alice", "bob"]) addQueued(store, user);
}

/** A job of the past whose definition says how it went. */
export interface PastJob {
  /** When it began. */
  readonly at: Micros;
  readonly job: BoardJob;
}

function addPast(store: LavaStore, { at, job: wanted }: PastJob): void {
  const [request] = requestsOf("alice", boardDefinition(wanted));
  if (request === undefined) return;
  const job = store.add(request, at - MINUTE / 2);
  const devices = TYPES.find(([type]) => type === wanted.deviceType)?.[1] ?? [];
  job.device = devices[0] ?? null;
  const script = boardScript(job);
  const entries = [...script.batches.flatMap((batch) => batch.entries), verdict(script.error)];
  end(store, job, at, 240, entries, script.error === undefined ? "Complete" : "Incomplete");
}

function healthOf(index: number): Exclude<JobHealth, "Unknown"> {
  return index % 20 === 9 ? "Canceled" : index % 7 === 4 ? "Incomplete" : "Complete";
}

function finish(
  store: LavaStore,
  job: Job,
  start: number,
  seconds: number,
  health: Exclude<JobHealth, "Unknown">,
  lines = 0,
): void {
  const failure =
    health === "Canceled" ? { type: "Canceled", message: "The job was canceled" } : FAILURES[job.id % FAILURES.length];
  const error = health === "Complete" ? undefined : failure;
  const script = boardScript(job, { error: error ?? null, lines });
  end(store, job, start, seconds, [...script.batches.flatMap((batch) => batch.entries), verdict(error)], health);
  if (health === "Incomplete" && job.id % 2 === 0) {
    job.failureComment = "see the power log";
    job.failureTags = [1];
  }
}

function end(
  store: LavaStore,
  job: Job,
  start: number,
  seconds: number,
  entries: readonly LogEntry[],
  health: Exclude<JobHealth, "Unknown">,
): void {
  job.startTime = start;
  store.append(job, entries, start + 400_000, Math.floor((seconds * 1_000_000 - 800_000) / entries.length));
  job.endTime = start + seconds * 1_000_000;
  job.state = "Finished";
  job.health = health;
}

const PAIR = `# Two boards that talk to each other.
job_name: v6.12.8 qemu network pair
visibility: public
priority: medium
timeouts:
  job: {minutes: 10}
  action: {minutes: 5}
  connection: {minutes: 3}
protocols:
  lava-multinode:
    roles:
      server: {device_type: qemu, count: 1, timeout: {minutes: 5}}
      client: {device_type: qemu, count: 1, timeout: {minutes: 5}}
actions:
- deploy: {role: [server, client], to: tmpfs, images: {kernel: {url: 'https://storage.example.com/v6.12.8/qemu/Image'}}}
- boot: {role: [server, client], method: qemu, prompts: ['guest# ']}
- test:
    role: [server, client]
    definitions:
    - {from: git, repository: 'https://example.com/tests.git', path: automated/boot-time.yaml, name: boot-time}
`;

function addPair(store: LavaStore, start: number): void {
  const nodes = requestsOf("alice", PAIR).map((request) => store.add(request, start - 30_000_000));
  const roles = Object.fromEntries(nodes.map((job) => [String(job.id), roleOf(job.definition)]));
  for (const [index, job] of nodes.entries()) {
    job.subId = `${nodes[0]?.id ?? 0}.${index}`;
    job.definition = withRoles(job.definition, roles);
    job.device = `qemu-0${index + 1}`;
    finish(store, job, start + index * 1_000, 300, "Complete");
  }
}

function addQueued(store: LavaStore, user: string): void {
  const definition = boardDefinition({
    deviceType: "beaglebone-black",
    kernel: "v6.6.69",
    suites: ["boot-time"],
    visibility: "public",
    priority: "medium",
    number: 1,
    tags: ["usb-eth"],
  });
  for (const request of requestsOf(user, definition)) store.add(request);
}
