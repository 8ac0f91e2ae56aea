// LAVA's XML-RPC over HTTP: faults, batches, and answers that no XML parser would take.

import { Upstream } from "../../../src/cache/upstream.js";
import { createAsk } from "../../../src/net/ask.js";
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BodyTooLarge, UpstreamError } from "../../../src/errors.js";
import { LavaXmlRpc } from "../../../src/lava/client/xml-rpc.js";
import { HttpClient } from "../../../src/net/http.js";
import { Secret } from "../../../src/net/secret.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { startRawServer } from "../../net/raw-server.js";
import type { RawRequest, RawServer } from "../../net/raw-server.js";
import { jobFile } from "../../support/job-files.js";

const recorded = (name: string): string =>
  readFileSync(new URL(`../../fixtures/lava/xmlrpc/${name}`, import.meta.url), "utf8");
const XML = { "content-type": "application/xml" };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function rpcTo(url: URL, user = "alice"): LavaXmlRpc {
  const http = new HttpClient({ server: "lab", baseUrl: url, limits: { retryDelayMs: 1 } });
  closing.push(() => http.close());
  return new LavaXmlRpc(new Upstream(http), ({ token }) => Promise.resolve(token === null ? null : user));
}
async function setUp(
  handle: (request: RawRequest) => void,
  user?: string,
): Promise<{ server: RawServer; rpc: LavaXmlRpc }> {
  const server = await startRawServer(handle);
  closing.push(() => server.close());
  return { server, rpc: rpcTo(server.url, user) };
}
const answering = (body: string, status = 200, user?: string) =>
  setUp((request) => request.answer(status, body, XML), user);
const failure = async (promise: Promise<unknown>): Promise<UpstreamError> => {
  const error: unknown = await promise.then(
    (value) => value,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpstreamError);
  return error as UpstreamError;
};

describe("LavaXmlRpc.call", () => {
  it("posts to /RPC2 with user and token, or as anonymous", async () => {
    const { server, rpc } = await answering(recorded("system.version.res.xml"), 200, "al:ice");
    expect(await rpc.call("system.version", [], createAsk(new Secret("hunter2")))).toBe("2023.01");
    await rpc.call("system.version", ["a & b", 5], createAsk(null));
    expect(server.requests[0]).toMatchObject({
      line: "POST /RPC2",
      headers: {
        "content-type": "text/xml",
        authorization: `Basic ${Buffer.from("al:ice:hunter2").toString("base64")}`,
      },
    });
    expect(server.requests[1]?.headers).not.toHaveProperty("authorization");
    expect(server.requests[1]?.body).toContain("a &amp; b");
  });

  it.each([
    ["fault-400-state.res.xml", "UpstreamRejected", 400],
    ["fault-401.res.xml", "UpstreamDenied", 401],
    ["fault-403.res.xml", "UpstreamDenied", 403],
    ["fault-404.res.xml", "UpstreamRejected", 404],
    ["fault-internal.res.xml", "UpstreamFailed", -32603],
    ["fault-no-such-method.res.xml", "UpstreamRejected", -32601],
    ["fault-not-xml.res.xml", "UpstreamFailed", -32603],
  ])("throws the fault of %s, though it comes with status 200, as %s", async (file, kind, status) => {
    const { rpc } = await answering(recorded(file));
    const error = await failure(rpc.call("scheduler.jobs.show", [1], createAsk(null)));
    expect(error).toMatchObject({ kind, status, server: "lab", operation: "scheduler.jobs.show" });
    expect(error.message).toMatch(new RegExp(`^lab: scheduler\\.jobs\\.show: fault ${status}: \\S`));
  });

  it.each([
    [302, "UpstreamDenied"],
    [400, "UpstreamDenied"],
    [401, "UpstreamDenied"],
    [403, "UpstreamDenied"],
    [404, "UpstreamRejected"],
    [413, "UpstreamRejected"],
    [500, "UpstreamFailed"],
    [502, "UpstreamFailed"],
  ])("takes the status %i for %s, and shows nothing of the page", async (status, kind) => {
    const { rpc } = await answering("<h2>Invalid token hunter2</h2>", status);
    const error = await failure(rpc.call("system.whoami", [], createAsk(new Secret("hunter2"))));
    expect(error).toMatchObject({ kind, status });
    expect(error.message).toBe(`lab: system.whoami: answered ${status}`);
  });

  it.each([
    ["a page", "<!DOCTYPE html><html><body>It works!</body></html>"],
    ["nothing", ""],
    ["half an answer", recorded("jobs.show.res.xml").slice(0, 400)],
    ["a call", recorded("jobs.show.req.xml")],
  ])("takes %s with status 200 for malformed", async (_, body) => {
    const { rpc } = await answering(body);
    expect(await failure(rpc.call("scheduler.jobs.show", [1], createAsk(null)))).toMatchObject({
      kind: "UpstreamMalformed",
    });
  });

  it("tries a read again when the connection is lost, and a write never", async () => {
    const { server, rpc } = await setUp((request) => {
      if (request.index % 2 === 0) request.socket.resetAndDestroy();
      else request.answer(200, recorded("system.version.res.xml"), XML);
    });
    expect(await rpc.call("system.version", [], createAsk(null))).toBe("2023.01");
    expect(server.requests).toHaveLength(2);
    expect(await failure(rpc.write("scheduler.jobs.cancel", [1], createAsk(null)))).toMatchObject({
      kind: "UpstreamUnreachable",
    });
    expect(server.requests).toHaveLength(3);
  });

  it("stops at the size that the caller wants at most", async () => {
    const { rpc } = await answering(recorded("jobs.show.res.xml"));
    await expect(rpc.call("scheduler.jobs.show", [1], createAsk(null), 100)).rejects.toBeInstanceOf(BodyTooLarge);
  });
});

describe("LavaXmlRpc.multicall", () => {
  const show = (id: number) => ({ method: "scheduler.jobs.show", params: [id] });

  it("answers in the calls' order, with a fault in its own place", async () => {
    const { rpc } = await answering(recorded("system.multicall.res.xml"));
    const answers = await rpc.multicall([show(2), show(2006), { method: "no.such", params: [] }], createAsk(null));
    expect(answers[0]).toMatchObject({ id: 2, description: "qemu shell tests", health_check: false, tags: [] });
    expect(answers[1]).toMatchObject({ kind: "UpstreamDenied", status: 403, operation: "scheduler.jobs.show" });
    expect(answers[2]).toMatchObject({ kind: "UpstreamRejected", status: -32601, operation: "no.such" });
    expect(answers.map((answer) => answer instanceof UpstreamError)).toEqual([false, true, true]);
  });

  it.each([
    ["too few answers", "<array><data></data></array>", "expected 2 answers, got 0"],
    ["something else", "<string>x</string>", "expected 2 answers, got string"],
  ])("takes %s for malformed", async (_, value, message) => {
    const { rpc } = await answering(
      `<?xml version='1.0'?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`,
    );
    const error = await failure(rpc.multicall([show(1), show(2)], createAsk(null)));
    expect(error).toMatchObject({ kind: "UpstreamMalformed", operation: "system.multicall" });
    expect(error.message).toContain(message);
  });

  it("takes one answer that is neither value nor fault for malformed, and keeps the others", async () => {
    const { rpc } = await answering(
      "<?xml version='1.0'?><methodResponse><params><param><value><array><data>" +
        "<value><int>5</int></value><value><array><data><value><int>6</int></value></data></array></value>" +
        "</data></array></value></param></params></methodResponse>",
    );
    const [odd, good] = await rpc.multicall([show(1), show(2)], createAsk(null));
    expect(odd).toMatchObject({ kind: "UpstreamMalformed", operation: "scheduler.jobs.show" });
    expect(good).toBe(6);
  });
});

describe("over the sandbox", () => {
  let lava: LavaSandbox;
  beforeAll(async () => {
    lava = await createLavaSandbox({ jobs: 0, events: false });
  });
  afterAll(() => lava.close());

  it("reads texts with control characters, which LAVA writes without escaping them", async () => {
    const name = "\u001b[31mred\u001b[0m \u0000 \u0008 <&> é 😀";
    const definition = jobFile("queued").replace(/^job_name: .*$/m, `job_name: ${JSON.stringify(name)}`);
    const [id = ""] = lava.submit("alice", definition);
    const rpc = rpcTo(new URL(lava.url));
    expect(await rpc.call("scheduler.jobs.show", [Number(id)], createAsk(null))).toMatchObject({ description: name });
    const [shown] = await rpc.multicall([{ method: "scheduler.jobs.show", params: [Number(id)] }], createAsk(null));
    expect(shown).toMatchObject({ description: name });
  });

  it("refuses a wrong token with HTTP 401", async () => {
    const rpc = rpcTo(new URL(lava.url));
    const error = await failure(rpc.call("system.whoami", [], createAsk(new Secret("hunter2"))));
    expect(error).toMatchObject({ kind: "UpstreamDenied", status: 401 });
    const { token } = lava.users.alice;
    expect(await rpc.call("system.whoami", [], createAsk(new Secret(token)))).toBe("alice");
  });
});
