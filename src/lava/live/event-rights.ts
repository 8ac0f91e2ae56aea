// Which events of the bus a viewer may hear of. LAVA publishes everything to everybody, so each event's job or device is
// looked up with the viewer's own rights; the answer holds for a short time.

import { UpstreamError } from "../../errors.js";
import { asFollower } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import type { LavaEvent } from "../protocol/event.js";
import { parseJobId } from "../protocol/ids.js";
import type { LavaClient } from "../client/client.js";

/** A yes holds a little, since rights are seldom taken away; a no less, since a new job may not be committed yet. */
const YES_MS = 30_000;
const NO_MS = 1_000;
const REMEMBERED_MAX = 5_000;

/** One viewer's rights on one server, for all that this viewer listens to there. */
export class EventRights {
  readonly #as: Ask;
  readonly #known = new Map<string, { readonly may: boolean; readonly until: number }>();
  /** Questions under way: who asks the same meanwhile waits for their answer. */
  readonly #asking = new Map<string, Promise<void>>();

  constructor(
    private readonly client: LavaClient,
    ask: Ask,
  ) {
    this.#as = asFollower(ask);
  }

  /** Throws `UpstreamError` when the server does not answer. */
  async may(event: LavaEvent): Promise<boolean> {
    const subject = subjectOf(event);
    if (subject === "everybody" || subject === null) return subject !== null;
    await this.learn([event]);
    return this.#known.get(keyOf(subject))?.may ?? false;
  }

  /** Asks for all of these at once: one request for 200 jobs, one for the devices. Throws as `may` does. */
  async learn(events: readonly LavaEvent[]): Promise<void> {
    const asked = new Map<string, Subject>();
    const answers = new Set<Promise<void>>();
    for (const event of events) {
      const subject = subjectOf(event);
      if (subject === "everybody" || subject === null) continue;
      const key = keyOf(subject);
      if ((this.#known.get(key)?.until ?? 0) > Date.now()) continue;
      const asking = this.#asking.get(key);
      if (asking === undefined) asked.set(key, subject);
      else answers.add(asking);
    }
    if (asked.size > 0) {
      const answer = this.#ask(asked).finally(() => {
        for (const key of asked.keys()) this.#asking.delete(key);
      });
      for (const key of asked.keys()) this.#asking.set(key, answer);
      answers.add(answer);
    }
    await Promise.all(answers);
  }

  /** Nobody listens any more. */
  close(): void {
    this.#known.clear();
  }

  async #ask(asked: ReadonlyMap<string, Subject>): Promise<void> {
    const shown = await this.#shown([...asked.values()]);
    for (const key of asked.keys()) {
      const may = shown.has(key);
      this.#known.delete(key);
      this.#known.set(key, { may, until: Date.now() + (may ? YES_MS : NO_MS) });
    }
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED_MAX) break;
      this.#known.delete(oldest);
    }
  }

  /** Keys of those subjects that LAVA shows to the viewer. */
  async #shown(subjects: readonly Subject[]): Promise<ReadonlySet<string>> {
    const { client } = this;
    const ids = subjects.flatMap((subject) => (subject.kind === "job" ? [parseJobId(subject.name)] : []));
    const native = ids.filter((id) => typeof id === "number");
    const sub = ids.filter((id) => typeof id === "string");
    const hostnames = subjects.flatMap((subject) => (subject.kind === "device" ? [subject.name] : []));
    const query = { hostname__in: hostnames.join(","), all: true, limit: hostnames.length };
    const [jobs, nodes, devices] = await Promise.all([
      native.length === 0 ? [] : client.jobsById(native, this.#as),
      sub.length === 0 ? [] : client.showJobs(sub, this.#as),
      hostnames.length === 0 ? [] : client.devices(query, this.#as).then((list) => list.results),
    ]);
    for (const node of nodes) if (node instanceof UpstreamError) throw node;
    return new Set([
      ...jobs.map(({ id }) => keyOf({ kind: "job", name: String(id) })),
      ...nodes.flatMap((node, at) => (node === null ? [] : [keyOf({ kind: "job", name: sub[at] ?? "" })])),
      ...devices.map(({ hostname }) => keyOf({ kind: "device", name: hostname })),
    ]);
  }
}

interface Subject {
  readonly kind: "job" | "device";
  readonly name: string;
}

function keyOf({ kind, name }: Subject): string {
  return `${kind}/${name}`;
}

/** What an event is about; null for a kind that this version can't judge, which nobody hears of. */
function subjectOf(event: LavaEvent): Subject | "everybody" | null {
  switch (event.kind) {
    case "testjob":
      return { kind: "job", name: String(event.jobId) };
    case "event":
      return { kind: "job", name: String(event.job) };
    case "device":
      return /^[\w.+-]+$/.test(event.hostname) ? { kind: "device", name: event.hostname } : null;
    case "worker":
      return "everybody";
    case "other":
      return null;
  }
}
