// Test jobs by metadata (lava.md section 3.4). Servers after 2026.07 look themselves, in a column that is empty in jobs
// from before their upgrade. Older jobs and servers: a text search brings candidates, and Etna looks at each.

import { ServerCapability } from "../../ci/enums.js";
import type { Ask } from "../../net/ask.js";
import type { JobDefinition } from "../protocol/definition.js";
import { metadataOf } from "../protocol/job-metadata.js";
import type { FilteredSearch, JobSearch, MetadataEntry, Query } from "../protocol/job-search.js";
import type { WireTestJob } from "../protocol/wire.js";
import type { LavaClient } from "./client.js";
import { KEEP_SLOW } from "./keep.js";
import { capabilitiesOf } from "./server-version.js";
import { boundsOf, within } from "./test-job-pages.js";

/** Characters that YAML writes as they are, in any style, so that they are found in a definition's text. */
const PLAIN_RUN = /[A-Za-z0-9._/@+-]+/g;
/** What the column may hold as something else than this text: no value, or a list or mapping, shown as JSON. */
const NO_TEXT = /^(?:[[{].*)?$/s;

const NOT_NATIVE: Query = { metadata__contains: null, metadata__has_key: null };

/** The search with its metadata made LAVA's business, or ours. */
export async function withMetadata(
  { metadata, ...search }: FilteredSearch,
  client: LavaClient,
  ask: Ask,
  definitionOf: (wire: WireTestJob) => JobDefinition | null,
): Promise<JobSearch> {
  const [first] = metadata;
  if (first === undefined) return search;
  const fits = (wire: WireTestJob) => {
    const found = metadataOf(wire, definitionOf(wire));
    return metadata.every(({ key, value }) => found.get(key) === value);
  };
  const text = textQuery(search.query, metadata);
  const byText = { ...search, query: { ...search.query, ...text }, fits };
  const capabilities = capabilitiesOf(await client.knownVersion(ask));
  if (!capabilities.includes(ServerCapability.METADATA_FILTER)) return byText;

  const border = await oldestWith(first.key, client, ask);
  if (border === null) return byText;
  const other = metadata.find(({ value }) => NO_TEXT.test(value));
  const query = { ...search.query, ...containing(metadata), metadata__has_key: other?.key };
  const native = { ...search, query, fits: other === undefined ? search.fits : fits };
  const older = within(byText, { above: null, below: border });
  const candidates = await client.jobs({ ...boundsOf(older), limit: 1 }, ask, { counted: true });
  return candidates.count === 0
    ? native
    : { ...native, fits, older: { below: border, query: { ...NOT_NATIVE, ...text } } };
}

/**
 * The first job whose column has this key. All from there on are from after the server's upgrade, so the column tells all
 * of them; none before it has the key in the column. Null when no job has.
 */
async function oldestWith(key: string, client: LavaClient, ask: Ask): Promise<number | null> {
  const { results } = await client.jobs({ metadata__has_key: key, ordering: "id", limit: 1 }, ask, { keep: KEEP_SLOW });
  return results[0]?.id ?? null;
}

/** One JSON object, whatever the keys: as a name of its own, `metadata__KEY`, a key with `__` would be taken apart. */
function containing(metadata: readonly MetadataEntry[]): Query {
  const texts = metadata.filter(({ value }) => !NO_TEXT.test(value)).map(({ key, value }) => [key, value] as const);
  return texts.length === 0 ? {} : { metadata__contains: JSON.stringify(Object.fromEntries(texts)) };
}

/** LAVA takes one text as it is and one in any case; the filter's own text may have taken the first place. */
function textQuery(query: Query, metadata: readonly MetadataEntry[]): Query {
  const runs = metadata.flatMap(({ key, value }) => [longestRun(value), longestRun(key)]).filter(Boolean);
  return query.definition__contains == null
    ? { definition__contains: runs[0], definition__icontains: runs[1] }
    : { definition__icontains: runs[0] };
}

function longestRun(text: string): string {
  // In JSON, which lists and mappings are shown as, an escape or a null is not what the definition says.
  const words = NO_TEXT.test(text) ? text.replace(/\\u[\da-f]{4}|\\.|\bnull\b/g, " ") : text;
  return (words.match(PLAIN_RUN) ?? []).reduce((longest, run) => (run.length > longest.length ? run : longest), "");
}
