// What the sandbox LAVA keeps of a lab: jobs, results, devices. Names and words follow LAVA's database as lava.md sections 2 and 3 show it.

/** Microseconds since 1970: LAVA's times have microseconds, which a Date can't hold. */
export type Micros = number;

export const JOB_STATES = ["Submitted", "Scheduling", "Scheduled", "Running", "Canceling", "Finished"] as const;
export type JobState = (typeof JOB_STATES)[number];
export const JOB_HEALTHS = ["Unknown", "Complete", "Incomplete", "Canceled"] as const;
export type JobHealth = (typeof JOB_HEALTHS)[number];
export const DEVICE_STATES = ["Idle", "Reserved", "Running"] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];
export const DEVICE_HEALTHS = ["Good", "Unknown", "Looping", "Bad", "Maintenance", "Retired"] as const;
export type DeviceHealth = (typeof DEVICE_HEALTHS)[number];
export const WORKER_STATES = ["Online", "Offline"] as const;
export const WORKER_HEALTHS = ["Active", "Maintenance", "Retired"] as const;
export const CASE_RESULTS = ["pass", "fail", "skip", "unknown"] as const;
export type CaseResult = (typeof CASE_RESULTS)[number];

export interface Group {
  readonly id: number;
  readonly name: string;
}

export interface User {
  readonly id: number;
  readonly name: string;
  /** Undefined for users who never log in, such as LAVA's own `lava-health`. */
  readonly token: string | undefined;
  readonly groups: readonly string[];
  readonly superuser: boolean;
}

export interface Tag {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
}

export interface Worker {
  readonly hostname: string;
  readonly description: string | null;
  readonly token: string;
  readonly version: string | null;
  health: (typeof WORKER_HEALTHS)[number];
  state: (typeof WORKER_STATES)[number];
  /** Of an offline worker; an online one was seen just now. */
  lastPing: Micros;
}

export interface DeviceType {
  readonly name: string;
  readonly architecture: string | null;
  readonly processor: string | null;
  readonly bits: number;
  readonly cores: readonly string[];
  readonly coreCount: number | null;
  readonly description: string;
  readonly aliases: readonly string[];
  /** Groups that alone may see and use it; empty means everybody. */
  readonly restrictedTo: readonly string[];
}

export interface Device {
  readonly hostname: string;
  readonly deviceType: string;
  readonly version: string;
  readonly owner: number | null;
  readonly group: number | null;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly worker: string;
  restrictedTo: readonly string[];
  readonly dictionary: string;
  state: DeviceState;
  health: DeviceHealth;
  currentJob: number | null;
  lastHealthReportJob: number | null;
}

/** The `msg` of a log line of level `results`. */
export interface ResultMessage {
  readonly case: string;
  readonly definition: string;
  readonly result: CaseResult;
  readonly measurement?: string;
  readonly units?: string;
  readonly set?: string;
  /** Seconds, two decimals; becomes the case's measurement. */
  readonly duration?: string;
  readonly level?: string;
  readonly namespace?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly reference?: string;
  readonly error_msg?: string;
  readonly error_type?: string;
  readonly starttc?: number | string;
  readonly endtc?: number | string;
}

export interface TestSuite {
  readonly id: number;
  readonly job: number;
  readonly name: string;
  readonly cases: TestCase[];
  readonly sets: { readonly id: number; readonly name: string }[];
}

export interface TestCase {
  readonly id: number;
  readonly suite: TestSuite;
  readonly set: { readonly id: number; readonly name: string } | null;
  readonly message: ResultMessage;
  /** As it was reported, e.g. `4.25`. */
  readonly measurement: string | null;
  readonly units: string;
  readonly logged: Micros;
  readonly startLine: number | null;
  readonly endLine: number | null;
}

export type Visibility =
  | { readonly kind: "public" }
  | { readonly kind: "personal" }
  | { readonly kind: "group"; readonly groups: readonly string[] };

/** What is known of a job when it is submitted. */
export interface JobRequest {
  readonly submitter: string;
  readonly description: string;
  readonly deviceType: string;
  readonly tags: readonly string[];
  readonly visibility: Visibility;
  readonly priority: number;
  readonly definition: string;
  readonly originalDefinition: string;
  readonly multinodeDefinition: string;
  readonly subId: string;
  readonly targetGroup: string | null;
  readonly healthCheck: boolean;
}

export interface Job extends Omit<JobRequest, "definition" | "visibility"> {
  readonly id: number;
  readonly submitTime: Micros;
  readonly token: string;
  definition: string;
  visibility: Visibility;
  subId: string;
  state: JobState;
  health: JobHealth;
  device: string | null;
  startTime: Micros | null;
  endTime: Micros | null;
  failureComment: string | null;
  failureTags: readonly number[];
  readonly suites: TestSuite[];
  /** One log line an item, as `logs/` sends it, without the line end. */
  readonly log: string[];
}

/** The id as XML-RPC and submit answers show it: `12`, or `12.1` for a node of a multinode job. */
export function displayId(job: Job): number | string {
  return job.subId === "" ? job.id : job.subId;
}
