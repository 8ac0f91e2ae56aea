// What one viewer's operation asks around its test jobs and the lab, batched: each loader is one request for all that the
// answer needs.

import DataLoader from "dataloader";
import type { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { Query } from "../protocol/job-search.js";
import type { WireDevice, WireTestJob } from "../protocol/wire.js";
import type { JobExtrasClient, NodeGroup, StoredMetadata } from "./job-extras-client.js";
import type { DictionaryKey, LabClient } from "./lab-client.js";

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

export class LabLoaders {
  /** Devices by device type, without the retired ones: one list for all types of the answer. */
  readonly devicesByType: DataLoader<string, readonly WireDevice[]>;
  /** Queued test jobs by device type. LAVA counts for all types in one call, at less cost than one page of one type. */
  readonly queueLengths: DataLoader<string, number>;
  readonly dictionaries: DataLoader<DictionaryKey, string | null, string>;
  readonly templates: DataLoader<string, string | null>;
  readonly healthChecks: DataLoader<string, string | null>;

  /** @param listDevices all devices that a filter lets through. */
  constructor(client: LabClient, listDevices: (query: Query) => Promise<readonly WireDevice[]>, ask: Ask) {
    this.devicesByType = new DataLoader(async (types) => {
      const devices = await listDevices({ device_type__name__in: types.join(",") });
      return types.map((type) => devices.filter((device) => device.device_type === type));
    });
    this.queueLengths = new DataLoader(async (types) => {
      const lengths = await client.pendingJobs(ask);
      return types.map((type) => lengths.get(type) ?? 0);
    });
    this.dictionaries = new DataLoader<DictionaryKey, string | null, string>((keys) => client.dictionaries(keys, ask), {
      cacheKeyFn: ({ hostname, rendered, context }) => JSON.stringify([hostname, rendered, context]),
    });
    this.templates = new DataLoader<string, string | null>((names) => client.templates(names, ask));
    this.healthChecks = new DataLoader<string, string | null>((names) => client.healthChecks(names, ask));
  }
}
