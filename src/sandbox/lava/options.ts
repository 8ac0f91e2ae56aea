// What a caller of the sandbox LAVA sees: its options, its handle, and the faults a test can order.
import type { IncomingHttpHeaders } from "node:http";
import type { Fault } from "../fault.js";
import type { CounterView } from "./counter.js";
import type { LavaVersion } from "./generation.js";
import type { JobHealth, JobState, Visibility } from "./model.js";

/** A Cuirass build that generated job definitions refer to. */
export interface SandboxBuild {
  readonly buildUrl: string;
  readonly buildId: number;
  readonly storePath: string;
  readonly evaluation: number;
  readonly commit: string;
  /** The farm's name for it, e.g. `qcow2-image.x86_64-linux`. */
  readonly job: string;
  /** The specification that it belongs to. */
  readonly jobset: string;
  /** Unix seconds. */
  readonly finishedAt: number;
}

export interface LavaSandboxOptions {
  /** Which LAVA it is, with the wire of that version where they differ. Default 2023.01. */
  readonly version?: LavaVersion;
  /** HTTP port on 127.0.0.1; 0 (default) takes a free one. */
  readonly port?: number;
  /** Port of the ZMQ publisher on 127.0.0.1; 0 (default) takes a free one. */
  readonly eventPort?: number;
  /** Finished jobs in the history at start, always the same but for their times; default 60. Two queued ones follow; 0: no jobs at all. */
  readonly jobs?: number;
  /** True: the lab's users submit jobs by themselves, for ever (demo). False (default): nothing moves unless a client or test does it. */
  readonly live?: boolean;
  /** False: submitted jobs wait until `advance` moves them, as where every board is busy. Default true. */
  readonly played?: boolean;
  /** LAVA's EVENT_NOTIFICATION; false: the publisher does not run, as on a server in its default configuration. Default true. */
  readonly events?: boolean;
  /** Builds that some jobs of the history test; asked at start. Default none. */
  readonly builds?: () => readonly SandboxBuild[];
  /** Adds one more finished job, alice's and public, that has this many cases besides a few, in five suites, and log lines. Default none. */
  readonly largeJob?: LargeJob;
  /** Jobs that are held at most, above which the oldest finished ones are dropped; default 500. */
  readonly jobsMax?: number;
  /** Each connection ends right behind one answer, with `Connection: close` in it or without. Default: connections are kept. */
  readonly closing?: "silent" | "announced";
  /** The first so many jobs have no metadata in their column, as LAVA leaves them when it is upgraded past 2026.07. Default 0. */
  readonly jobsBeforeUpgrade?: number;
  /** LAVA's REQUIRE_LOGIN: calls without a valid token get a 302 to the login page. Default false. */
  readonly requireLogin?: boolean;
}

export interface LargeJob {
  readonly cases: number;
  readonly logLines: number;
  /** After so many lines the log says the same again, which costs no memory. Default: never. */
  readonly repeats?: number;
  /** Line of its log at which the last case began. Default: the log tells nothing of cases. */
  readonly lastCaseAt?: number;
}

export interface FaultRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The method of an XML-RPC call; `system.multicall` for a batch. */
  readonly rpcMethod?: string;
  readonly headers: IncomingHttpHeaders;
}

/** A job as a test sees it; a copy, not live. */
export interface JobView {
  readonly id: number;
  /** `12`, or `12.1` for a node of a multinode job. */
  readonly displayId: string;
  readonly submitter: string;
  readonly description: string;
  readonly state: JobState;
  readonly health: JobHealth;
  readonly deviceType: string;
  readonly device: string | null;
  readonly visibility: "public" | "personal" | "group";
  readonly logLines: number;
  readonly cases: number;
}

export interface AdvanceOptions {
  /** How it ended, only for `to: "Finished"`; default Complete. */
  readonly health?: "Complete" | "Incomplete" | "Canceled";
  /** No event tells of the change. */
  readonly silent?: boolean;
  /** `early`: each testjob event is sent 50 ms before the change can be read, as LAVA sometimes does. */
  readonly event?: "early";
}

/** lava-publisher: the ZMQ socket and the websocket twin. */
export interface PublisherHandle {
  /** Closes the socket and the websockets; events are lost until `start`. */
  stop(): Promise<void>;
  /** Opens both again, on the same ports. */
  start(): Promise<void>;
  /** Sends any frames, well formed or not, to ZMQ subscribers only. */
  sendRaw(frames: (string | Buffer)[]): Promise<void>;
}

export interface SandboxUser {
  readonly name: string;
  readonly token: string;
}

export interface LavaSandbox {
  /** `http://127.0.0.1:PORT`, without `/` at the end. */
  readonly url: string;
  /** `tcp://127.0.0.1:PORT`. */
  readonly eventUrl: string;
  readonly users: { readonly admin: SandboxUser; readonly alice: SandboxUser; readonly bob: SandboxUser };
  readonly requests: CounterView;
  /** Asked for each HTTP request; set it to make some go wrong, undefined to heal. */
  fault: ((request: FaultRequest) => Fault | undefined) | undefined;
  readonly publisher: PublisherHandle;
  /**
   * Submits like `POST jobs/`. Returns `["12"]`, or `["12.0", "12.1"]` for a multinode definition.
   * Throws an Error with LAVA's words when the definition is refused.
   */
  submit(user: string, definition: string): readonly string[];
  /** Queues the jobs that a live lab runs on an image of the farm: they are there when this returns. */
  test(build: SandboxBuild): void;
  /** Undefined for an unknown id. */
  job(id: number): JobView | undefined;
  /**
   * Moves a job through every state up to `to`, with the device's states and the events. A job that is being played stops
   * being played. Resolves when the last event has left. Throws an Error for an unknown job or a step back.
   */
  advance(id: number, to: "Scheduled" | "Running" | "Finished", options?: AdvanceOptions): Promise<void>;
  /** Gives or takes rights to a job, of which no event tells. Throws an Error for an unknown job. */
  setVisibility(id: number, visibility: Visibility): void;
  /** The same for a device: only members of these groups see it and its public jobs; all do with none. */
  restrict(hostname: string, groups: readonly string[]): void;
  /** Ends all timers, sockets and connections; calling it twice is harmless. */
  close(): Promise<void>;
}
