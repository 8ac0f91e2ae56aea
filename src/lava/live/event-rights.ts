// Which events of the bus a viewer may get. LAVA publishes everything to everybody, so each event's job or device is
// read with the viewer's own rights: by the engine's reads, so that one proof serves followers and listeners alike.

import { clock } from "../../ci/live/clock.js";
import type { Reads, ViewerReads } from "../../ci/live/reads.js";
import { asFollower } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import type { LavaEvent } from "../protocol/event.js";
import { parseJobId } from "../protocol/ids.js";
import type { LavaJobId, LavaSubId } from "../protocol/ids.js";

/** What events are about, as viewers are shown it. */
export interface EventSubjects {
  readonly testJobs: { readonly reads: ViewerReads<LavaJobId, unknown> };
  /** By the number that a node of a multinode job goes by. */
  readonly nodes: { readonly reads: ViewerReads<LavaSubId, unknown> };
  readonly devices: { readonly reads: ViewerReads<string, unknown> };
  /** How long a read proves that its viewer may see the thing. */
  readonly rightsMs: number;
}

/** A no holds shorter than a yes, since a new job may not be committed yet. */
const NO_MS = 1_000;

/** One viewer's rights on one server, for all that this viewer listens to there. To be closed. */
export class EventRights {
  readonly #jobs: Reads<LavaJobId, unknown>;
  readonly #devices: Reads<string, unknown>;
  readonly #nodes: Reads<LavaSubId, unknown>;
  readonly #rightsMs: number;
  readonly close: () => void;

  constructor({ testJobs, devices, nodes, rightsMs }: EventSubjects, ask: Ask) {
    this.#rightsMs = rightsMs;
    const as = asFollower(ask);
    const held = { jobs: testJobs.reads.open(as), devices: devices.reads.open(as), nodes: nodes.reads.open(as) };
    this.#jobs = held.jobs.reads;
    this.#devices = held.devices.reads;
    this.#nodes = held.nodes.reads;
    this.close = () => Object.values(held).forEach(({ close }) => close());
  }

  /** For each event whether the viewer may get it. Throws `UpstreamError` when the server does not answer. */
  async may(events: readonly LavaEvent[]): Promise<boolean[]> {
    const now = clock.now();
    const subjects = events.map(subjectOf);
    const shown = async <K>(reads: Reads<K, unknown>, keys: readonly K[]): Promise<ReadonlySet<K>> => {
      const values = await reads.read(keys, now - this.#rightsMs, now - NO_MS);
      return new Set([...values].flatMap(([key, { value }]) => (value === null ? [] : [key])));
    };
    const ids = subjects.flatMap((subject) => (subject?.kind === "job" ? [subject.id] : []));
    const hostnames = subjects.flatMap((subject) => (subject?.kind === "device" ? [subject.hostname] : []));
    const [jobs, nodes, devices] = await Promise.all([
      shown(
        this.#jobs,
        ids.filter((id) => typeof id === "number"),
      ),
      shown(
        this.#nodes,
        ids.filter((id) => typeof id === "string"),
      ),
      shown(this.#devices, hostnames),
    ]);
    return subjects.map((subject) => {
      if (subject === null) return false;
      if (subject.kind === "everybody") return true;
      if (subject.kind === "device") return devices.has(subject.hostname);
      return typeof subject.id === "number" ? jobs.has(subject.id) : nodes.has(subject.id);
    });
  }
}

type EventSubject =
  | { readonly kind: "job"; readonly id: LavaJobId | LavaSubId }
  | { readonly kind: "device"; readonly hostname: string }
  | { readonly kind: "everybody" };

/** What an event is about; null for a kind that this version can't judge, which nobody gets. */
function subjectOf(event: LavaEvent): EventSubject | null {
  switch (event.kind) {
    case "testjob":
      return { kind: "job", id: event.jobId };
    case "event": {
      const id = parseJobId(String(event.job));
      return id === null ? null : { kind: "job", id };
    }
    case "device":
      return /^[\w.+-]+$/.test(event.hostname) ? { kind: "device", hostname: event.hostname } : null;
    case "worker":
      return { kind: "everybody" };
    case "other":
      return null;
  }
}
