// Every example is valid, and runs without errors over both sandboxes.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Kind, OperationTypeNode, buildSchema, parse, validate } from "graphql";
import type { OperationDefinitionNode } from "graphql";
import { afterAll, beforeAll, describe, expect, it, test, vi } from "vitest";
import { createCuirassSandbox } from "../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../src/sandbox/lava/index.js";
import { asUser, startGateway } from "./support/gateway.js";
import type { TestGateway } from "./support/gateway.js";

const ROOT = join(import.meta.dirname, "..");
const FILES = readdirSync(join(ROOT, "examples"), { recursive: true, encoding: "utf8" });
const EXAMPLES = FILES.filter((file) => file.endsWith(".graphql")).sort();
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** What the variables of the examples stand for in the sandboxes. */
function valuesOf(lava: LavaSandbox, cuirass: CuirassSandbox): Record<string, unknown> {
  const [build] = cuirass.builds();
  // The second of the history's two queued jobs: nothing moves it unless the test does.
  const queued = [...Array(100).keys()].filter((id) => lava.job(id)?.state === "Submitted").at(-1);
  return {
    buildId: build?.buildId,
    evaluationId: build?.evaluation,
    storePath: build?.storePath,
    derivation: build?.derivation,
    commit: build?.commit.slice(0, 10),
    jobId: String(queued),
    definition: read("test/real/lava/lava/jobs/queued.yaml"),
  };
}

/** Variables as recommended beside the example; what the recommendation leaves out, or knows no better, from `values`. */
function variablesOf(file: string, operation: OperationDefinitionNode, values: Record<string, unknown>) {
  const beside = file.replace(/\.graphql$/, ".variables.json");
  const recommended = FILES.includes(beside) ? (JSON.parse(read(`examples/${beside}`)) as Record<string, unknown>) : {};
  const names = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  expect(Object.keys(recommended).filter((name) => !names.includes(name))).toEqual([]);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = recommended[name] ?? values[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

test("the definition for the demo is accepted there, and runs to a good end", async ({ onTestFinished }) => {
  const lava = await createLavaSandbox({ jobs: 0 });
  onTestFinished(() => lava.close());
  const job = lava.submit("alice", read("examples/lava/hello.yaml"))[0] ?? "";
  await vi.waitFor(() => expect(lava.job(Number(job))).toMatchObject({ state: "Finished", health: "Complete" }), {
    timeout: 40_000,
  });
});

describe("the examples", () => {
  const schema = buildSchema(read("schema.graphql"));
  let cuirass: CuirassSandbox;
  let lava: LavaSandbox;
  let gateway: TestGateway;
  beforeAll(async () => {
    cuirass = await createCuirassSandbox();
    lava = await createLavaSandbox({ builds: () => cuirass.builds() });
    gateway = await startGateway({ lava: [{ url: lava.url }], cuirass: [{ url: cuirass.url, mutations: true }] });
  });
  afterAll(async () => {
    await gateway.close();
    await Promise.all([lava.close(), cuirass.close()]);
  });

  it("are there", () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(8);
  });

  it.each(EXAMPLES)("%s is valid, is one named operation, and begins by saying what it shows", (file) => {
    const text = read(`examples/${file}`);
    const document = parse(text);
    expect(validate(schema, document)).toEqual([]);
    const [first, ...fragments] = document.definitions.map(({ kind }) => kind);
    expect([first, new Set(fragments)]).toEqual([
      Kind.OPERATION_DEFINITION,
      new Set(fragments.map(() => Kind.FRAGMENT_DEFINITION)),
    ]);
    expect((document.definitions[0] as OperationDefinitionNode).name?.value).toMatch(/^[A-Z]/);
    expect(text).toMatch(/^# [A-Z].*[.?]\n/);
  });

  it.each(EXAMPLES)("%s runs without errors and finds something", async (file) => {
    const text = read(`examples/${file}`);
    const operation = parse(text).definitions[0] as OperationDefinitionNode;
    const variables = variablesOf(file, operation, valuesOf(lava, cuirass));
    const alice = asUser(lava.users.alice.token);
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
      const following = gateway.subscribe(text, variables, alice);
      const first = await following.next();
      following.close();
      expect(first?.errors ?? []).toEqual([]);
      expect(Object.values(first?.data ?? {})).not.toEqual([]);
      return;
    }
    const { status, data, errors } = await gateway.query(text, variables, alice);
    expect(errors).toEqual([]);
    expect(status).toBe(200);
    for (const value of Object.values(data)) {
      expect(value).not.toBeNull();
      if (value?.nodes !== undefined) expect(value.nodes).not.toEqual([]);
    }
  });
});
