// What the gateway promises of each CI system in the fields that all systems share, and what each system promises to the
// gateway (`src/ci/system.ts`). A new system begins by passing this.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pino } from "pino";
import type { ZodType } from "zod";
import { encodeGlobalId } from "../../src/ci/global-id.js";
import type { CiSystem } from "../../src/ci/system.js";
import { ConfigError, readConfig } from "../../src/config/config.js";
import { createGateway } from "../../src/gateway.js";
import type { Gateway } from "../../src/gateway.js";
import { clientOf } from "../support/gateway.js";
import type { TestClient } from "../support/gateway.js";

export interface SystemTarget {
  /** Address of a running server of the system. */
  readonly url: string;
  /** Number of a run that has ended and that everybody may see. */
  readonly finished: string;
  /** Has a run change its phase. */
  move(): Promise<void> | void;
  close(): Promise<void>;
}

const RUN = `id name phase outcome createdAt url server { id name } ... on Node { id }`;
const RUNS = `query ($filter: RunFilter, $server: String, $after: String) {
  runs(filter: $filter, server: $server, first: 5, after: $after) { nodes { ${RUN} } pageInfo { hasNextPage endCursor } } }`;

export function systemContract(
  system: CiSystem,
  systems: readonly CiSystem[],
  start: () => Promise<SystemTarget>,
): void {
  describe(`${system.title}, as every system`, () => {
    const { kind } = system;
    const config = (addresses: readonly string[]) =>
      readConfig({ host: "127.0.0.1", port: "0", [kind]: addresses } as object, {}, systems);
    let target: SystemTarget;
    let gateway: Gateway<readonly CiSystem[]>;
    let client: TestClient;

    beforeAll(async () => {
      target = await start();
      gateway = await createGateway(config([`one=${target.url}`]), pino({ level: "silent" }), systems);
      client = clientOf(gateway.origin);
    });

    afterAll(async () => {
      await client.close();
      await gateway.close();
      await target.close();
    });

    const runs = async (filter: object, after: string | null = null, server: string | null = null) => {
      const { data, errors } = await client.query(RUNS, { filter, after, server });
      expect(errors).toEqual([]);
      return data.runs;
    };

    test("shows its servers, and that they answer", async () => {
      const { data, errors } = await client.query(
        `{ servers { id name url reachable events { source } capabilities } }`,
      );
      expect(errors).toEqual([]);
      expect(data.servers).toHaveLength(1);
      const [server] = data.servers;
      expect(server).toMatchObject({ name: "one", url: target.url, reachable: true });
      expect((await client.query(`query ($id: ID!) { node(id: $id) { id } }`, server)).data.node).toEqual({
        id: server.id,
      });
    });

    test("lists its runs page by page, each once, and each is found again by its id", async () => {
      const ids: string[] = [];
      let after: string | null = null;
      for (let page = 0; page < 3; page += 1) {
        const { nodes, pageInfo } = (await runs({}, after, "one")) as {
          readonly nodes: readonly { readonly id: string }[];
          readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
        };
        expect(nodes).toHaveLength(5);
        ids.push(...nodes.map(({ id }) => id));
        expect(pageInfo.hasNextPage).toBe(true);
        after = pageInfo.endCursor;
      }
      expect(new Set(ids).size).toBe(15);
      const { data, errors } = await client.query(
        `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Run { ${RUN} } } }`,
        {
          ids,
        },
      );
      expect(errors).toEqual([]);
      expect(data.nodes.map((node: { readonly id: string }) => node.id)).toEqual(ids);
      expect(data.nodes.every((node: any) => node.server.name === "one" && node.url.startsWith(target.url))).toBe(true);
    });

    test("keeps to a phase and an outcome", async () => {
      for (const outcome of ["SUCCEEDED", "FAILED"]) {
        const { nodes } = await runs({ phases: ["FINISHED"], outcomes: [outcome] });
        expect(nodes.length).toBeGreaterThan(0);
        for (const node of nodes) expect(node).toMatchObject({ phase: "FINISHED", outcome });
      }
    });

    test("finds a run by its number, and nothing by one that it does not have", async () => {
      const search = `query ($text: String!) { search(text: $text, first: 10) { matched node { id ... on Run { ${RUN} } } } }`;
      const { data } = await client.query(search, { text: target.finished });
      expect(data.search.map((found: any) => found.node.phase)).toContain("FINISHED");
      expect((await client.query(search, { text: "2147483000" })).data.search).toEqual([]);
    });

    test("reads a log, and follows it to its end", async () => {
      const search = `query ($text: String!) { search(text: $text, first: 10) { node { id ... on Run { log { lineCount lines(first: 3) { nodes { number } } } } } } }`;
      const { data } = await client.query(search, { text: target.finished });
      const run = data.search.map((found: any) => found.node).find((node: any) => node.log?.lineCount > 0);
      expect(run.log.lines.nodes[0]).toEqual({ number: 0 });
      const tail = `subscription ($run: ID!) { logLines(run: $run) { lines { number } nextLine finished } }`;
      const updates = (await client.subscribe(tail, { run: run.id }).rest()) as any[];
      expect(updates.at(-1).data.logLines).toMatchObject({ finished: true, nextLine: run.log.lineCount });
    });

    test("tells live what changes", async () => {
      const updates = client.subscribe(`subscription { runUpdates { source run { id phase } } }`);
      // One run waits: its subscriber has begun when it is told of it.
      expect(((await updates.next()) as any).data.runUpdates.source).toBe("SNAPSHOT");
      await target.move();
      for (let source = "SNAPSHOT"; source === "SNAPSHOT";) {
        const { data } = (await updates.next()) as any;
        source = data.runUpdates.source;
      }
      updates.close();
    });

    test("is not asked for runs of another kind, nor for ids of others", async () => {
      const kinds = await Promise.all(["TEST_JOB", "BUILD"].map((one) => runs({ kinds: [one] })));
      expect(kinds.filter(({ nodes }) => nodes.length > 0)).toHaveLength(1);
      const foreign = { id: encodeGlobalId("TestJob", "elsewhere", "1") };
      const { data, errors } = await client.query(`query ($id: ID!) { node(id: $id) { id } }`, foreign);
      expect([data.node, errors]).toEqual([null, []]);
    });

    test("takes another configuration while it runs: a server comes, one goes", async () => {
      const two = [`one=${target.url}`, `two=${target.url}/`];
      expect(await gateway.reload(config(two))).toMatchObject({ added: ["two"], removed: [] });
      expect((await client.query(`{ servers { name } }`)).data.servers).toEqual([{ name: "one" }, { name: "two" }]);
      const { data } = await client.query(RUNS, { server: "two" });
      expect(data.runs.nodes.every((node: any) => node.server.name === "two")).toBe(true);
      expect(await gateway.reload(config([`one=${target.url}`]))).toMatchObject({ added: [], removed: ["two"] });
      const gone = await client.query(RUNS, { server: "two" });
      expect(gone.errors[0]?.message).toContain("two");
    });

    test("names a server that is away, and says so of it", async () => {
      await gateway.reload(config([`one=${target.url}`, "away=http://127.0.0.1:9"]));
      const { data, errors } = await client.query(RUNS, { filter: {}, after: null });
      expect(data.runs.nodes).toHaveLength(5);
      expect(errors).toHaveLength(1);
      expect(errors[0]?.extensions).toMatchObject({ code: "UPSTREAM_UNREACHABLE", server: "away" });
      const { servers } = (await client.query(`{ servers { name reachable } }`)).data;
      expect(servers).toContainEqual({ name: "away", reachable: false });
      await gateway.reload(config([`one=${target.url}`]));
    });

    test("reads its part of the configuration: addresses, environment, and every fault with an example", () => {
      const of = (value: object): readonly { readonly name: string }[] =>
        (value as Readonly<Record<string, readonly { readonly name: string }[]>>)[kind] ?? [];
      const read = readConfig(
        {},
        { [`ETNA_${kind.toUpperCase()}`]: "https://a.example.org b=https://b.example.org" },
        systems,
      );
      expect(of(read).map(({ name }) => name)).toEqual([kind, "b"]);
      const refused = () => readConfig({ [kind]: ["ftp://a.example.org"] }, {}, systems);
      expect(refused).toThrow(ConfigError);
      expect(refused).toThrow(`${kind}.0.url: is not an http or https address`);
      expect(refused).toThrow(`e.g. ${system.config.example.url}`);
      for (const [name, check] of Object.entries(system.config.keys)) {
        const { description, examples } = (check as ZodType).meta() ?? {};
        expect([name, typeof description, Array.isArray(examples)]).toEqual([name, "string", true]);
      }
    });
  });
}
