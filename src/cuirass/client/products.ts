// From build products back to builds. Cuirass has no way from `/download/ID` to the build (cuirass.md, sections 4.1
// and 4.3), but only specifications that name products have any, and those are few.

import type { CuirassClient } from "./client.js";
import { parseQueryText } from "../protocol/ids.js";
import type { WireBuild, WireSpecification } from "../protocol/wire.js";

const SPECIFICATIONS_MAX = 3;
/** Newest builds of each such specification: some 100 kB and 0.1 s of the server's work. */
const BUILDS_READ = 200;

/** The builds of the newest products by the product's number. One request for each specification that has products. */
export async function readProducts(
  client: CuirassClient,
  specifications: readonly WireSpecification[],
): Promise<ReadonlyMap<number, WireBuild>> {
  const names = specifications
    .filter((specification) => (specification["build-outputs"] ?? []).length > 0)
    .map(({ name }) => parseQueryText(name))
    .filter((name) => name !== null)
    .slice(0, SPECIFICATIONS_MAX);
  const lists = await Promise.all(names.map((specification) => client.latestBuilds({ specification }, BUILDS_READ)));
  return new Map(lists.flat().flatMap((wire) => wire.buildproducts.map(({ id }) => [id, wire] as const)));
}
