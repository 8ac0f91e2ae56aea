// Changes at a Cuirass: off by default, tried once, with the configured credentials and no others, and read back.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { Secret } from "../../../src/net/secret.js";
import { startRawServer } from "../../net/raw-server.js";
import type { RawRequest, RawServer } from "../../net/raw-server.js";
import { readRecording } from "../../support/http-replay.js";
import { createGraph } from "../graph.js";
import type { Graph } from "../graph.js";

let sandbox: CuirassSandbox;
let graph: Graph;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  sandbox = await createCuirassSandbox();
  graph = createGraph({ guix: sandbox.url }, { retryDelayMs: 1 }, { mutations: true });
  opened.push(graph, sandbox);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of opened.splice(0)) await one.close();
});

async function dataOf(document: string) {
  const { data, errors, reported } = await graph.query(document);
  expect([errors, reported]).toEqual([[], []]);
  return data;
}

const RESTART = `mutation { restartBuild(build: { buildId: 40 }) { ... on BuildRestarted { build { buildId status } } ... on CuirassRefused { reason } } }`;
const register = (name: string) =>
  `mutation { registerDashboard(specification: { name: "${name}" }, names: ["hello.x86_64-linux", "gtk+.x86_64-linux"]) {
    ... on DashboardRegistered { dashboard { dashboardId url evaluation { evaluationId } } } ... on CuirassRefused { reason message } } }`;
const ALL = [
  RESTART,
  `mutation { restartEvaluation(evaluation: { evaluationId: 17 }) { __typename } }`,
  `mutation { cancelEvaluation(evaluation: { evaluationId: 17 }) { __typename } }`,
  `mutation { retryEvaluation(evaluation: { evaluationId: 17 }) { __typename } }`,
  `mutation { evaluateSpecification(specification: { name: "master" }) { __typename } }`,
  `mutation { registerDashboard(specification: { name: "master" }, names: ["hello.x86_64-linux"]) { __typename } }`,
];

describe("changes at a Cuirass", () => {
  it.each(ALL)("are off unless the configuration says otherwise: %s", async (document) => {
    const careful = createGraph({ guix: sandbox.url });
    opened.push(careful);
    const { errors } = await careful.query(document);
    expect(errors).toEqual([
      "guix: changes are off: its entry under `cuirass` in Etna's configuration does not say `mutations: true`",
    ]);
    expect(sandbox.requests.total()).toBe(0);
  });

  it("restart a build, which is read back", async () => {
    const before = await dataOf(`{ build(buildId: 40) { status } }`);
    expect(before.build.status).toBe("SUCCEEDED");
    sandbox.requests.reset();
    const { restartBuild } = await dataOf(RESTART);
    expect(restartBuild).toEqual({ build: { buildId: 40, status: "SCHEDULED" } });
    expect(sandbox.requests.counts()).toEqual({ "GET /build/ID": 2, "GET /admin/build/ID/restart": 1 });
  });

  it("restart no build that does not exist, although Cuirass would say yes", async () => {
    const { restartBuild } = await dataOf(RESTART.replace("40", "99999"));
    expect(restartBuild).toEqual({ reason: "NO_SUCH_BUILD" });
    expect(sandbox.requests.counts()).toEqual({ "GET /build/ID": 1 });
  });

  it("cancel, restart and retry an evaluation, and say what came of it", async () => {
    const change = (name: string, id = 17) =>
      `mutation { change: ${name}(evaluation: { evaluationId: ${id} }) { ... on EvaluationChanged { evaluation { evaluationId status summary { canceled pending total } } } ... on CuirassRefused { reason } } }`;
    const before = (await dataOf(`{ evaluation(evaluationId: 17) { summary { canceled pending total } } }`)).evaluation;
    expect(before.summary.pending).toBeGreaterThan(0);
    const canceled = (await dataOf(change("cancelEvaluation"))).change.evaluation;
    expect(canceled.summary.canceled).toBeGreaterThan(before.summary.canceled);
    expect(canceled.summary.total).toBe(before.summary.total);
    const restarted = (await dataOf(change("restartEvaluation"))).change.evaluation;
    expect(restarted.summary.pending).toBeGreaterThan(before.summary.pending);
    const retried = (await dataOf(change("retryEvaluation"))).change.evaluation;
    expect(retried).toMatchObject({ evaluationId: 17, status: "STARTED" });
    sandbox.requests.reset();
    expect((await dataOf(change("cancelEvaluation", 999))).change).toEqual({ reason: "NO_SUCH_EVALUATION" });
    expect(sandbox.requests.counts()).toEqual({ "GET /api/evaluation": 1, "GET /eval/ID": 1 });
    // Cuirass can't show it any more, but cancel it.
    sandbox.addChannel("master");
    expect((await dataOf(change("cancelEvaluation"))).change).toEqual({ evaluation: null });
  });

  it("ask for an evaluation, and say when there is no such specification", async () => {
    const ask = (name: string) =>
      `mutation { evaluateSpecification(specification: { name: ${JSON.stringify(name)} }) { ... on EvaluationRequested { specification { name evaluations(first: 1) { nodes { evaluationId status } } } } ... on CuirassRefused { reason message } } }`;
    const { evaluateSpecification } = await dataOf(ask("images"));
    expect(evaluateSpecification.specification).toEqual({
      name: "images",
      evaluations: { nodes: [{ evaluationId: 21, status: "STARTED" }] },
    });
    for (const name of ["nosuch", "a b&c?d", "ä"]) {
      const message = `there is no specification ${name}`;
      expect((await dataOf(ask(name))).evaluateSpecification).toEqual({ reason: "NO_SUCH_SPECIFICATION", message });
    }
    sandbox.deactivateSpecification("images");
    sandbox.requests.reset();
    const refusal = {
      reason: "NO_SUCH_SPECIFICATION",
      message: "specification images is inactive: nothing of it is evaluated or built",
    };
    expect((await dataOf(ask("images"))).evaluateSpecification).toEqual(refusal);
    expect((await dataOf(register("images"))).registerDashboard).toEqual(refusal);
    expect(sandbox.requests.counts()).toEqual({ "GET /specifications": 2, "GET /api/evaluations": 2 });
  });

  it("register a dashboard at the address that works", async () => {
    const { dashboard } = (await dataOf(register("master"))).registerDashboard;
    expect(dashboard.dashboardId).toMatch(/^\w{16}$/);
    expect(dashboard).toMatchObject({
      url: `${sandbox.url}/eval/17/dashboard/${dashboard.dashboardId}`,
      evaluation: { evaluationId: 17 },
    });
    expect((await fetch(dashboard.url)).status).toBe(200);
    expect((await dataOf(register("nosuch"))).registerDashboard).toMatchObject({ reason: "NO_SUCH_SPECIFICATION" });
  });

  it("are tried once, also where a read would be tried again", async () => {
    for (const fault of [{ kind: "reset" }, { kind: "status", status: 503 }] as const) {
      sandbox.requests.reset();
      sandbox.fault = ({ path }) => (path.startsWith("/admin/") ? fault : undefined);
      const { data, errors } = await graph.query(RESTART);
      expect(data.restartBuild).toBeNull();
      expect(errors).toEqual([expect.stringMatching(/^guix: GET \/admin\/build\/ID\/restart: /)]);
      expect(sandbox.requests.counts()["GET /admin/build/ID/restart"]).toBe(1);
    }
  });

  it("do not look like a failure when only the reading back fails", async () => {
    let changed = false;
    sandbox.fault = ({ path }) => {
      if (changed) return { kind: "reset" };
      changed = path.startsWith("/admin/");
      return undefined;
    };
    expect((await dataOf(RESTART)).restartBuild).toEqual({ build: null });
  });

  it.each([
    [`mutation { restartBuild(build: { buildId: 0 }) { __typename } }`, "build.buildId: 0 is not an id"],
    [
      `mutation { cancelEvaluation(evaluation: { evaluationId: -1 }) { __typename } }`,
      "evaluation.evaluationId: -1 is not an id",
    ],
    [`mutation { evaluateSpecification(specification: { name: "" }) { __typename } }`, "specification.name: is empty"],
    [
      `mutation { evaluateSpecification(specification: { name: "../x" }) { __typename } }`,
      "specification.name: no specification's name",
    ],
    [
      `mutation { evaluateSpecification(specification: { name: ".." }) { __typename } }`,
      "specification.name: no specification's name",
    ],
    [
      `mutation { evaluateSpecification(specification: { name: "a\\u0007" }) { __typename } }`,
      "specification.name: no specification",
    ],
    [
      `mutation { evaluateSpecification(specification: { name: "${"x".repeat(201)}" }) { __typename } }`,
      "more than 200 characters",
    ],
    [`mutation { registerDashboard(specification: { name: "master" }, names: []) { __typename } }`, "names: is empty"],
    [
      `mutation { registerDashboard(specification: { name: "master" }, names: ["a,b"]) { __typename } }`,
      'names: "a,b" holds ,',
    ],
    [
      `mutation { registerDashboard(specification: { name: "a&b" }, names: ["a"]) { __typename } }`,
      'specification.name: holds "&"',
    ],
  ])("refuse %s", async (document, message) => {
    const { errors } = await graph.query(document);
    expect(errors).toEqual([expect.stringContaining(message)]);
    expect(sandbox.requests.total()).toBe(0);
  });
});

describe("a reverse proxy before it", () => {
  const BUILD = readRecording("build-succeeded.http").bytes.toString();
  const body = BUILD.slice(BUILD.indexOf("\r\n\r\n") + 4);
  const right = `Basic ${Buffer.from("etna:geheim:ß").toString("base64")}`;

  async function behind(
    answer: (request: RawRequest) => void,
    password = "geheim:ß",
  ): Promise<{ proxy: RawServer; behindProxy: Graph }> {
    const proxy = await startRawServer((request) => {
      if (request.line.startsWith("GET /build/")) request.answer(200, body, { "Content-Type": "application/json" });
      else answer(request);
    });
    const login = { username: "etna", password: new Secret(password) };
    const credentials = { login, certificate: null };
    const behindProxy = createGraph({ guix: proxy.url.href }, {}, { mutations: true, credentials });
    opened.push(behindProxy, proxy);
    return { proxy, behindProxy };
  }

  const checking = ({ headers, answer }: RawRequest) => {
    if (headers.authorization === right) answer(302, "", { Location: "/build/7/details" });
    else answer(401, "who are you?", { "WWW-Authenticate": "Basic" });
  };

  it("gets the configured credentials with changes, and nobody else's and no reads do", async () => {
    const { proxy, behindProxy } = await behind(checking);
    const { data, errors } = await behindProxy.query(RESTART);
    expect(errors).toEqual([]);
    expect(data.restartBuild.build.status).toBe("SUCCEEDED");
    expect(proxy.requests.map(({ line, headers }) => [line.split(" ")[1], headers.authorization])).toEqual([
      ["/build/40", undefined],
      ["/admin/build/40/restart", right],
      ["/build/40", undefined],
    ]);
  });

  it("is told apart when it refuses them, without telling them", async () => {
    const { behindProxy } = await behind(checking, "wrong-secret");
    const { errors } = await behindProxy.query(RESTART);
    expect(errors).toEqual([
      "guix: GET /admin/build/ID/restart: answered 401: the proxy before it wants other `credentials` than the configuration has",
    ]);
  });

  it("does not get away with its login page", async () => {
    for (const Location of ["https://login.example.org/?next=%2Fadmin", "/login"]) {
      const { behindProxy } = await behind(({ answer }) => answer(302, "", { Location }));
      const { errors } = await behindProxy.query(RESTART);
      expect(errors).toEqual([expect.stringContaining("a redirect that is not Cuirass': a proxy's login page?")]);
    }
  });

  it("gets a POST of known length", async () => {
    const { proxy, behindProxy } = await behind(({ line, answer }) =>
      line.startsWith("POST")
        ? answer(404, '{"error":"Jobset not found."}', { "Content-Type": "application/json" })
        : answer(500),
    );
    const { data } = await behindProxy.query(
      `mutation { evaluateSpecification(specification: { name: "core updates" }) { ... on CuirassRefused { reason } } }`,
    );
    expect(data.evaluateSpecification).toEqual({ reason: "NO_SUCH_SPECIFICATION" });
    const request = proxy.requests.find(({ line }) => line.startsWith("POST"));
    expect(request?.line).toMatch(/^POST \/jobset\/core%20updates\/hook\/evaluate( |$)/);
    expect([request?.headers["content-length"], request?.headers["transfer-encoding"]]).toEqual(["0", undefined]);
  });

  it("sees the configured certificate with changes only, as Cuirass' manual has it", async () => {
    const read = (file: string) => readFileSync(join(import.meta.dirname, "../../fixtures/tls", file), "utf8");
    const seen: [path: string | undefined, name: unknown][] = [];
    const proxy = createServer(
      {
        cert: read("server.pem"),
        key: read("server.key"),
        ca: read("client.pem"),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => {
        const peer = (request.socket as TLSSocket).getPeerCertificate();
        seen.push([request.url, (request.socket as TLSSocket).authorized ? peer.subject.CN : null]);
        if (request.url?.startsWith("/admin/") !== true) response.end(body);
        else if ((request.socket as TLSSocket).authorized)
          response.writeHead(302, { location: "/build/7/details" }).end();
        else response.writeHead(403).end();
      },
    );
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    opened.push({ close: () => new Promise((done) => proxy.close(() => done())) });
    // Nobody vouches for the server's certificate.
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const certificate = { certificate: read("client.pem"), key: new Secret(read("client.key")) };
    for (const [credentials, name] of [
      [{ login: null, certificate }, "etna-test-client"],
      [null, null],
    ] as const) {
      const over = createGraph({ guix: url }, {}, { mutations: true, credentials });
      const { errors } = await over.query(RESTART);
      await over.close();
      expect(errors).toHaveLength(name === null ? 1 : 0);
      const paths =
        name === null
          ? ["/build/40", "/admin/build/40/restart"]
          : ["/build/40", "/admin/build/40/restart", "/build/40"];
      expect(seen.splice(0)).toEqual(paths.map((path) => [path, path.startsWith("/admin/") ? name : null]));
    }
  });
});
