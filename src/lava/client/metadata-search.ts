// Test jobs by metadata: newer LAVA looks itself; on others its text search brings candidates, and we look.

import { ServerCapability } from "../../ci/enums.js";
import type { JobDefinition } from "../protocol/definition.js";
import type { Query, FilteredSearch, MetadataEntry, JobSearch } from "../protocol/job-search.js";
import type { WireTestJob } from "../protocol/wire.js";

/** Characters that YAML writes as they are, in any style, so that they are found in a definition's text. */
const PLAIN_RUN = /[A-Za-z0-9._/@+-]+/g;
/** What YAML may take for something else than text: LAVA stores such a value as number, boolean, date or null, lists as lists. */
const NO_TEXT =
  /^(?:[-+.]?\d[\d.,:_eExXoOa-fA-F+-]*(?:[T ].*)?|y|n|yes|no|on|off|true|false|null|~|[-+]?\.(?:inf|nan)|<<|=)?$/i;

/** The search with its metadata made LAVA's business, or ours. */
export function withMetadata(
  { metadata, ...search }: FilteredSearch,
  capabilities: readonly ServerCapability[],
  definitionOf: (wire: WireTestJob) => JobDefinition | null,
): JobSearch {
  if (metadata.length === 0) return search;
  const fits = (wire: WireTestJob) => {
    const found = definitionOf(wire)?.metadata;
    return metadata.every(({ key, value }) => found?.get(key) === value);
  };
  if (!capabilities.includes(ServerCapability.METADATA_FILTER)) {
    return { ...search, query: { ...search.query, ...textQuery(search.query, metadata) }, fits };
  }
  const texts = metadata.filter(({ value }) => !NO_TEXT.test(value) && !/^[[{]|, /.test(value));
  if (texts.length === metadata.length) return { ...search, query: { ...search.query, ...containing(texts) } };
  // A key with a comma can't stand in the list; one of the keys is enough to find candidates by.
  const key = metadata.find((entry) => !texts.includes(entry))?.key;
  const query = { ...search.query, ...(texts.length > 0 ? containing(texts) : {}), metadata__has_key: key };
  return { ...search, query, fits };
}

/** One JSON object, whatever the keys: as a name of its own, `metadata__KEY`, a key with `__` would be taken apart. */
function containing(entries: readonly MetadataEntry[]): Query {
  return { metadata__contains: JSON.stringify(Object.fromEntries(entries.map(({ key, value }) => [key, value]))) };
}

/** LAVA takes one text as it is and one in any case; the filter's own text may have taken the first place. */
function textQuery(query: Query, metadata: readonly MetadataEntry[]): Query {
  const [run] = [...metadata.map(({ value }) => value), ...metadata.map(({ key }) => key)]
    .map(longestRun)
    .filter(Boolean);
  return query.definition__contains == null ? { definition__contains: run } : { definition__icontains: run };
}

function longestRun(text: string): string {
  return (text.match(PLAIN_RUN) ?? []).reduce((longest, run) => (run.length > longest.length ? run : longest), "");
}
