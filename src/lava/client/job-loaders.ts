// What one viewer's operation asks around its test jobs, batched: each loader is one request for 50 of them.

import DataLoader from "dataloader";
import type { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { JobExtrasClient, NodeGroup, StoredMetadata } from "./job-extras-client.js";
import type { WireTestJob } from "../protocol/wire.js";

/** A group's mark has 36 characters, and goes into a URL. */
const BATCH_MAX = 50;

export class JobLoaders {
  /** The nodes of a multinode job that the viewer may see, by number. */
  readonly nodes: DataLoader<NodeGroup, readonly WireTestJob[], string>;
  /** Metadata that an old server stored. */
  readonly storedMetadata: DataLoader<LavaJobId, StoredMetadata>;

  constructor(client: JobExtrasClient, ask: Ask) {
    this.nodes = new DataLoader((groups) => client.nodes(groups, ask), {
      cacheKeyFn: ({ targetGroup }) => targetGroup,
      maxBatchSize: BATCH_MAX,
    });
    this.storedMetadata = new DataLoader<LavaJobId, StoredMetadata>(
      (ids): Promise<(StoredMetadata | UpstreamError)[]> => client.storedMetadata(ids, ask),
      { maxBatchSize: BATCH_MAX },
    );
  }
}
