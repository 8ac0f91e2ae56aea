// LAVA's published events: five frames `topic, uuid, time, user, data` over ZMQ or websocket (lava.md, section 7).

import { found } from "../../codec/found.js";
import { parseJobId, toJobId } from "./ids.js";
import type { LavaJobId } from "./ids.js";
import { toUtc } from "./time.js";
import { isMapping } from "../../codec/mapping.js";

/** What every event has. */
interface Published {
  /** EVENT_TOPIC of the server and the kind, e.g. `org.lavasoftware.testjob`. */
  readonly topic: string;
  /** Version 1; the same event that arrives twice has the same one. */
  readonly uuid: string;
  /** When it was sent: RFC 3339, UTC. */
  readonly time: string;
  /** Submitter of the test job, else `lavaserver`. */
  readonly user: string;
}

/** A test job changed. States and healths are LAVA's display names, also ones that are not known here. */
export interface TestJobEvent extends Published {
  readonly kind: "testjob";
  readonly jobId: LavaJobId;
  /** `2008.0` for a node of a multinode job; null for other jobs and in the first of two Submitted events. */
  readonly subId: string | null;
  readonly state: string;
  readonly health: string;
  readonly description: string | null;
  readonly submitter: string | null;
  readonly deviceType: string | null;
  readonly device: string | null;
  readonly worker: string | null;
  /** Times are RFC 3339, UTC; null until they have come. */
  readonly submitTime: string | null;
  readonly startTime: string | null;
  readonly endTime: string | null;
}

export interface DeviceEvent extends Published {
  readonly kind: "device";
  readonly hostname: string;
  readonly deviceType: string | null;
  readonly worker: string | null;
  readonly state: string;
  readonly health: string;
  /** Id, or sub id `2008.1`, of the current test job; still there in the Idle event that ends it. */
  readonly job: string | null;
}

export interface WorkerEvent extends Published {
  readonly kind: "worker";
  readonly hostname: string;
  readonly state: string;
  readonly health: string;
}

/** `lava-test-event` inside a test. */
export interface MessageEvent extends Published {
  readonly kind: "event";
  /** Id, or sub id `2008.1` as text. */
  readonly job: number | string;
  readonly message: string;
}

/** A kind that a newer LAVA may publish. */
export interface OtherEvent extends Published {
  readonly kind: "other";
  /** Last part of the topic. */
  readonly topicKind: string;
}

export type LavaEvent = TestJobEvent | DeviceEvent | WorkerEvent | MessageEvent | OtherEvent;

/** The frames are no event; the message is one line with the frame or field and what was found there. */
export class EventSyntaxError extends Error {
  override readonly name = "EventSyntaxError";
}

const FRAME_NAMES = ["topic", "uuid", "time", "user", "data"] as const;
const FRAME_MAX_BYTES = 1024 * 1024;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Decodes the frames of one event: bytes from ZMQ, text from the websocket. Throws `EventSyntaxError`. */
export function decodeEvent(frames: readonly (Buffer | string)[]): LavaEvent {
  if (frames.length !== FRAME_NAMES.length) throw new EventSyntaxError(`${frames.length} frames instead of 5`);
  const [topic = "", uuid = "", sent = "", user = "", json = ""] = frames.map(readFrame);
  if (topic === "") throw new EventSyntaxError("frame topic: empty");
  if (uuid === "") throw new EventSyntaxError("frame uuid: empty");
  const time = toUtc(sent);
  if (time === null) throw new EventSyntaxError(`frame time: ${found(sent)} is no time`);
  const published = { topic, uuid, time, user };
  const data = new EventData(json);
  const topicKind = topic.slice(topic.lastIndexOf(".") + 1);
  switch (topicKind) {
    case "testjob":
      return { kind: "testjob", ...published, ...readTestJob(data) };
    case "device":
      return { kind: "device", ...published, ...readDevice(data) };
    case "worker":
      return {
        kind: "worker",
        ...published,
        hostname: data.text("hostname"),
        state: data.text("state"),
        health: data.text("health"),
      };
    case "event":
      return { kind: "event", ...published, job: data.job(), message: data.text("message") };
    default:
      return { kind: "other", ...published, topicKind };
  }
}

function readFrame(frame: Buffer | string, index: number): string {
  const name = FRAME_NAMES[index] ?? "";
  const bytes = typeof frame === "string" ? Buffer.byteLength(frame) : frame.length;
  if (bytes > FRAME_MAX_BYTES) throw new EventSyntaxError(`frame ${name}: ${bytes} bytes, more than 1 MiB`);
  if (typeof frame === "string") return frame;
  try {
    return UTF8.decode(frame);
  } catch {
    throw new EventSyntaxError(`frame ${name}: not UTF-8`);
  }
}

/** Words of `status`, which servers before 2018 sent instead of `state` and `health`. */
const OLD_STATUS: ReadonlyMap<string, readonly [state: string, health: string]> = new Map([
  ["Submitted", ["Submitted", "Unknown"]],
  ["Running", ["Running", "Unknown"]],
  ["Canceling", ["Canceling", "Unknown"]],
  ["Complete", ["Finished", "Complete"]],
  ["Incomplete", ["Finished", "Incomplete"]],
  ["Canceled", ["Finished", "Canceled"]],
]);

/** Words of a device's `health_status` then: how its last health check went. */
const OLD_HEALTH: ReadonlyMap<string, string> = new Map([
  ["Pass", "Good"],
  ["Fail", "Bad"],
]);
/** Words of its `status` then that are healths now: such a device takes no jobs, however its last check went. */
const OLD_AWAY: ReadonlyMap<string, string> = new Map([
  ["Offline", "Maintenance"],
  ["Offlining", "Maintenance"],
  ["Retired", "Retired"],
]);

type FieldsOf<E extends Published> = Omit<E, keyof Published | "kind">;

function readTestJob(data: EventData): FieldsOf<TestJobEvent> {
  const job = data.job();
  if (typeof job === "string") throw new EventSyntaxError(`data.job: ${found(job)} is no number`);
  const [state, health] = data.isOld
    ? (OLD_STATUS.get(data.text("status")) ?? [data.text("status"), "Unknown"])
    : [data.text("state"), data.text("health")];
  return {
    jobId: job,
    subId: data.textOrNull("sub_id") === "" ? null : data.textOrNull("sub_id"),
    state,
    health,
    description: data.textOrNull("description"),
    submitter: data.textOrNull("submitter"),
    deviceType: data.textOrNull("device_type"),
    device: data.textOrNull("device"),
    worker: data.textOrNull("worker"),
    submitTime: data.timeOrNull("submit_time"),
    startTime: data.timeOrNull("start_time"),
    endTime: data.timeOrNull("end_time"),
  };
}

function readDevice(data: EventData): FieldsOf<DeviceEvent> {
  return {
    hostname: data.text("device"),
    deviceType: data.textOrNull("device_type"),
    worker: data.textOrNull("worker"),
    state: data.text(data.isOld ? "status" : "state"),
    health: data.isOld ? oldHealth(data) : data.text("health"),
    job: data.has("job") ? String(data.job()) : null,
  };
}

function oldHealth(data: EventData): string {
  const checked = data.textOrNull("health_status") ?? "Unknown";
  return OLD_AWAY.get(data.text("status")) ?? OLD_HEALTH.get(checked) ?? checked;
}

/** The fifth frame; each accessor throws `EventSyntaxError` that names the field. */
class EventData {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(json: string) {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      throw new EventSyntaxError(`frame data: ${found(json)} is no JSON`);
    }
    if (!isMapping(value)) {
      throw new EventSyntaxError(`frame data: ${found(value)} instead of an object`);
    }
    this.#fields = value;
  }

  /** Whether it has the old `status` in place of `state` and `health`. */
  get isOld(): boolean {
    return this.has("status") && !this.has("state");
  }

  /** Present and not null. */
  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name) && this.#fields[name] !== null;
  }

  text(name: string): string {
    const value = this.textOrNull(name);
    if (value === null) throw new EventSyntaxError(`data.${name}: missing`);
    return value;
  }

  textOrNull(name: string): string | null {
    if (!this.has(name)) return null;
    const value = this.#fields[name];
    if (typeof value !== "string") throw new EventSyntaxError(`data.${name}: ${found(value)} instead of text`);
    return value;
  }

  timeOrNull(name: string): string | null {
    const text = this.textOrNull(name);
    if (text === null) return null;
    const time = toUtc(text);
    if (time === null) throw new EventSyntaxError(`data.${name}: ${found(text)} is no time`);
    return time;
  }

  /** A number, also when it comes as text; a sub id as text. */
  job(): LavaJobId | string {
    const value = this.has("job") ? this.#fields.job : undefined;
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return toJobId(value);
    const id = typeof value === "string" ? parseJobId(value) : null;
    if (id === null) throw new EventSyntaxError(`data.job: ${found(value)} is no test job's id`);
    return id;
  }
}
