// The sandbox LAVA's XML-RPC against recorded answers, and the faults a test can order on any request.
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLavaSandbox, type LavaSandbox } from "../../src/sandbox/lava/index.js";

type User = "admin" | "alice" | "bob";

let lava: LavaSandbox;

beforeAll(async () => {
  lava = await createLavaSandbox();
});

afterEach(() => {
  lava.fault = undefined;
});

afterAll(() => lava.close());

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/lava/xmlrpc/${name}`, import.meta.url), "utf8");

type Param = string | number | boolean | null;

function param(value: Param): string {
  if (typeof value === "number") return `<int>${value}</int>`;
  if (typeof value === "boolean") return `<boolean>${value ? 1 : 0}</boolean>`;
  if (value === null) return "<nil/>";
  return `<string>${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</string>`;
}

function post(body: string, headers: Record<string, string>, path = "/RPC2"): Promise<Response> {
  return fetch(`${lava.url}${path}`, {
    method: "POST",
    body,
    redirect: "manual",
    headers: { "content-type": "text/xml", ...headers },
  });
}

const basic = (name: string, token: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${name}:${token}`).toString("base64")}`,
});

const as = (user: User | undefined): Record<string, string> =>
  user === undefined ? {} : basic(lava.users[user].name, lava.users[user].token);

/** The answer without the white space between elements. */
async function call(method: string, params: readonly Param[] = [], user?: User): Promise<string> {
  const list = params.map((value) => `<param><value>${param(value)}</value></param>`).join("");
  const response = await post(
    `<?xml version='1.0'?><methodCall><methodName>${method}</methodName><params>${list}</params></methodCall>`,
    as(user),
  );
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/xml"]);
  return flat(await response.text());
}

const flat = (xml: string): string =>
  xml
    .replace(/^<\?xml[^>]*\?>/, "")
    .replace(/>\s+</g, "><")
    .trim();
/** Names of members in order, each with the element of its value. */
const members = (xml: string): string[] =>
  [...xml.matchAll(/<name>([^<]*)<\/name><value><([a-zA-Z0-9.]+)/g)].map(([, name, type]) => `${name} ${type}`);
const fault = (code: number, text: string): string =>
  flat(`<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>${code}</int></value></member>
    <member><name>faultString</name><value><string>${text}</string></value></member></struct></value></fault></methodResponse>`);

describe("answers have the members of recorded ones", () => {
  it.each([
    ["scheduler.jobs.show", [4], "jobs.show.res.xml"],
    ["scheduler.jobs.show", ["11.1"], "jobs.show-multinode.res.xml"],
    ["scheduler.jobs.show", [61], "jobs.show-queued.res.xml"],
    ["scheduler.devices.show", ["qemu-01"], "devices.show.res.xml"],
    ["scheduler.device_types.show", ["qemu"], "device_types.show.res.xml"],
    ["scheduler.workers.show", ["worker-01"], "workers.show.res.xml"],
    ["scheduler.tags.show", ["hdmi"], "tags.show.res.xml"],
  ] as const)("%s %s", async (method, params, name) => {
    const answer = await call(method, params, "alice");
    expect(members(answer)).toEqual(members(flat(fixture(name))));
  });

  it.each([
    ["scheduler.jobs.list", ["RUNNING"], "jobs.list.res.xml", 0],
    ["scheduler.jobs.list", [null, "incomplete", 0, 25, 0, true], "jobs.list-verbose.res.xml", 11],
    ["scheduler.jobs.queue", [], "jobs.queue.res.xml", 4],
    ["scheduler.devices.list", [], "devices.list.res.xml", 6],
    ["scheduler.device_types.list", [], "device_types.list.res.xml", 4],
  ] as const)("%s %s, of each item", async (method, params, name, size) => {
    const answer = await call(method, params, "alice");
    const names = (xml: string): string[] =>
      members(xml)
        .slice(0, size)
        .map((one) => one.split(" ")[0] ?? "");
    expect(names(answer)).toEqual(names(flat(fixture(name))));
  });

  it.each([
    ["system.version", [], "system.version.res.xml", undefined],
    ["system.api_version", [], "system.api_version.res.xml", undefined],
    ["system.whoami", [], "system.whoami.res.xml", "alice"],
    ["system.whoami", [], "system.whoami-anonymous.res.xml", undefined],
    ["system.methodSignature", ["system.version"], "system.methodSignature.res.xml", "alice"],
    ["scheduler.tags.list", [], "tags.list.res.xml", "alice"],
    ["scheduler.aliases.list", [], "aliases.list.res.xml", "alice"],
    ["scheduler.jobs.cancel", [4], "jobs.cancel.res.xml", "alice"],
    [
      "scheduler.jobs.validate",
      ["job_name: x\nvisibility: public\ntimeouts: {}"],
      "jobs.validate-bad.res.xml",
      "alice",
    ],
    ["scheduler.jobs.logs", [61], "jobs.logs-queued.res.xml", "alice"],
  ] as const)("%s %s says what was recorded", async (method, params, name, user) => {
    const text = (xml: string): string =>
      xml.replace(/(<base64>)\s*([^<\s]*)\s*/, "$1$2").replaceAll("<nil></nil>", "<nil/>");
    expect(text(await call(method, params, user))).toBe(text(flat(fixture(name))));
  });
});

describe("faults of LAVA", () => {
  it.each([
    ["scheduler.jobs.show", [8], "alice", 403, "Job '8' not available to user 'alice'."],
    ["scheduler.jobs.show", [8], undefined, 403, "Job '8' not available to user 'AnonymousUser'."],
    ["scheduler.jobs.show", [999999], "alice", 404, "Job '999999' was not found."],
    [
      "scheduler.jobs.show",
      [],
      "alice",
      -32603,
      "Internal Server Error (contact server administrator for details): SchedulerJobsAPI.show() missing 1 required positional argument: 'job_id'",
    ],
    [
      "scheduler.jobs.show",
      ["abc"],
      "alice",
      -32603,
      "Internal Server Error (contact server administrator for details): Field 'id' expected a number but got 'abc'.",
    ],
    ["scheduler.jobs.list", ["bad"], "alice", 400, "Invalid state 'bad'"],
    ["scheduler.jobs.submit", ["x"], undefined, 401, "Authentication with user and token required for this API."],
    [
      "scheduler.jobs.submit",
      ["job_name: x\nvisibility: public\ntimeouts: {}\nactions: [{boot: {}}]\ndevice_type: nope"],
      "alice",
      400,
      "Device unavailable: Device type 'nope' is unavailable.",
    ],
    ["scheduler.device_types.show", ["fvp"], "alice", 404, "Device-type 'fvp' was not found."],
    ["scheduler.devices.show", ["fvp-01"], "alice", 403, "Device 'fvp-01' not available to user 'alice'."],
    ["results.get_testjob_results_yaml", [8], "alice", 401, "Permission denied for user to job 8"],
    ["results.get_testjob_results_yaml", [999999], "alice", 404, "Specified job not found."],
    [
      "results.get_testjob_results_yaml",
      [4],
      undefined,
      401,
      "Authentication with user and token required for this API.",
    ],
    ["no.such", [], "alice", -32601, "No such method: 'no.such'"],
  ] as const)("%s %j as %s: %i", async (method, params, user, code, text) => {
    expect(await call(method, params, user)).toBe(fault(code, text));
  });

  it("does not decode what is no call", async () => {
    const response = await post("this is not xml", as("alice"));
    expect([response.status, flat(await response.text())]).toEqual([200, flat(fixture("fault-not-xml.res.xml"))]);
  });

  it("refuses a wrong token with 401 and other schemes with 400, in plain text", async () => {
    const wrong = await post(
      "<methodCall><methodName>system.version</methodName></methodCall>",
      basic("alice", "nobody"),
    );
    expect([wrong.status, await wrong.text(), wrong.headers.get("www-authenticate")]).toEqual([
      401,
      "Invalid token",
      'Basic realm="XML-RPC Authentication token"',
    ]);
    const token = await post("<methodCall><methodName>system.version</methodName></methodCall>", {
      authorization: "Token alice-sandbox-token",
    });
    expect(token.status).toBe(400);
    expect((await fetch(`${lava.url}/RPC2`, { redirect: "manual" })).status).toBe(302);
  });
});

describe("what the wire looks like", () => {
  it("sends times in UTC whole seconds, wherever it runs", async () => {
    const job = (await (await fetch(`${lava.url}/api/v0.2/jobs/4/`)).json()) as { start_time: string };
    const time = job.start_time.slice(0, 19).replaceAll("-", "");
    expect(await call("scheduler.jobs.show", [4])).toContain(
      `<name>start_time</name><value><dateTime.iso8601>${time}</dateTime.iso8601>`,
    );
  });

  it("escapes markup with entities and leaves control characters as they are", async () => {
    const [id = ""] = lava.submit(
      "alice",
      'job_name: "a <b> & \\e[31mred"\nvisibility: public\ntimeouts: {}\ndevice_type: beaglebone-black\nactions: [{boot: {}}]\n',
    );
    expect(await call("scheduler.jobs.show", [Number(id)])).toContain(
      "<string>a &lt;b&gt; &amp; \u001b[31mred</string>",
    );
    await call("scheduler.jobs.cancel", [Number(id)], "alice");
  });

  it("answers a batch in order, faults in place, counted once", async () => {
    lava.requests.reset();
    const response = await post(
      fixture("system.multicall.req.xml").replace("<int>2</int>", "<int>4</int>").replace("2006", "8"),
      as("alice"),
    );
    const answer = flat(await response.text());
    expect(members(answer)).toEqual(members(flat(fixture("system.multicall.res.xml"))));
    expect(answer).toContain("Job '8' not available to user 'alice'.");
    expect(lava.requests.counts()).toEqual({ "RPC system.multicall": 1 });
  });

  it("gives results as text", async () => {
    const rest = await (await fetch(`${lava.url}/api/v0.2/jobs/4/csv/`)).text();
    const answer = await call("results.get_testjob_results_csv", [4], "alice");
    const text = /<string>(.*)<\/string>/s.exec(answer)?.[1] ?? "";
    expect(text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")).toBe(rest);
    expect(await call("results.get_testsuite_results_count", [4, "0_ltp-syscalls"], "alice")).toContain(
      "<int>26</int>",
    );
    expect(await call("scheduler.get_publisher_event_socket")).toContain(
      `<string>${lava.eventUrl.replace("127.0.0.1", "*")}</string>`,
    );
  });
});

describe("faults that a test orders", () => {
  const version = (): Promise<Response> => fetch(`${lava.url}/api/v0.2/system/version/`);

  it("sees method, path and XML-RPC method of each request", async () => {
    const seen: unknown[] = [];
    lava.fault = (request) => {
      seen.push(request);
      return undefined;
    };
    await version();
    await call("system.version");
    expect(seen).toMatchObject([
      { method: "GET", path: "/api/v0.2/system/version/" },
      { method: "POST", path: "/RPC2", rpcMethod: "system.version" },
    ]);
  });

  it("never answers", async () => {
    lava.fault = () => ({ kind: "hang" });
    const giveUp = new AbortController();
    const answer = fetch(`${lava.url}/api/v0.2/system/version/`, { signal: giveUp.signal });
    while (lava.requests.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    giveUp.abort();
    await expect(answer).rejects.toThrow("abort");
    while (lava.requests.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("answers late", async () => {
    lava.fault = () => ({ kind: "delay", ms: 30 });
    expect(await (await version()).json()).toEqual({ version: "2023.01" });
  });

  it("resets the connection", async () => {
    lava.fault = () => ({ kind: "reset" });
    await expect(version()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  });

  it("cuts the body in the middle", async () => {
    lava.fault = () => ({ kind: "cut" });
    const response = await version();
    expect([response.status, response.headers.get("content-length")]).toEqual([200, "21"]);
    await expect(response.text()).rejects.toThrow();
  });

  it("answers with a page, a status or a lie", async () => {
    lava.fault = () => ({ kind: "html" });
    const page = await version();
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    lava.fault = () => ({ kind: "status", status: 503, body: "busy", contentType: "text/plain" });
    const busy = await version();
    expect([busy.status, await busy.text(), busy.headers.get("content-type")]).toEqual([503, "busy", "text/plain"]);
    lava.fault = () => ({ kind: "json", body: { version: 2023 } });
    expect(await (await version()).json()).toEqual({ version: 2023 });
    expect(await call("system.version")).toContain("<name>version</name><value><int>2023</int></value>");
  });
});

it("closes with a request hanging, and twice", async () => {
  const other = await createLavaSandbox({ jobs: 0 });
  other.fault = () => ({ kind: "hang" });
  const answer = fetch(other.url).then(
    () => "answered",
    () => "ended",
  );
  while (other.requests.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
  await other.close();
  await other.close();
  expect(await answer).toBe("ended");
});
