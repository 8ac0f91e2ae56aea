// Changes at a Cuirass through the whole gateway: no viewer's token goes there, and no configured secret comes out.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/net/secret.js";
import { startRawServer } from "../net/raw-server.js";
import type { RawServer } from "../net/raw-server.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

let farm: RawServer;
let gateway: TestGateway;

beforeAll(async () => {
  farm = await startRawServer(({ line, answer }) => {
    if (line.startsWith("POST ")) answer(200, '{"jobset":"master"}', { "Content-Type": "application/json" });
    else answer(403, "<html>no</html>", { "Content-Type": "text/html" });
  });
  const login = { username: "etna", password: new Secret("hunter2") };
  const credentials = { login, certificate: null };
  gateway = await startGateway({
    lava: [{ name: "lab", url: "http://127.0.0.1:9" }],
    cuirass: [{ name: "guix", url: farm.url.href, mutations: true, credentials }],
  });
});

afterAll(async () => {
  await gateway.close();
  await farm.close();
});

describe("a change at a Cuirass", () => {
  it("carries the configured login and nothing of the viewer's", async () => {
    const { data, errors } = await gateway.query(
      `mutation { evaluateSpecification(specification: { name: "master" }) { __typename ... on EvaluationRequested { specification { name } } }
        registerDashboard(specification: { name: "master" }, names: ["x"]) { __typename } }`,
      {},
      { Authorization: "Token viewers-secret", "X-Etna-Token": "lab=viewers-other-secret", Cookie: "session=1" },
    );
    expect(data).toEqual({
      evaluateSpecification: { __typename: "EvaluationRequested", specification: null },
      registerDashboard: null,
    });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(["UPSTREAM_DENIED"]);
    const sent = JSON.stringify(farm.requests.map(({ line, headers, body }) => [line, headers, body]));
    expect(sent).not.toContain("viewers-");
    expect(sent).not.toContain("session=1");
    const basic = `Basic ${Buffer.from("etna:hunter2").toString("base64")}`;
    expect(farm.requests.map(({ line, headers }) => [line.split("?")[0], headers.authorization])).toEqual([
      ["GET /specifications", undefined],
      ["POST /jobset/master/hook/evaluate", basic],
      ["GET /api/dashboard/register", basic],
    ]);
    for (const secret of ["hunter2", basic.slice(6)]) {
      expect(JSON.stringify([errors, gateway.logLines])).not.toContain(secret);
    }
  });

  it("is not made by a GET", async () => {
    const before = farm.requests.length;
    const query = encodeURIComponent(
      `mutation { evaluateSpecification(specification: { name: "master" }) { __typename } }`,
    );
    const reply = await fetch(`${gateway.origin}/graphql?query=${query}`, {
      headers: { "apollo-require-preflight": "1", accept: "application/json" },
    });
    expect(reply.status).toBe(405);
    expect(farm.requests).toHaveLength(before);
  });
});
