// `etna documents`: what it writes, what it refuses, and that a gateway runs what it wrote and nothing else.

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { Source } from "graphql";
import type { GraphQLSchema } from "graphql";
import { collectDocuments } from "../../src/cli/gateway/documents.js";
import { createSchema } from "../../src/schema.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { postQuery } from "../support/gateway.js";
import { PROCESS_MS, runEtna, startEtna } from "./etna.js";

const JOBS = "# the jobs\nquery Jobs { testJobs { nodes { ...Job } } }\nfragment Job on TestJob { jobId }\n";

async function folderWith({ onTestFinished }: Pick<TestContext, "onTestFinished">, files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "etna-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

describe("the documents of a client", () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await createSchema();
  });
  const collect = (files: Record<string, string>) =>
    collectDocuments(
      schema,
      Object.entries(files).map(([name, text]) => new Source(text, name)),
    );

  test("are each operation with its fragments, and each whole file that stands for itself, by their hashes", () => {
    const found = collect({
      "jobs.graphql": JOBS,
      "job.graphql": "fragment Device on Device { hostname }",
      "two.graphql": "query A { devices { nodes { ...Device } } } query B { servers { name } }",
    });
    const texts = [...found.values()];
    expect(texts).toHaveLength(4);
    expect(texts).toContain(JOBS);
    expect(texts).toContain(
      "query A {\n  devices {\n    nodes {\n      ...Device\n    }\n  }\n}\n\nfragment Device on Device {\n  hostname\n}",
    );
    expect(texts).toContain("query B {\n  servers {\n    name\n  }\n}");
    for (const [hash, text] of found) expect(hash).toBe(createHash("sha256").update(text).digest("hex"));
  });

  test("may have operations of one name, or of none, in several files", () => {
    const texts = [...collect({ a: "{ servers { name } }", b: "{ servers { url } }" }).values()].join(" ");
    expect(texts).toMatch(/name/);
    expect(texts).toMatch(/url/);
  });

  test("are refused with all faults, each with its file and line", () => {
    const files = {
      "a.graphql": "{",
      "b.graphql": "query B {\n  testJobz { jobId }\n}",
      "c.graphql": "query C { ...None }",
    };
    expect(() => collect(files)).toThrow(
      /a\.graphql:1: Syntax Error.*\n.*b\.graphql:2: .*testJobz.*\n.*c\.graphql:1: .*None/,
    );
    expect(() => collect({ "f.graphql": "fragment F on Device { hostname }" })).toThrow(/no operation/);
  });
});

describe.concurrent("etna", { timeout: PROCESS_MS }, () => {
  test("documents writes a file that serve --trusted-documents takes", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 3, events: false });
    scope.onTestFinished(() => lava.close());
    const folder = await folderWith(scope, {
      "src/jobs.graphql": JOBS,
      "src/deep/er/servers.gql": "{ servers { name } }",
    });
    const written = await runEtna(scope, ["documents", join(folder, "src")]);
    expect(written).toMatchObject({ status: 0, stderr: "" });
    const byPattern = await runEtna(scope, ["documents", `${folder}/src/**/*.g*`]);
    expect(byPattern.stdout).toBe(written.stdout);

    const file = join(folder, "documents.json");
    await writeFile(file, written.stdout);
    const etna = startEtna(scope, [
      "serve",
      "--production",
      "--trusted-documents",
      file,
      "--lava",
      lava.url,
      "--port",
      "0",
    ]);
    const origin = await etna.ready();
    const trusted = await postQuery<any>(`${origin}/graphql`, JOBS, {}, {});
    expect(trusted.errors).toEqual([]);
    expect(trusted.data.testJobs.nodes).not.toEqual([]);
    const other = await postQuery(`${origin}/graphql`, "{ servers { url } }", {}, {});
    expect(other.errors).toMatchObject([{ extensions: { code: "DOCUMENT_NOT_TRUSTED" } }]);
    expect((await fetch(`${origin}/graphiql/`)).status).toBe(404);
  });

  test("documents with a faulty operation exits 1, says where, and writes nothing", async (scope) => {
    const folder = await folderWith(scope, { "a.graphql": "{ nope }" });
    const { status, stdout, stderr } = await runEtna(scope, ["documents", folder]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/a\.graphql:1: .*nope/);
  });

  test("documents without files, or with none that are there, says so", async (scope) => {
    expect((await runEtna(scope, ["documents"])).status).toBe(2);
    const missing = await runEtna(scope, ["documents", "/nowhere/*.graphql"]);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/no file \/nowhere/);
  });
});
