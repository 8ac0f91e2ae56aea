// What one Cuirass server knows of a text that somebody searches for.

import { pathBelow } from "../../ci/search.js";
import type { SearchFound, SearchLookup, SearchTerm } from "../../ci/search.js";
import { SearchMatch } from "../../ci/graph/search.type.js";
import { toBuild } from "../model/build.type.js";
import { parseQueryText } from "../protocol/ids.js";
import { evaluationsOfCommit } from "./recent-evaluations.js";
import type { CuirassView } from "../view.js";
import { placed } from "../../net/rows.js";

/** Systems that are tried for a job's name without one; each is a request. */
const SYSTEMS_TRIED_MAX = 3;
const BUILDS_SHOWN_MAX = 3;

/** Each is one request; a name is up to five. */
export function searchCuirass(view: CuirassView, term: SearchTerm, count: number): readonly SearchLookup[] {
  const server = view.toServer();
  const lookup = (find: SearchLookup["find"]): SearchLookup => ({ server, find });
  const one = async (matched: SearchMatch, loading: Promise<SearchFound["node"] | null>): Promise<SearchFound[]> => {
    const node = await loading;
    return node === null ? [] : [{ matched, node }];
  };

  const { number, storePath, commit, name } = term;
  if (number !== null) {
    return [
      lookup(() => one(SearchMatch.NUMBER, view.build(number))),
      lookup(() => one(SearchMatch.NUMBER, view.evaluation(number))),
    ];
  }
  if (storePath !== null) {
    const { path } = storePath;
    const find = path.endsWith(".drv") ? () => view.buildByDerivation(path) : () => view.buildByOutput(path);
    return [lookup(() => one(SearchMatch.STORE_PATH, find()))];
  }
  if (commit !== null) {
    return [
      lookup(async (report) =>
        (await evaluationsOfCommit(view, commit, report))
          .slice(0, count)
          .map((node) => ({ matched: SearchMatch.COMMIT, node })),
      ),
    ];
  }
  const path = pathBelow(view.url, term.url);
  if (path !== null) {
    const [, kind, key = ""] = /^\/(build|eval|jobset)\/([^/?#\s]+)/.exec(path) ?? [];
    switch (kind) {
      case "build":
        return [lookup(() => one(SearchMatch.ADDRESS, view.build(Number(key))))];
      case "eval":
        return [lookup(() => one(SearchMatch.ADDRESS, view.evaluationOrHidden(Number(key))))];
      case "jobset":
        return [lookup(() => one(SearchMatch.ADDRESS, view.specification(key)))];
      default:
        return [];
    }
  }
  return name === null ? [] : [lookup(() => searchName(view, name))];
}

/** Specifications by a part of their name, and the newest builds of a job by its whole name: Cuirass knows no other way. */
async function searchName(view: CuirassView, name: string): Promise<SearchFound[]> {
  const specifications = await view.specifications();
  const found = specifications.filter((one) => one.name.toLowerCase().includes(name.toLowerCase()));
  const systems = [...new Set(specifications.flatMap((one) => one.systems))];
  const tried = systems.some((system) => name.endsWith(`.${system}`)) ? [] : systems.slice(0, SYSTEMS_TRIED_MAX);
  const jobs = [name, ...tried.map((system) => `${name}.${system}`)].map(parseQueryText).filter((job) => job !== null);
  const { client } = view;
  const builds = await Promise.all(jobs.map((job) => client.latestBuilds({ job, byId: true }, BUILDS_SHOWN_MAX)));
  return [
    ...found.map((node) => ({ matched: SearchMatch.SPECIFICATION, node })),
    ...placed(builds.flat()).map((wire) => ({ matched: SearchMatch.JOB, node: toBuild(view.name, view.url, wire) })),
  ];
}
