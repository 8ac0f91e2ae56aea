// Follows test jobs that are named, until all have finished.

import type { News } from "./feed.js";
import type { LavaJobId } from "../protocol/ids.js";
import { JobFollower } from "./job-follower.js";
import type { FollowerParts } from "./job-follower.js";

/** Knows none of the jobs when the viewer may not see one of them. Those that have ended stay for later snapshots. */
export class SetFollower extends JobFollower {
  constructor(
    parts: FollowerParts,
    private readonly ids: readonly LavaJobId[],
  ) {
    super(parts);
  }

  protected async begin(): Promise<void> {
    const wires = await Promise.all(this.ids.map((id) => this.parts.reader.read(id)));
    if (wires.includes(null)) return;
    for (const [at, id] of this.ids.entries()) {
      const wire = wires[at];
      if (wire != null) this.known.set(id, { wire, provenAt: Date.now() });
    }
  }

  protected isOver(): boolean {
    for (const { wire } of this.known.values()) if (wire.state !== "Finished") return false;
    return true;
  }

  protected async take(item: News): Promise<void> {
    if (item.kind === "look") {
      await this.look(item.source);
    } else if (item.event.kind === "testjob") {
      this.account(item.number);
      await this.advance(item.event);
    }
  }

  protected ended(): void {
    // It stays: a snapshot shows all jobs of the set.
  }

  protected override forget(id: LavaJobId): void {
    super.forget(id);
    // Whoever comes later is to be told what the server says then.
    this.parts.retire();
  }
}
