// How large an answer may become: refused while it is put together, over every transport. And what introspection costs,
// whose answers are large without a single request to a server.

import { getIntrospectionQuery } from "graphql";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { AnswerSize } from "../../../src/server/limits/answer-size.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";
import { WAYS } from "../three-ways.js";

const aliases = (count: number, field: string) =>
  Array.from({ length: count }, (_, at) => `a${at}: ${field}`).join(" ");
const tooLarge = (allowed: number) => ({
  code: "LIMIT_EXCEEDED",
  limit: "answerBytes",
  asked: expect.any(Number) as number,
  allowed,
});

describe("an answer", () => {
  let server: OwnServer | undefined;
  afterEach(() => server?.close());
  const start = async (answerBytes: number) => (server = await startOwnServer(0, { limits: { answerBytes } }));

  test.each(WAYS)("may be as large as the limit says, and not a byte larger, over $name", async (way) => {
    const bytes = `{"data":{"hello":"hello"}}`.length;
    const { origin } = await start(bytes);
    expect(await way.ask(origin, { query: "{ hello }" })).toEqual({ data: { hello: "hello" } });
    const { data, errors } = await way.ask(origin, { query: "{ h: hello hello }" });
    expect(data ?? null).toBeNull();
    expect(errors).toEqual([
      { message: expect.stringMatching(/^answerBytes: .*26 bytes/) as string, extensions: tooLarge(bytes) },
    ]);
  });

  test.each(WAYS)("that has become too large is refused before the rest of it has come, over $name", async (way) => {
    const { origin, waiting } = await start(500);
    const { data, errors } = await way.ask(origin, { query: `{ slow ${aliases(49, "hello")} }` });
    expect(data ?? null).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([tooLarge(500)]);
    await vi.waitFor(() => expect(waiting()).toBe(0));
  });

  test.each(WAYS.filter(({ name }) => name !== "HTTP"))("is each one of a subscription over $name", async (way) => {
    const { origin } = await start(15);
    const { errors } = await way.ask(origin, { query: "subscription { count(to: 1) }" });
    expect(errors?.map(({ extensions }) => extensions)).toEqual([tooLarge(15)]);
  });

  test("is measured in bytes as it is written, escapes included", () => {
    const written = (text: string) => new AnswerSize(100).write({ data: { text } });
    expect(written("a".repeat(80))).toHaveLength(100);
    for (const text of ["a".repeat(81), "€".repeat(27), "\u0001".repeat(14)])
      expect(written(text)).toMatchObject({ extensions: tooLarge(100) });
  });
});

describe("a gateway", () => {
  let lava: LavaSandbox;
  let gateway: TestGateway;
  let usual: TestGateway;
  beforeAll(async () => {
    lava = await createLavaSandbox({ jobs: 40, events: false });
    gateway = await startGateway({
      lava: [{ url: lava.url, events: "poll" }],
      clients: { limits: { answerBytes: 20_000 } },
    });
    usual = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
  });
  afterAll(async () => {
    await gateway.close();
    await usual.close();
    await lava.close();
  });

  test.each([
    ["texts", (count: number) => `{ testJobs(first: 5) { nodes { ${aliases(count, "definition")} } } }`, 1, 60],
    ["type names", (count: number) => `{ testJobs(first: 25) { nodes { ${aliases(count, "__typename")} } } }`, 10, 90],
    [
      "introspection",
      (count: number) => `{ __type(name: "TestJob") { fields { ${aliases(count, "description")} } } }`,
      1,
      90,
    ],
    ["lists", (count: number) => `{ __schema { types { ${aliases(count, "interfaces { name }")} } } }`, 1, 90],
  ])("refuses too many %s", async (_, query, few, many) => {
    expect((await gateway.query(query(few))).errors).toEqual([]);
    const { status, data, errors } = await gateway.query(query(many));
    expect(data).toBeUndefined();
    expect(errors.map(({ extensions }) => extensions)).toEqual([tooLarge(20_000)]);
    expect(status).toBe(400);
  });

  test("refuses introspection asked for many times for what that costs, and answers it once", async () => {
    const field = "__schema { types { name fields { name type { name fields { name } } } } }";
    expect((await usual.query(`{ ${field} }`)).errors).toEqual([]);
    const { errors } = await usual.query(`{ ${aliases(49, field)} }`);
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      { code: "LIMIT_EXCEEDED", limit: "query.cost", asked: expect.any(Number) as number, allowed: 300 },
    ]);
  });

  test("has room for what tools ask of the schema", async () => {
    expect((await usual.query(getIntrospectionQuery())).errors).toEqual([]);
  });
});
