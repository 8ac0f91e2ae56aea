// `search`: one text, asked of all servers at once.

import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import { InputRefused } from "../../errors.js";
import { make } from "./make.js";
import { inRange } from "../page.js";
import { readTerm } from "../search.js";
import { SearchHit, SearchMatch } from "./search.type.js";
import { Report } from "./report.js";
import type { ReportFault } from "./report.js";
import type { RequestContext } from "../session.js";

const HITS_MAX = 50;
const TEXT_MAX_CHARACTERS = 300;
const RANKS: readonly SearchMatch[] = Object.values(SearchMatch);

@Resolver()
export class SearchResolver {
  @Query(() => [SearchHit], {
    nullable: true,
    description:
      "What a text means, over all servers, exact matches first: a number (of a test job, a build or an evaluation), `2008.1`, the address of a page, a store path, a commit, or a name or part of one. At most 4 requests to each LAVA and 5 to each Cuirass. A server that does not answer is left out and named in `errors`.",
  })
  async search(
    @Ctx() context: RequestContext,
    @Report() report: ReportFault,
    @Arg("text", () => String, { description: "What to look for; at most 300 characters." }) text: string,
    @Arg("first", () => Int, { defaultValue: 20, description: "How many hits, at most 50." }) first: number,
  ): Promise<SearchHit[]> {
    const count = inRange("first", first, HITS_MAX);
    if (text.trim() === "") throw new InputRefused("text", "is empty; give a number, a name, a path or a commit");
    if (text.length > TEXT_MAX_CHARACTERS) {
      throw new InputRefused("text", `has more than ${TEXT_MAX_CHARACTERS} characters`);
    }
    if (count === 0) return [];
    const lookups = context.sessions.flatMap((session) => session.search(readTerm(text), count));
    const answers = await Promise.allSettled(lookups.map(({ find }) => find(report)));

    const hits = new Map<string, SearchHit>();
    const failures = new Map<string, unknown>();
    answers.forEach((answer, at) => {
      const server = lookups[at]?.server;
      if (server === undefined) return;
      if (answer.status === "rejected") {
        // Several questions to one dead server are one fault.
        if (!failures.has(server.name)) failures.set(server.name, answer.reason);
        return;
      }
      for (const { matched, node } of answer.value) {
        if (!hits.has(node.id)) hits.set(node.id, make(SearchHit, { matched, server, node }));
      }
    });
    if (answers.length > 0 && answers.every(({ status }) => status === "rejected")) throw [...failures.values()][0];
    failures.forEach(report);
    return [...hits.values()].sort((a, b) => RANKS.indexOf(a.matched) - RANKS.indexOf(b.matched)).slice(0, count);
  }
}
