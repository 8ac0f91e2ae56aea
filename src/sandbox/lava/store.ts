// The sandbox's database: jobs with their results and logs, devices, workers; ids run on as in LAVA's tables.
import { canSeeJob, createDevices, createWorkers, type Viewer } from "./lab.js";
import {
  type Device,
  type Job,
  type JobRequest,
  type Micros,
  type ResultMessage,
  type TestCase,
  type TestSuite,
  type Worker,
} from "./model.js";
import { isoNaive, now, pyJson, TaggedNumber } from "./text.js";

/** Above this many jobs the oldest finished ones are dropped, so that a live lab can run for days. */
const JOBS_MAX = 500;

/** One thing a job says: a line of text, or a result. Level `event` is a `lava-test-event`, kept as a debug line. */
export interface LogEntry {
  readonly level: string;
  readonly message: string | ResultMessage;
}

export class LavaStore {
  readonly workers: readonly Worker[];
  /** Groups that may change a device, by hostname: kernel-team looks after one. */
  readonly deviceChangers = new Map<string, readonly string[]>([["bbb-02", ["kernel-team"]]]);
  readonly #jobs = new Map<number, Job>();
  /** Jobs that are never dropped. */
  readonly #kept = new Set<number>();
  #nextJob = 1;
  #nextSuite = 1;
  #nextCase = 1;
  #nextSet = 1;

  constructor(
    lavaVersion: string,
    readonly devices: readonly Device[] = createDevices(),
    private readonly jobsMax = JOBS_MAX,
  ) {
    this.workers = createWorkers(lavaVersion);
  }

  jobs(): Job[] {
    return [...this.#jobs.values()];
  }

  job(id: number): Job | undefined {
    return this.#jobs.get(id);
  }

  /** By `12` or, for a node of a multinode job, `12.1`. */
  jobByDisplayId(id: string): Job | undefined {
    if (!id.includes(".")) return this.#jobs.get(Number(id));
    return this.jobs().find((job) => job.subId === id);
  }

  device(hostname: string | null): Device | undefined {
    return this.devices.find((device) => device.hostname === hostname);
  }

  worker(hostname: string): Worker | undefined {
    return this.workers.find((worker) => worker.hostname === hostname);
  }

  visible(job: Job, viewer: Viewer): boolean {
    return canSeeJob(job, this.device(job.device), viewer);
  }

  add(request: JobRequest, submitTime: Micros = now()): Job {
    const id = this.#nextJob++;
    const job: Job = {
      ...request,
      id,
      submitTime,
      token: `job-${id}-sandbox-secret`,
      state: "Submitted",
      health: "Unknown",
      device: null,
      startTime: null,
      endTime: null,
      failureComment: null,
      failureTags: [],
      suites: [],
      log: [],
    };
    this.#jobs.set(id, job);
    if (this.#jobs.size > this.jobsMax) this.#dropOldest();
    return job;
  }

  /** Holds on to a job however old it gets. */
  keep({ id }: Job): void {
    this.#kept.add(id);
  }

  /** Appends to a job's log and, for results, to its test cases, as LAVA does with a worker's batch of lines. */
  append(job: Job, entries: readonly LogEntry[], time: Micros = now(), stepMicros = 17): void {
    let at = time;
    for (const { level, message } of entries) {
      const shown = typeof message === "string" ? JSON.stringify(message) : pyJson(logMessage(message));
      job.log.push(`- {"dt": "${isoNaive(at)}", "lvl": "${level === "event" ? "debug" : level}", "msg": ${shown}}`);
      if (typeof message !== "string") this.addCase(job, message, at + 13_000);
      at += stepMicros;
    }
  }

  /** Adds a test case of which the log tells nothing. */
  addCase(job: Job, message: ResultMessage, logged: Micros): void {
    let suite = job.suites.find(({ name }) => name === message.definition);
    if (suite === undefined) {
      suite = { id: this.#nextSuite++, job: job.id, name: message.definition, cases: [], sets: [] } satisfies TestSuite;
      job.suites.push(suite);
    }
    let set: TestCase["set"] = null;
    // LAVA refuses a set whose name would look otherwise in a URL.
    if (message.set !== undefined && /^[\w.~/-]*$/.test(message.set)) {
      set = suite.sets.find(({ name }) => name === message.set) ?? null;
      if (set === null) {
        set = { id: this.#nextSet++, name: message.set };
        suite.sets.push(set);
      }
    }
    suite.cases.push({
      id: this.#nextCase++,
      suite,
      set,
      message,
      measurement: message.measurement ?? message.duration ?? null,
      units: message.units ?? (message.duration === undefined ? "" : "seconds"),
      logged,
      startLine: message.starttc === undefined ? null : Number(message.starttc),
      endLine: message.endtc === undefined ? null : Number(message.endtc),
    });
  }

  #dropOldest(): void {
    for (const job of this.#jobs.values()) {
      if (job.state === "Finished" && !this.#kept.has(job.id)) {
        this.#jobs.delete(job.id);
        return;
      }
    }
  }
}

/** What the verdict `job` of suite `lava` says of a failure; undefined when there is none. */
export function jobError(job: Job): ResultMessage | undefined {
  return job.suites.find(({ name }) => name === "lava")?.cases.find(({ message }) => message.case === "job")?.message;
}

// LAVA's own runner writes whole numbers as tagged text; what reported them as text (a script) keeps it.
function logMessage(message: ResultMessage): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...message };
  for (const key of ["starttc", "endtc"] as const) {
    const value = message[key];
    if (typeof value === "number") shown[key] = new TaggedNumber(String(value));
  }
  if (typeof message.starttc === "number" && message.measurement !== undefined) {
    shown["measurement"] = new TaggedNumber(message.measurement);
  }
  return typeof message.starttc === "string" ? shown : sorted(shown);
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
