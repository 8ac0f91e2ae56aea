import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CuirassClient } from "../../../src/cuirass/client/client.js";
import { readJobNames, readQueryText, toBuildId, toEvaluationId } from "../../../src/cuirass/protocol/ids.js";
import type { StoreItem } from "../../../src/cuirass/protocol/ids.js";
import { UpstreamError } from "../../../src/errors.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { readJsonRecording, readRecording } from "../../support/http-replay.js";
import { connect, handMade, replay } from "../connect.js";
import type { Connected } from "../connect.js";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function replayed(...recordings: Parameters<typeof replay>): Promise<Connected> {
  const connected = await replay(...recordings);
  opened.push(connected);
  return connected;
}

async function failureOf(promise: Promise<unknown>): Promise<UpstreamError> {
  const error = await promise.then(() => undefined).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UpstreamError);
  return error as UpstreamError;
}

const JSON_HEAD = ["HTTP/1.1 200 OK", "Content-Type: application/json;charset=utf-8"];
const text = (value: string) => readQueryText("test", value);

describe("builds", () => {
  it.each([
    ["build-succeeded.http", { id: 2, buildstatus: 0, weather: -1, stoptime: 1793164781 }],
    ["build-failed.http", { id: 15, buildstatus: 1 }],
    ["build-failed-dependency.http", { id: 19271, buildstatus: 2 }],
    ["build-failed-other.http", { id: 18982, buildstatus: 3, weather: 1 }],
    ["build-canceled.http", { id: 19012, buildstatus: 4, timestamp: 0, starttime: 0, stoptime: 0 }],
    ["build-started.http", { id: 19330, buildstatus: -1, stoptime: 0 }],
    ["build-scheduled.http", { id: 19259, buildstatus: -2, starttime: 0 }],
    ["build-submitted.http", { id: 20271, buildstatus: -3 }],
    ["build-restarted.http", { id: 240, buildstatus: -2, starttime: 0 }],
    ["build-new-success.http", { id: 5017, weather: 0 }],
    ["build-new-failure.http", { id: 5022, weather: 1 }],
    ["build-unicode-nixname.http", { id: 300, nixname: 'café-“1.0” <&>"q' }],
  ])("decodes %s", async (file, expected) => {
    const { client } = await replayed(file);
    expect(await client.build(toBuildId(expected.id))).toMatchObject(expected);
  });

  it("shows a product once, although Cuirass repeats it for each output", async () => {
    const { client } = await replayed("build-products-3-outputs-1-product.http");
    const build = await client.build(toBuildId(5149));
    expect(build?.buildproducts.map(({ id, "file-size": size }) => [id, size])).toEqual([[1, 2_789_855_067]]);
    expect(Object.keys(build?.buildoutputs ?? {}).sort()).toEqual(["debug", "doc", "out"]);
  });

  it("keeps an output whose key Cuirass repeats for each product", async () => {
    const { client } = await replayed("build-products-1-output-2-products.http");
    const build = await client.build(toBuildId(5439));
    expect(build?.buildoutputs).toEqual({
      out: { path: "/gnu/store/lmzgyi49w7jij1i6q4y91gnmcx6il5wi-qcow2-image-1.0" },
    });
    expect(build?.buildproducts.map(({ id, type }) => [id, type])).toEqual([
      [2, "qcow2-image"],
      [89, "doc"],
    ]);
  });

  it("finds one by its derivation, and by an output", async () => {
    const { client } = await replayed("build-by-drv.http", "output.http", "output-404.http");
    const derivation = "vpdhq3wgbkf9hqn00qy85zbql6gnc02x-guix-1.4.0-1.drv" as StoreItem;
    expect(await client.buildByDerivation(derivation)).toMatchObject({ id: 2 });
    expect(await client.buildByOutput("8d8svppvsz2i6065r1p2r4awbi0zc1ns-guix-1.4.0-1" as StoreItem)).toMatchObject({
      id: 2,
    });
    expect(await client.buildByOutput("nosuch" as StoreItem)).toBeNull();
  });

  it("is null for an unknown one", async () => {
    const { client } = await replayed("build-404-unknown.http");
    expect(await client.build(toBuildId(999_999))).toBeNull();
  });

  it("decodes the long lists", async () => {
    const { client } = await replayed(
      readJsonRecording("/api/latestbuilds?nr=100", "latestbuilds-nr100.json"),
      readJsonRecording("/api/queue?nr=100", "queue-nr100.json"),
    );
    const finished = await client.latestBuilds({}, 100);
    expect(finished).toHaveLength(100);
    expect(finished.every(({ buildstatus }) => buildstatus >= 0)).toBe(true);
    const unfinished = await client.queue({}, 100);
    expect(unfinished).toHaveLength(100);
    expect(unfinished.every(({ buildstatus }) => buildstatus < 0)).toBe(true);
  });

  it("sends filters as they are, since Cuirass decodes nothing", async () => {
    const { client, requests } = await replayed("latestbuilds-filters.http");
    const query = { specification: text("master"), job: text("gtk+.x86_64-linux"), system: text("x86_64-linux") };
    expect((await client.latestBuilds(query, 3)).map(({ id }) => id)).toEqual([11958, 11591, 22]);
    expect(requests).toEqual(["GET /api/latestbuilds?nr=3&jobset=master&job=gtk+.x86_64-linux&system=x86_64-linux"]);
  });

  it("asks for one evaluation by id", async () => {
    const path = "/api/latestbuilds?nr=2&evaluation=7&order=1";
    const { client } = await replayed(handMade(path, JSON_HEAD, "[]"));
    const query = { evaluation: toEvaluationId(7), byId: true };
    expect(await client.latestBuilds(query, 2)).toEqual([]);
  });
});

describe("evaluations", () => {
  it.each([
    ["evaluation-succeeded.http", { id: 200, status: 0, evaltime: 1795308631 }],
    ["evaluation-failed.http", { id: 24, status: 1, evaltime: 0 }],
    ["evaluation-aborted.http", { id: 51, status: 2 }],
    ["evaluation-started.http", { id: 201, status: -1 }],
  ])("decodes %s", async (file, expected) => {
    const { client } = await replayed(file);
    expect(await client.shownEvaluation(toEvaluationId(expected.id))).toMatchObject(expected);
  });

  it("takes the empty 500 of an unknown one for what it is", async () => {
    const { client } = await replayed("evaluation-500-unknown.http");
    expect(await client.shownEvaluation(toEvaluationId(999_999))).toBeNull();
  });

  it("lists them, of all specifications or of one", async () => {
    const { client } = await replayed(
      "evaluations-nr3.http",
      "evaluations-spec-images-nr2.http",
      "evaluations-unknown-spec.http",
    );
    expect((await client.evaluations(3))?.map(({ id }) => id)).toEqual([201, 200, 199]);
    const images = await client.evaluations(2, text("images"));
    expect(images?.[0]?.checkouts.map(({ channel }) => channel)).toEqual(["guix", "extra-channel"]);
    expect(await client.evaluations(2, text("nosuch"))).toEqual([]);
  });

  it("lists the jobs of one, and those of some names", async () => {
    const { client } = await replayed(
      readJsonRecording("/api/jobs?evaluation=200", "jobs-eval200-5001-jobs.json.gz"),
      "jobs-names.http",
      "jobs-unknown-eval.http",
    );
    expect(await client.jobs(toEvaluationId(200))).toHaveLength(5_001);
    const names = readJobNames("names", ["hello.x86_64-linux", "gtk+.x86_64-linux"]);
    expect(await client.jobs(toEvaluationId(200), { names })).toEqual([
      { build: 11958, status: 0, name: "gtk+.x86_64-linux" },
      { build: 19322, status: -2, name: "hello.x86_64-linux" },
    ]);
    expect(await client.jobs(toEvaluationId(9999))).toEqual([]);
  });

  it("reads the history of jobs", async () => {
    const { client } = await replayed("jobs-history.http");
    const names = readJobNames("names", ["hello.x86_64-linux", "emacs.x86_64-linux"]);
    const history = await client.jobHistory(text("master"), names, 3);
    expect(history.map(({ evaluation, jobs }) => [evaluation, jobs.length])).toEqual([
      [200, 2],
      [193, 2],
      [191, 2],
    ]);
  });
});

it("lets no mail address of a specification in", async () => {
  const { client } = await replayed("specifications.http");
  const specifications = await client.specifications();
  expect(specifications.map(({ name }) => name)).toEqual(["core-packages-team", "guix", "images", "master"]);
  expect(JSON.stringify(specifications)).not.toMatch(/@|sendmail|notifications/);
  expect(specifications[0]?.channels[0]).toEqual({
    name: "guix",
    url: "https://git.savannah.gnu.org/git/guix.git",
    branch: "master",
    commit: null,
  });
});

it("finds the version in the footer, and none where there is none", async () => {
  const page = readRecording("html-build-details.http").bytes.toString();
  const body = page.slice(page.indexOf("\r\n\r\n") + 4);
  const head = ["HTTP/1.1 200 OK", "Content-Type: text/html;charset=utf-8"];
  expect(await (await replayed(handMade("/", head, body))).client.version()).toBe("1.2.0-2.7bcd3d0");
  expect(await (await replayed(handMade("/", head, "<html>Hydra</html>"))).client.version()).toBeNull();
});

describe("answers that are none", () => {
  it("says that a mistake of ours was refused, although Cuirass answers 500", async () => {
    const { client } = await replayed("latestbuilds-500-nr1001.http");
    const error = await failureOf(client.latestBuilds({}, 1001));
    expect(error.kind).toBe("UpstreamRejected");
    expect(error.message).toBe("guix: GET /api/latestbuilds: answered 500: Maximum limit exceeded");
    expect(error.retryable).toBe(false);
  });

  it("takes an empty 500 elsewhere for a failure of the server", async () => {
    const head = "HTTP/1.1 500 Internal Server Error\r\n\r\n";
    const { client } = await replayed({ method: "GET", path: "/build/7", bytes: Buffer.from(head) });
    const error = await failureOf(client.build(toBuildId(7)));
    expect(error).toMatchObject({ kind: "UpstreamFailed", status: 500, operation: "GET /build/ID" });
  });

  it("says that an older server lacks a route", async () => {
    const { client } = await replayed();
    const error = await failureOf(client.jobs(toEvaluationId(7)));
    expect(error.kind).toBe("UpstreamRejected");
    expect(error.message).toBe("guix: GET /api/jobs: answered 404: this server has no such route");
  });

  it.each([
    ["without a build", '[{"status":0,"name":"x"}]', "at 0.build: "],
    ["with a text for an id", '[{"build":"1","status":0,"name":"x"}]', "at 0.build: "],
    ["with an id that GraphQL can't show", '[{"build":3000000000,"status":0,"name":"x"}]', "at 0.build: "],
    ["that is an object", "{}", "at the top: "],
    ["that ends early", '[{"build":1,', "not JSON: 12 characters that end early"],
    ["that is empty", "", "not JSON: empty body"],
  ])("names the fault of a list of jobs %s", async (_, body, fault) => {
    const { client } = await replayed(handMade("/api/jobs?evaluation=7", JSON_HEAD, body));
    const error = await failureOf(client.jobs(toEvaluationId(7)));
    expect(error.kind).toBe("UpstreamMalformed");
    expect(error.message).toContain(`guix: GET /api/jobs: ${fault}`);
  });

  it.each([
    [302, "UpstreamMalformed", "answered 302 and points elsewhere"],
    [403, "UpstreamDenied", "answered 403"],
    [429, "UpstreamRejected", "answered 429"],
    [502, "UpstreamFailed", "answered 502"],
  ])("reads a proxy's %d as %s", async (status, kind, message) => {
    const head = [`HTTP/1.1 ${status} Proxy`, "Content-Type: text/html", "Location: /login"];
    const { client } = await replayed(handMade("/build/7", head, "<html>no</html>"));
    const error = await failureOf(client.build(toBuildId(7)));
    expect(error.kind).toBe(kind);
    expect(error.message).toBe(`guix: GET /build/ID: ${message}`);
  });
});

describe("a server in trouble", () => {
  let sandbox: CuirassSandbox;
  let client: CuirassClient;

  beforeEach(async () => {
    sandbox = await createCuirassSandbox();
    const connected = connect(sandbox.url, { totalTimeoutMs: 300 });
    client = connected.client;
    opened.push(connected, sandbox);
  });

  it.each([
    ["html", "UpstreamMalformed", "not JSON: an HTML page"],
    ["cut", "UpstreamUnreachable", "the answer was cut"],
    ["hang", "UpstreamTimeout", "no whole answer within the limit"],
    ["reset", "UpstreamUnreachable", "connection failed"],
  ] as const)("is %s", async (kind, expected, message) => {
    sandbox.fault = () => ({ kind });
    const error = await failureOf(client.specifications());
    expect(error.kind).toBe(expected);
    expect(error.message).toContain(`guix: GET /specifications: ${message}`);
    sandbox.fault = undefined;
    expect(await client.specifications()).toHaveLength(4);
  });

  it("gets a second chance after a lost connection", async () => {
    let first = true;
    sandbox.fault = () => {
      const fault = first ? ({ kind: "reset" } as const) : undefined;
      first = false;
      return fault;
    };
    expect(await client.specifications()).toHaveLength(4);
  });

  it("goes on after an answer that closes the connection without a word", async () => {
    for (let round = 0; round < 5; round += 1) {
      expect(await client.shownEvaluation(toEvaluationId(999))).toBeNull();
      expect(await client.build(toBuildId(2))).toMatchObject({ id: 2 });
    }
  });
});
