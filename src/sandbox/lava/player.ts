// The life of jobs: queue, devices, running, cancel, with the events of lava.md section 7 in their order.
import { setTimeout as sleep } from "node:timers/promises";
import { boardScript } from "./board-script.js";
import { fieldsOf, listOf, parseDefinition, requestsOf, roleOf, withRoles } from "./definition.js";
import { type Device, displayId, type Job, type JobHealth, type JobState } from "./model.js";
import type { AdvanceOptions } from "./options.js";
import type { EventPublisher } from "./publisher.js";
import { qemuScript } from "./qemu-script.js";
import { playedScript, type Script, verdict } from "./scripts.js";
import type { LavaStore, LogEntry } from "./store.js";
import { isoOffset, now } from "./text.js";

const SCHEDULE_MS = 40;
const START_MS = 60;
const CANCEL_MS = 200;
const EARLY_MS = 50;
const ORDER: readonly JobState[] = ["Submitted", "Scheduling", "Scheduled", "Running", "Canceling", "Finished"];

interface Change {
  readonly job: Partial<Job>;
  readonly device?: { readonly device: Device; readonly state: Device["state"]; readonly mention: boolean };
}

export class JobPlayer {
  readonly #store: LavaStore;
  readonly #publisher: EventPublisher;
  readonly #plays: boolean;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  /** Jobs that a test moves by hand. */
  readonly #manual = new Set<number>();
  #queueTimer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param plays false: no job is given a device but by `advance`. */
  constructor(store: LavaStore, publisher: EventPublisher, plays: boolean) {
    this.#store = store;
    this.#publisher = publisher;
    this.#plays = plays;
  }

  /** Queues the definition's job, or its nodes' jobs. Throws DefinitionRefused. */
  submit(user: string, definition: string): Job[] {
    const jobs = requestsOf(user, definition).map((request) => this.#store.add(request));
    const [first] = jobs;
    if (first === undefined) return [];
    if (jobs.length > 1) {
      const roles = Object.fromEntries(jobs.map((job) => [String(job.id), roleOf(job.definition)]));
      for (const [index, job] of jobs.entries()) {
        // LAVA saves a node twice: before it knows the sub id, and after.
        void this.#tellJob(job, "");
        job.subId = `${first.id}.${index}`;
        job.definition = withRoles(job.definition, roles);
        void this.#tellJob(job);
      }
    } else {
      void this.#tellJob(first);
    }
    this.#queue();
    return jobs;
  }

  /** Cancels the job and the other nodes of its group; nothing happens to finished ones. */
  cancel(job: Job): void {
    for (const one of this.#group(job)) this.#cancelOne(one);
  }

  setDeviceHealth(device: Device, health: Device["health"]): void {
    device.health = health;
    void this.#tellDevice(device, device.currentJob === null ? undefined : this.#store.job(device.currentJob));
    this.#queue();
  }

  async advance(job: Job, to: "Scheduled" | "Running" | "Finished", options: AdvanceOptions = {}): Promise<void> {
    if (ORDER.indexOf(to) <= ORDER.indexOf(job.state)) throw new Error(`job ${job.id} is already ${job.state}`);
    this.#manual.add(job.id);
    this.#stopTimer(job);
    if (job.device === null && job.state === "Submitted") {
      const device = this.#deviceFor(job, false);
      if (device === undefined) throw new Error(`no free device of type ${job.deviceType}`);
      await this.#apply(job, reserve(device, "Scheduled"), options);
    } else if (job.state === "Scheduling") {
      await this.#apply(job, { job: { state: "Scheduled" } }, options);
    }
    if (to === "Scheduled") return;
    if (job.state === "Scheduled") await this.#apply(job, this.#running(job), options);
    if (to === "Running") return;
    const health = options.health ?? "Complete";
    if (job.suites.length === 0) this.#append(job, [text("start: 0 validate")]);
    const error = health === "Canceled" ? CANCELED : { type: "Job", message: "ended by the test" };
    this.#append(job, [health === "Complete" ? verdict() : verdict(error)]);
    await this.#apply(job, this.#finished(job, health), options);
    this.#manual.delete(job.id);
    this.#queue();
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    clearTimeout(this.#queueTimer);
  }

  #queue(): void {
    if (!this.#plays || this.#closed || this.#queueTimer !== undefined) return;
    this.#queueTimer = setTimeout(() => {
      this.#queueTimer = undefined;
      this.#schedule();
    }, SCHEDULE_MS);
  }

  #schedule(): void {
    const waiting = this.#store
      .jobs()
      .filter((job) => job.state === "Submitted" && !this.#manual.has(job.id))
      .sort((a, b) => b.priority - a.priority || a.id - b.id);
    for (const job of waiting) {
      if (job.state !== "Submitted") continue;
      const nodes = this.#group(job);
      const taken: Device[] = [];
      for (const node of nodes) {
        const device = this.#deviceFor(node, true, taken);
        if (device !== undefined) taken.push(device);
      }
      if (taken.length < nodes.length) continue;
      const first = nodes.length > 1 ? "Scheduling" : "Scheduled";
      for (const [index, node] of nodes.entries()) {
        const device = taken[index];
        if (device !== undefined) void this.#apply(node, reserve(device, first));
      }
      if (nodes.length > 1) for (const node of nodes) void this.#apply(node, { job: { state: "Scheduled" } });
      for (const node of nodes) this.#later(node, START_MS, () => this.#start(node));
    }
  }

  #deviceFor(job: Job, runnable: boolean, taken: readonly Device[] = []): Device | undefined {
    const fits = this.#store.devices.filter(
      (device) =>
        device.deviceType === job.deviceType &&
        device.state === "Idle" &&
        device.health !== "Retired" &&
        !taken.includes(device) &&
        job.tags.every((tag) => device.tags.includes(tag)),
    );
    const good = fits.find(
      (device) =>
        (device.health === "Good" || device.health === "Unknown") &&
        this.#store.worker(device.worker)?.state === "Online",
    );
    return good ?? (runnable ? undefined : fits[0]);
  }

  #start(job: Job): void {
    void this.#apply(job, this.#running(job));
    const script = scriptOf(job);
    const began = Date.now();
    const next = (index: number): void => {
      const batch = script.batches[index];
      const atMs = batch?.atMs ?? script.endMs ?? jobTimeoutMs(job);
      this.#later(job, Math.max(0, began + atMs - Date.now()), () => {
        if (batch !== undefined) {
          this.#append(job, batch.entries);
          next(index + 1);
        } else {
          this.#end(job, script.endMs === null ? TIMED_OUT : script.error);
        }
      });
    };
    next(0);
  }

  #end(job: Job, error: Script["error"]): void {
    this.#append(job, [verdict(error)]);
    void this.#apply(job, this.#finished(job, error === undefined ? "Complete" : "Incomplete"));
    this.#queue();
  }

  #cancelOne(job: Job): void {
    if (job.state === "Finished" || job.state === "Canceling") return;
    this.#stopTimer(job);
    if (job.state === "Submitted") {
      void this.#apply(job, this.#finished(job, "Canceled"));
      return;
    }
    void this.#apply(job, { job: { state: "Canceling" } });
    this.#later(job, CANCEL_MS, () => {
      this.#append(job, [verdict(CANCELED)]);
      void this.#apply(job, this.#finished(job, "Canceled"));
      this.#queue();
    });
  }

  #running(job: Job): Change {
    const device = this.#store.device(job.device);
    return {
      job: { state: "Running", startTime: now() },
      ...(device === undefined ? {} : { device: { device, state: "Running", mention: true } }),
    };
  }

  #finished(job: Job, health: JobHealth): Change {
    const device = this.#store.device(job.device);
    const endTime = now();
    return {
      job: { state: "Finished", health, endTime, startTime: job.startTime ?? endTime },
      ...(device === undefined ? {} : { device: { device, state: "Idle", mention: true } }),
    };
  }

  /** Changes the database at once, then tells; `early` tells first. */
  async #apply(job: Job, change: Change, options: AdvanceOptions = {}): Promise<void> {
    const silent = options.silent === true;
    const early = !silent && options.event === "early";
    if (early) {
      await this.#tellJob({ ...job, ...change.job });
      await sleep(EARLY_MS);
    }
    Object.assign(job, change.job);
    const told: Promise<void>[] = [];
    if (change.device !== undefined) {
      const { device, state, mention } = change.device;
      device.state = state;
      device.currentJob = state === "Idle" ? null : job.id;
      if (!silent) told.push(this.#tellDevice(device, mention ? job : undefined));
    }
    if (!silent && !early) told.push(this.#tellJob(job));
    await Promise.all(told);
  }

  #append(job: Job, entries: readonly LogEntry[]): void {
    this.#store.append(job, entries);
    for (const { level, message } of entries) {
      if (level === "event") void this.#publisher.publish("event", "lavaserver", { message, job: displayId(job) });
    }
  }

  #tellDevice(device: Device, job: Job | undefined): Promise<void> {
    return this.#publisher.publish("device", "lavaserver", {
      health: device.health,
      state: device.state,
      device: device.hostname,
      device_type: device.deviceType,
      worker: device.worker,
      job: job === undefined ? undefined : displayId(job),
    });
  }

  #tellJob(job: Job, subId: string = job.subId): Promise<void> {
    return this.#publisher.publish("testjob", job.submitter, {
      health: job.health,
      state: job.state,
      job: job.id,
      description: job.description,
      priority: job.priority,
      submit_time: isoOffset(job.submitTime),
      submitter: job.submitter,
      health_check: job.healthCheck,
      sub_id: job.targetGroup === null ? undefined : subId,
      device: job.device ?? undefined,
      worker: this.#store.device(job.device)?.worker,
      device_type: job.deviceType,
      start_time: job.startTime === null ? undefined : isoOffset(job.startTime),
      end_time: job.endTime === null ? undefined : isoOffset(job.endTime),
    });
  }

  #group(job: Job): Job[] {
    if (job.targetGroup === null) return [job];
    return this.#store.jobs().filter((one) => one.targetGroup === job.targetGroup);
  }

  #later(job: Job, ms: number, action: () => void): void {
    if (this.#closed) return;
    this.#stopTimer(job);
    const timer = setTimeout(() => {
      this.#timers.delete(job.id);
      action();
    }, ms);
    this.#timers.set(job.id, timer);
  }

  #stopTimer(job: Job): void {
    clearTimeout(this.#timers.get(job.id));
    this.#timers.delete(job.id);
  }
}

const CANCELED = { type: "Canceled", message: "The job was canceled" };
const TIMED_OUT = { type: "Job", message: "lava-test-monitor timed out" };
const text = (message: string): LogEntry => ({ level: "info", message });

function reserve(device: Device, state: "Scheduling" | "Scheduled"): Change {
  return { job: { state, device: device.hostname }, device: { device, state: "Reserved", mention: false } };
}

function scriptOf(job: Job): Script {
  if (job.deviceType === "docker") return playedScript(job);
  const definitions = listOf(parseDefinition(job.definition)["actions"]).flatMap((action) =>
    listOf(fieldsOf(fieldsOf(action)["test"])["definitions"]),
  );
  const fromGit = definitions.some((one) => fieldsOf(one)["from"] === "git");
  return job.deviceType === "qemu" && !fromGit ? qemuScript(job) : boardScript(job);
}

function jobTimeoutMs(job: Job): number {
  const timeouts = fieldsOf(parseDefinition(job.definition)["timeouts"]);
  const minutes = fieldsOf(timeouts["job"])["minutes"];
  return (typeof minutes === "number" ? minutes : 5) * 60_000;
}
