// What one LAVA server knows of a text that somebody searches for: by id, by name, or in a definition.

import { pathBelow } from "../../ci/search.js";
import type { SearchFound, SearchLookup, SearchTerm } from "../../ci/search.js";
import { SearchMatch } from "../../ci/graph/search.type.js";
import { toDevice, toDeviceType, toWorker } from "../model/device.type.js";
import { parseJobId } from "../protocol/ids.js";
import type { LavaView } from "../view.js";
import { placed } from "../../net/rows.js";

/** Each is one request; a sub id may take three. */
export function searchLava(view: LavaView, term: SearchTerm, count: number): readonly SearchLookup[] {
  const { url } = view.server;
  const server = view.toServer();
  const one = async (matched: SearchMatch, loading: Promise<SearchFound["node"] | null>): Promise<SearchFound[]> => {
    const node = await loading;
    return node === null ? [] : [{ matched, node }];
  };
  const testJob = async (matched: SearchMatch, text: string) => {
    const id = parseJobId(text);
    return id === null ? [] : one(matched, view.testJob(id));
  };
  const inDefinition = async (text: string) =>
    (await view.testJobsWithText(text, count, null)).map((node) => ({ matched: SearchMatch.DEFINITION, node }));
  const lookup = (find: SearchLookup["find"]): SearchLookup => ({ server, find });

  if (term.number !== null || term.subId !== null) return [lookup(() => testJob(SearchMatch.NUMBER, term.text))];
  const { storePath, commit, name } = term;
  if (storePath !== null) return [lookup(() => inDefinition(storePath.hash))];
  if (commit !== null) return [lookup(() => inDefinition(commit))];
  const path = pathBelow(url, term.url);
  if (path !== null) {
    const [, kind, key = ""] =
      /^\/(scheduler\/job|results|scheduler\/device|scheduler\/device_type|scheduler\/worker)\/([\w.+-]+)/.exec(path) ??
      [];
    switch (kind) {
      case "scheduler/job":
      case "results":
        return [lookup(() => testJob(SearchMatch.ADDRESS, key))];
      case "scheduler/device":
        return [lookup(() => one(SearchMatch.ADDRESS, view.device(key)))];
      case "scheduler/device_type":
        return [lookup(() => one(SearchMatch.ADDRESS, view.deviceType(key)))];
      case "scheduler/worker":
        return [lookup(() => one(SearchMatch.ADDRESS, view.worker(key)))];
      default:
        return [];
    }
  }
  return name === null ? [] : named(view, name, count).map(lookup);
}

/** What is called so, or has it in its name. */
function named(view: LavaView, name: string, count: number): readonly SearchLookup["find"][] {
  const { name: server, client, ask } = view;
  return [
    async () => {
      const query = { hostname__icontains: name, all: true, limit: count, ordering: "hostname" };
      const { results } = await client.devices(query, ask);
      return placed(results).map((wire) => ({ matched: SearchMatch.HOSTNAME, node: toDevice(server, wire) }));
    },
    async () => {
      const query = { hostname__icontains: name, limit: count, ordering: "hostname" };
      const { results } = await client.workers(query, ask);
      return placed(results).map((wire) => ({ matched: SearchMatch.HOSTNAME, node: toWorker(server, wire) }));
    },
    async () => {
      const { results } = await client.deviceTypes({ name__icontains: name, limit: count, ordering: "name" }, ask);
      return placed(results).map((wire) => ({
        matched: SearchMatch.DEVICE_TYPE,
        node: toDeviceType(server, wire),
      }));
    },
    async () => {
      const query = { description__icontains: name, limit: count, ordering: "-id" };
      const { results } = await client.jobs(query, ask);
      return placed(results).map((wire) => ({ matched: SearchMatch.DESCRIPTION, node: view.toTestJob(wire) }));
    },
  ];
}
