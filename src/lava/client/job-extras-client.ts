// What LAVA knows around test jobs: the other nodes of multinode jobs, and metadata that old servers stored.

import { z } from "zod";
import { UpstreamError } from "../../errors.js";
import { decode } from "../../net/decode.js";
import type { Ask } from "../../net/ask.js";
import { placed } from "../../net/rows.js";
import type { LavaTransport } from "./transport.js";
import { readDefinition } from "../protocol/definition.js";
import type { LavaJobId } from "../protocol/ids.js";
import { KEEP_JOB_LISTS, KEEP_SLOW } from "./keep.js";
import { isHidden } from "./results-client.js";
import { wireTestJobs } from "../protocol/wire.js";
import type { WireTestJob } from "../protocol/wire.js";

/** A multinode job's mark and the number of its nodes. */
export interface NodeGroup {
  readonly targetGroup: string;
  readonly size: number;
}

/** Names and values in LAVA's order; a name may come twice. */
export type StoredMetadata = readonly (readonly [name: string, value: string])[];

const wireNotes = z.array(z.record(z.string(), z.string()));
const wireMetadata = z.object({ metadata: wireNotes });

/** Methods throw `UpstreamError`, or give it in the place of one job. */
export class JobExtrasClient {
  constructor(private readonly transport: LavaTransport) {}

  /** The nodes of each group that the viewer may see, by number; one request. */
  async nodes(groups: readonly NodeGroup[], ask: Ask): Promise<(readonly WireTestJob[])[]> {
    const query = {
      target_group__in: groups.map(({ targetGroup }) => targetGroup).join(","),
      limit: groups.reduce((sum, { size }) => sum + size, 0),
      ordering: "id",
    };
    const request = { path: "jobs/", route: "jobs/", query, keep: KEEP_JOB_LISTS };
    const list = await this.transport.rest.get(request, ask, wireTestJobs);
    const byGroup = new Map<string | undefined, WireTestJob[]>();
    for (const wire of placed(list?.results ?? [])) {
      // A server that does not know the filter would answer any jobs.
      const mark = wire.definition === null ? undefined : readDefinition(wire.definition)?.multinode?.targetGroup;
      byGroup.set(mark, [...(byGroup.get(mark) ?? []), wire]);
    }
    return groups.map(({ targetGroup }) => byGroup.get(targetGroup) ?? []);
  }

  /**
   * What LAVA's own table has of metadata, empty for jobs that a recent server ran. One request with a token; XML-RPC
   * tells results to users only and REST has no bulk form, so for anonymous viewers it is one request a job.
   */
  async storedMetadata(ids: readonly LavaJobId[], ask: Ask): Promise<(StoredMetadata | UpstreamError)[]> {
    const { rpc, server, rest } = this.transport;
    if (ask.token === null) {
      return Promise.all(
        ids.map((id) => {
          const request = { path: `jobs/${id}/metadata/`, route: "jobs/ID/metadata/", ask, keep: KEEP_SLOW };
          return orError(async () => toEntries((await rest.get(request, ask, wireMetadata))?.metadata ?? []));
        }),
      );
    }
    const operation = "results.get_testjob_metadata";
    const calls = ids.map((id) => ({ method: operation, params: [id], keep: KEEP_SLOW }));
    const answers = await rpc.multicallKept(calls, ask);
    return Promise.all(
      answers.map(async (answer) => {
        if (answer instanceof UpstreamError) return isHidden(answer) ? [] : answer;
        return orError(() => toEntries(decode({ server, operation }, wireNotes, answer)));
      }),
    );
  }
}

function toEntries(notes: z.infer<typeof wireNotes>): StoredMetadata {
  return notes.flatMap((note) => Object.entries(note));
}

async function orError<T>(read: () => T | Promise<T>): Promise<T | UpstreamError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
}
