// The Cuirass sandbox against the recordings of a real server, and its traps by raw socket (cuirass.md).

import { connect } from "node:net";
import { constants, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCuirassSandbox, type CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { readJsonRecording, readRecording } from "../support/http-replay.js";

interface WireBuild {
  readonly id: number;
  readonly evaluation: number;
  readonly jobset: string;
  readonly job: string;
  readonly system: string;
  readonly timestamp: number;
  readonly starttime: number;
  readonly stoptime: number;
  readonly derivation: string;
  readonly buildoutputs: Readonly<Record<string, { readonly path: string }>>;
  readonly nixname: string;
  readonly buildstatus: number;
  readonly weather: number;
  readonly busy: number;
  readonly priority: number;
  readonly finished: number;
  readonly buildproducts: readonly { readonly id: number }[];
}

interface WireEvaluation {
  readonly id: number;
  readonly specification: string;
  readonly status: number;
}

let sandbox: CuirassSandbox;

beforeEach(async () => {
  sandbox = await createCuirassSandbox();
});

afterEach(() => sandbox.close());

/** Sends raw bytes and collects until the server closes or has sent `enough`. */
function send(
  bytes: string,
  enough: (received: string) => boolean = () => false,
): Promise<{ text: string; ended: boolean }> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(new URL(sandbox.url).port), "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!enough(text)) return;
      socket.destroy();
      resolve({ text, ended: false });
    });
    socket.on("end", () => resolve({ text, ended: true }));
    socket.on("error", reject);
  });
}

/** The exact bytes of one answer, and whether the server closed after it: a second request tells. */
async function exchange(method: string, target: string): Promise<{ text: string; kept: boolean }> {
  const marker = "GET /marker HTTP/1.1\r\nHost: x\r\n\r\n";
  const closing =
    "HTTP/1.1 404 Not Found\r\nContent-Length: 27\r\nContent-Type: text/plain;charset=utf-8\r\n\r\nResource not found: /marker";
  const request = `${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const { text, ended } = await send(request + marker, (received) => received.endsWith(closing));
  return { text: ended ? text : text.slice(0, -closing.length), kept: !ended };
}

function recorded(file: string): { request: [method: string, path: string]; text: string } {
  const { method, path, bytes } = readRecording(file);
  return { request: [method, path], text: bytes.toString("latin1") };
}

function headOf(text: string): string {
  return text.slice(0, text.indexOf("\r\n\r\n")).replace(/Content-Length: \d+/, "Content-Length: N");
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(sandbox.url + path);
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

function allBuilds(): Promise<WireBuild[]> {
  return Promise.all([get<WireBuild[]>("/api/latestbuilds?nr=1000"), get<WireBuild[]>("/api/queue?nr=1000")]).then(
    ([finished, pending]) => [...finished, ...pending],
  );
}

/** One pending build that is not started yet. */
async function scheduledBuild(): Promise<WireBuild> {
  const build = (await get<WireBuild[]>("/api/queue?nr=1000")).find(({ buildstatus }) => buildstatus === -2);
  if (build === undefined) throw new Error("the sandbox has no scheduled build");
  return build;
}

/** Key paths of a JSON value; members of lists and names of outputs are merged. */
function keysOf(value: unknown, path = ""): Set<string> {
  const keys = new Set<string>();
  if (typeof value !== "object" || value === null) return keys;
  for (const [key, member] of Object.entries(value)) {
    const name = Array.isArray(value) ? "[]" : path.endsWith(".buildoutputs") ? "*" : key;
    keys.add(`${path}.${name}`);
    for (const inner of keysOf(member, `${path}.${name}`)) keys.add(inner);
  }
  return keys;
}

function jsonOf(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString("utf8", bytes.indexOf("\r\n\r\n") + 4));
}

describe("shapes", () => {
  test.each([
    ["/specifications", readRecording("specifications.http")],
    ["/api/evaluation?id=19", readRecording("evaluation-succeeded.http")],
    ["/api/evaluations?nr=20", readRecording("evaluations-nr3.http")],
    ["/api/jobs?evaluation=17", readJsonRecording("", "jobs-eval200-5001-jobs.json.gz")],
    [
      "/api/jobs/history?spec=master&names=hello.x86_64-linux,gtk+.x86_64-linux&nr=3",
      readRecording("jobs-history.http"),
    ],
    ["/api/queue?nr=100", readJsonRecording("", "queue-nr100.json")],
    ["/api/latestbuilds?nr=1&job=docker-image.x86_64-linux", readRecording("latestbuilds-nr2.http")],
    ["/api/dashboard/register?spec=master&names=hello.x86_64-linux", readRecording("dashboard-register.http")],
  ])("%s has exactly the keys of the recording", async (path, recording) => {
    const keys = keysOf(await get(path));
    expect(keys.size).toBeGreaterThan(0);
    expect([...keys].sort()).toEqual([...keysOf(jsonOf(recording.bytes))].sort());
  });

  test("a build has the keys of the recording in its order, with products and in an output as well", async () => {
    const like = jsonOf(readRecording("build-products-1-output-2-products.http").bytes) as WireBuild;
    const [product] = await get<WireBuild[]>("/api/latestbuilds?nr=1&job=iso9660-image.x86_64-linux&evaluation=3");
    expect(Object.keys(product ?? {})).toEqual(Object.keys(like));
    expect(Object.keys(product?.buildproducts[0] ?? {})).toEqual(["id", "type", "path", "file-size"]);
    const path = product?.buildoutputs["out"]?.path.slice("/gnu/store/".length) ?? "";
    const output = await get<{ build: WireBuild }>(`/output/${path}`);
    expect(Object.keys(output)).toEqual(["name", "derivation", "build"]);
    expect(output.build).toEqual(product);
    const name = product?.derivation.slice("/gnu/store/".length) ?? "";
    expect(await get(`/build/${name}`)).toEqual(product);
  });
});

describe("exact answers", () => {
  test.each([
    "build-404-nan.http",
    "build-404-unknown.http",
    "build-500-fraction.http",
    "build-500-int-overflow.http",
    "build-head-404.http",
    "admin-restart-302.http",
    "dashboard-404.http",
    "dashboard-register-500-missing.http",
    "dashboard-register-500-unknown-spec.http",
    "download-404.http",
    "download-500-vanished.http",
    "eval-log-404.http",
    "evaluation-500-missing-param.http",
    "evaluation-500-nan.http",
    "evaluation-500-unknown.http",
    "evaluations-500-missing.http",
    "evaluations-500-negative.http",
    "evaluations-unknown-spec.http",
    "hook-evaluate-404.http",
    "hook-evaluate-get-404.http",
    "hook-evaluate.http",
    "jobs-500-missing.http",
    "jobs-500-nan.http",
    "jobs-history-500-nr101.http",
    "jobs-history-500-specification-key.http",
    "jobs-history-unknown-spec.http",
    "jobs-names-percent-encoded-empty.http",
    "jobs-unknown-eval.http",
    "latestbuilds-500-missing.http",
    "latestbuilds-500-nr1001.http",
    "latestbuilds-500-weather.http",
    "latestbuilds-unknown-jobset.http",
    "log-404-nan.http",
    "log-404.http",
    "notfound-404.http",
    "output-404.http",
    "queue-500-missing.http",
    "search-500.http",
    "search-latest-500.http",
    "specifications.http",
  ])("%s comes back byte for byte, and the socket is kept unless it is a 500", async (file) => {
    const { request, text } = recorded(file);
    const answer = await exchange(...request);
    expect(answer).toEqual({ text, kept: !text.startsWith("HTTP/1.1 500") });
  });

  test.each([
    ["/build/2", "build-succeeded.http"],
    ["/eval/latest?spec=guix", "eval-latest-302.http"],
    ["/search/latest?query=spec:master+hello", "search-latest-302.http"],
    ["/build/1/log/raw", "log-gz-headers-and-excerpt.http"],
    ["/build/4/log/raw", "log-bz2-headers.http"],
    ["/build/6/log/raw", "log-plain-headers.http"],
    ["/download/2", "download-headers.http"],
    ["/jobset/nosuch", "html-jobset-unknown-is-200.http"],
  ])("%s has the headers of %s", async (path, file) => {
    const variable = (text: string): string => headOf(text).replace(/(Location: \/[a-z]+\/)\d+|(filename=).*/, "$1$2N");
    const answer = await exchange("GET", path);
    expect(variable(answer.text)).toBe(variable(recorded(file).text));
    expect(answer.kept).toBe(!answer.text.includes("Content-Disposition"));
  });

  test("a malformed request gets HTTP/1.0 400 and the end", async () => {
    expect(await send("nonsense\r\n\r\n")).toEqual({
      text: "HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
      ended: true,
    });
  });

  test("a chunked POST is answered, then its chunks are taken for a malformed request", async () => {
    const head = "POST /jobset/nosuch/hook/evaluate HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    const { text, ended } = await send(`${head}0\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 404 [^]*not found\."\}HTTP\/1\.0 400 /);
    expect(ended).toBe(true);
  });

  test("a trailing slash changes nothing, and paths are percent-decoded", async () => {
    expect(await exchange("GET", "/build/2/?x=1")).toEqual(await exchange("GET", "/build/2"));
    expect((await exchange("POST", "/jobset/core%2Dpackages-team/hook/evaluate/")).text).toContain(
      '{"jobset":"core-packages-team"}',
    );
  });

  test("the home page names the version in its footer", async () => {
    const response = await fetch(sandbox.url);
    expect(await response.text()).toContain(">Cuirass 1.2.0</a>");
  });
});

describe("query strings", () => {
  const body = async (target: string): Promise<string> => {
    const { text } = await exchange("GET", target);
    return text.slice(text.indexOf("\r\n\r\n") + 4);
  };

  test("are not percent-decoded", async () => {
    expect(await body("/api/latestbuilds?nr=1&job=gtk+.x86_64-linux")).toContain('"job":"gtk+.x86_64-linux"');
    expect(await body("/api/latestbuilds?nr=1&job=gtk%2B.x86_64-linux")).toBe("[]");
    expect(await body("/api/latestbuilds?nr=%31")).toBe('{"error":"Parameter not defined"}');
  });

  test("let the last of repeated parameters win, drop a value with `=` and ignore what is unknown", async () => {
    expect(await body("/api/latestbuilds?nr=0&jobset=nosuch&nr=1&jobset=guix&project=x")).toContain('"jobset":"guix"');
    expect(await body("/api/latestbuilds?nr=1&jobset=guix&job=a=b")).toContain('"jobset":"guix"');
  });

  test.each(["names=a,", "names=a,,b", "names=%22,{", 'names=a"', "names=a\\"])(
    "with %s are a malformed array: a bare 500",
    async (names) => {
      expect((await exchange("GET", `/api/jobs?evaluation=17&${names}`)).text).toBe(
        "HTTP/1.1 500 Internal Server Error\r\n\r\n",
      );
    },
  );

  test("with an empty list of names match no job", async () => {
    expect(await body("/api/jobs?evaluation=17&names=")).toBe("[]");
  });

  test("alone of all, /search is percent-decoded", async () => {
    const plain = await exchange("GET", "/search/latest?query=spec:guix+guix");
    expect(plain.text).toContain("302 Found");
    expect(await exchange("GET", "/search/latest?query=spec%3Aguix%20guix")).toEqual(plain);
  });
});

describe("filters of latestbuilds and queue", () => {
  test("ignore status, and put finished builds in evaluation order only unless some order is asked for", async () => {
    const builds = await get<WireBuild[]>("/api/latestbuilds?nr=1000&status=failed");
    expect(builds.some(({ buildstatus }) => buildstatus === 0)).toBe(true);
    expect(builds.every(({ buildstatus }) => buildstatus >= 0)).toBe(true);
    const evaluations = builds.map(({ evaluation }) => evaluation);
    expect(evaluations).toEqual([...evaluations].sort((one, other) => other - one));
    const ids = builds.map(({ id }) => id);
    const descending = [...ids].sort((one, other) => other - one);
    expect(ids).not.toEqual(descending);
    expect((await get<WireBuild[]>("/api/latestbuilds?nr=1000&order=x")).map(({ id }) => id)).toEqual(descending);
  });

  test("narrow by job, system, evaluation, id, derivation and oldevaluation", async () => {
    const everything = await allBuilds();
    const [one] = everything;
    if (one === undefined) throw new Error("the sandbox has no build");
    const same = async (filter: string, test: (build: WireBuild) => boolean): Promise<void> => {
      const found = await Promise.all(
        ["latestbuilds", "queue"].map((list) => get<WireBuild[]>(`/api/${list}?nr=1000&${filter}`)),
      );
      const expected = everything.filter(test).map(({ id }) => id);
      expect(expected.length).toBeGreaterThan(0);
      expect(
        found
          .flat()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(expected.sort());
    };
    await same(`job=${one.job}`, ({ job }) => job === one.job);
    await same(
      `system=${one.system}&jobset=${one.jobset}`,
      (build) => build.system === one.system && build.jobset === one.jobset,
    );
    await same("evaluation=17", ({ evaluation }) => evaluation === 17);
    await same("oldevaluation=5", ({ evaluation }) => evaluation < 5);
    await same(`id=${one.id}`, ({ id }) => id === one.id);
    await same(`derivation=${one.derivation}`, ({ derivation }) => derivation === one.derivation);
  });

  test("follow a border as a cursor over (stoptime, id)", async () => {
    const finished = await get<WireBuild[]>("/api/latestbuilds?nr=1000");
    const times = finished.map(({ stoptime }) => stoptime).sort((one, other) => one - other);
    const middle = times[Math.floor(times.length / 2)] ?? 0;
    const later = await get<WireBuild[]>(`/api/latestbuilds?nr=1000&border-low-time=${middle}&border-low-id=0`);
    const earlier = await get<WireBuild[]>(`/api/latestbuilds?nr=1000&border-high-time=${middle}&border-high-id=0`);
    expect(later.every(({ stoptime }) => stoptime >= middle)).toBe(true);
    expect(earlier.every(({ stoptime }) => stoptime < middle)).toBe(true);
    expect(later.length + earlier.length).toBe(finished.length);
  });

  test("with something that is no integer are a bare 500", async () => {
    for (const filter of ["evaluation=abc", "id=1.5", "border-low-time=x&border-low-id=0", "ids=1"]) {
      const { text } = await exchange("GET", `/api/queue?nr=1&${filter}`);
      expect(text).toBe("HTTP/1.1 500 Internal Server Error\r\n\r\n");
    }
  });

  test("leave the queue ordered by status, running first", async () => {
    const statuses = (await get<WireBuild[]>("/api/queue?nr=1000")).map(({ buildstatus }) => buildstatus);
    expect(new Set(statuses)).toEqual(new Set([-1, -2, -3]));
    expect(statuses).toEqual([...statuses].sort((one, other) => other - one));
  });
});

describe("data", () => {
  test("has every status, every weather and all three systems", async () => {
    const builds = await allBuilds();
    expect(new Set(builds.map(({ buildstatus }) => buildstatus))).toEqual(new Set([-3, -2, -1, 0, 1, 2, 3, 4]));
    expect(new Set(builds.map(({ weather }) => weather))).toEqual(new Set([-1, 0, 1, 2, 3]));
    expect(new Set(builds.map(({ system }) => system))).toEqual(
      new Set(["x86_64-linux", "i686-linux", "aarch64-linux"]),
    );
    expect(builds.length).toBeGreaterThan(250);
    for (const { buildstatus, finished, busy, timestamp, stoptime } of builds) {
      expect(finished).toBe(buildstatus >= 0 ? 1 : 0);
      expect(busy).toBe(buildstatus === -1 ? 1 : 0);
      if (finished === 1) expect(timestamp).toBe(stoptime);
    }
  });

  test("has 20 evaluations of every status, the newest of them running", async () => {
    const evaluations = await get<WireEvaluation[]>("/api/evaluations?nr=1000");
    expect(evaluations.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => 20 - index));
    expect(evaluations[0]).toMatchObject({ specification: "master", status: -1 });
    expect(new Set(evaluations.map(({ status }) => status))).toEqual(new Set([-1, 0, 1, 2]));
  });

  test("has job rows that point to builds of older evaluations, and of another specification", async () => {
    const owners = new Map((await allBuilds()).map((build) => [build.id, build]));
    const rows = async (evaluation: number): Promise<(WireBuild | undefined)[]> => {
      const jobs = await get<{ build: number; status: number }[]>(`/api/jobs?evaluation=${evaluation}`);
      for (const { build, status } of jobs) expect(owners.get(build)?.buildstatus).toBe(status);
      return jobs.map(({ build }) => owners.get(build));
    };
    const ofMaster = await rows(17);
    expect(ofMaster.some((build) => build?.evaluation === 17)).toBe(true);
    expect(ofMaster.some((build) => (build?.evaluation ?? 17) < 17)).toBe(true);
    expect((await rows(4)).some((build) => build?.jobset === "master")).toBe(true);
  });

  test("repeats outputs as duplicate keys and products once for each output", async () => {
    const text = async (job: string, count: number): Promise<string> => {
      const builds = await get<WireBuild[]>(`/api/latestbuilds?nr=1000&job=${job}`);
      const build = builds.find((one) => one.buildproducts.length === count);
      return (await fetch(`${sandbox.url}/build/${build?.id}`)).text();
    };
    expect((await text("iso9660-image.x86_64-linux", 2)).match(/"out":/g)).toHaveLength(2);
    const qcow2 = JSON.parse(await text("qcow2-image.x86_64-linux", 3)) as WireBuild;
    expect(Object.keys(qcow2.buildoutputs).sort()).toEqual(["debug", "doc", "out"]);
    expect(new Set(qcow2.buildproducts.map(({ id }) => id)).size).toBe(1);
  });

  test("says what test jobs can refer to: succeeded builds, those of images first", async () => {
    const [first] = sandbox.builds();
    if (first === undefined) throw new Error("the sandbox has no succeeded build");
    expect(first.buildUrl).toBe(`${sandbox.url}/build/${first.buildId}/details`);
    expect(first.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(first.storePath).toMatch(/^\/gnu\/store\/[0-9abcdfghijklmnpqrsvwxyz]{32}-/);
    const build = await get<WireBuild>(`/build/${first.buildId}`);
    expect(build).toMatchObject({ jobset: "images", buildstatus: 0, evaluation: first.evaluation });
    const evaluation = await get<{ checkouts: { commit: string }[] }>(`/api/evaluation?id=${first.evaluation}`);
    expect(evaluation.checkouts.map(({ commit }) => commit)).toContain(first.commit);
    expect((await fetch(first.buildUrl)).status).toBe(200);
  });

  test("shows in jobs/history only the checkouts an evaluation changed", async () => {
    const path = "/api/jobs/history?spec=images&names=qcow2-image.x86_64-linux&nr=100";
    const history = await get<{ evaluation: number; checkouts: unknown[] }[]>(path);
    const complete = await get<{ id: number; checkouts: unknown[] }[]>("/api/evaluations?nr=1000&spec=images");
    expect(complete.every(({ checkouts }) => checkouts.length === 2)).toBe(true);
    expect(history.length).toBe(complete.length);
    expect(history.some(({ checkouts }) => checkouts.length === 1)).toBe(true);
  });

  test("lack a checkout of a channel that is added later, which fails every list that contains one", async () => {
    const broken = await createCuirassSandbox();
    broken.addChannel("images");
    const status = async (path: string): Promise<number> => (await fetch(broken.url + path)).status;
    try {
      expect(await status("/api/evaluation?id=18")).toBe(500);
      expect([await status("/eval/18"), await status("/eval/999")]).toEqual([200, 404]);
      expect(await status("/api/evaluations?nr=2")).toBe(200);
      expect(await status("/api/evaluations?nr=3")).toBe(500);
      expect(await status("/api/evaluations?nr=1000&spec=master")).toBe(200);
      const id = broken.startEvaluation("images");
      expect(await status(`/api/evaluation?id=${id}`)).toBe(200);
      expect(await status("/api/evaluations?nr=1&spec=images")).toBe(200);
      expect(await status("/api/evaluations?nr=2&spec=images")).toBe(500);
    } finally {
      await broken.close();
    }
  });
});

describe("a build's life", () => {
  const show = (id: number): Promise<WireBuild> => get<WireBuild>(`/build/${id}`);
  const rawLog = async (id: number): Promise<Buffer> => {
    const { text } = await exchange("GET", `/build/${id}/log/raw`);
    return Buffer.from(text.slice(text.indexOf("\r\n\r\n") + 4), "latin1");
  };

  test("goes from scheduled to succeeded, and restarted begins anew under the same id", async () => {
    const { id, timestamp } = await scheduledBuild();
    sandbox.advance(id, "submitted");
    expect(await show(id)).toMatchObject({ buildstatus: -3, busy: 0, finished: 0, starttime: 0 });
    sandbox.advance(id, "started");
    const started = await show(id);
    expect(started).toMatchObject({ buildstatus: -1, busy: 1, finished: 0, stoptime: 0, weather: -1, timestamp });
    expect(started.starttime).toBeGreaterThan(0);
    sandbox.advance(id, "succeeded");
    const succeeded = await show(id);
    expect(succeeded).toMatchObject({ buildstatus: 0, busy: 0, finished: 1, timestamp: succeeded.stoptime });
    expect(succeeded.stoptime).toBeGreaterThan(0);
    await fetch(`${sandbox.url}/admin/build/${id}/restart`, { redirect: "manual" });
    expect(await show(id)).toMatchObject({
      buildstatus: -2,
      finished: 0,
      starttime: 0,
      stoptime: 0,
      weather: -1,
      timestamp,
    });
  });

  test("ends canceled without times, and is seen in the job rows", async () => {
    const { id, evaluation } = await scheduledBuild();
    await fetch(`${sandbox.url}/admin/evaluation/${evaluation}/cancel`, { redirect: "manual" });
    expect(await show(id)).toMatchObject({ buildstatus: 4, timestamp: 0, starttime: 0, stoptime: 0, weather: -1 });
    const jobs = await get<{ build: number; status: number }[]>(`/api/jobs?evaluation=${evaluation}`);
    expect(jobs.find(({ build }) => build === id)?.status).toBe(4);
    expect(jobs.every(({ status }) => status >= 0)).toBe(true);
  });

  test("has weather that compares with the build before", async () => {
    const run = async (result: "succeeded" | "failed"): Promise<number> => {
      const evaluation = sandbox.startEvaluation("guix");
      const [id] = sandbox.endEvaluation(evaluation, "succeeded");
      if (id === undefined) throw new Error("an evaluation of guix made no build");
      sandbox.advance(id, "started");
      sandbox.advance(id, result);
      return (await show(id)).weather;
    };
    await run("succeeded");
    expect([await run("succeeded"), await run("failed"), await run("failed"), await run("succeeded")]).toEqual([
      2, 1, 3, 0,
    ]);
  });

  test("writes a log that only grows, without an end while it runs, and keeps it when restarted", async () => {
    const { id } = await scheduledBuild();
    expect((await exchange("GET", `/build/${id}/log/raw`)).text).toContain("404 Not Found");
    sandbox.advance(id, "started");
    const empty = await exchange("GET", `/build/${id}/log/raw`);
    expect(headOf(empty.text)).toBe(headOf(recorded("log-empty-headers.http").text));
    expect(empty.text).toContain("Content-Length: 0\r\n");

    sandbox.growLog(id, 20);
    const first = await rawLog(id);
    sandbox.growLog(id, 20);
    const second = await rawLog(id);
    expect(second.length).toBeGreaterThan(first.length);
    expect(second.subarray(0, first.length).equals(first)).toBe(true);
    expect(() => gunzipSync(second)).toThrow("unexpected end of file");
    const cut = gunzipSync(second, { finishFlush: constants.Z_SYNC_FLUSH });
    expect(cut.toString()).toMatch(/^starting phase `set-SOURCE-DATE-EPOCH'\n/);

    sandbox.advance(id, "failed");
    const whole = await rawLog(id);
    expect(whole.subarray(0, second.length).equals(second)).toBe(true);
    const text = gunzipSync(whole).toString();
    expect(text.startsWith(cut.toString("utf8").replace(/�$/, ""))).toBe(true);
    expect(text).toContain("‘40’\n");
    expect(text).toMatch(/failed with exit code 1\n$/);
    sandbox.advance(id, "restarted");
    expect((await rawLog(id)).equals(whole)).toBe(true);
  });

  test("can be served by the path of an output", async () => {
    const [build] = sandbox.builds();
    const path = build?.storePath.slice("/gnu/store/".length) ?? "";
    const byOutput = await fetch(`${sandbox.url}/log/${path}`);
    const byId = await fetch(`${sandbox.url}/build/${build?.buildId}/log/raw`);
    expect(byOutput.status).toBe(200);
    expect(await byOutput.text()).toBe(await byId.text());
  });
});

describe("faults and counters", () => {
  test("answers with each fault, then with the truth again", async () => {
    sandbox.fault = () => ({ kind: "html" });
    expect((await fetch(`${sandbox.url}/build/2`)).headers.get("content-type")).toBe("text/html;charset=utf-8");
    sandbox.fault = () => ({ kind: "json", body: [1] });
    expect(await get("/build/2")).toEqual([1]);
    sandbox.fault = () => ({ kind: "status", status: 502, body: "<html></html>", contentType: "text/html" });
    expect((await fetch(`${sandbox.url}/build/2`)).status).toBe(502);
    sandbox.fault = () => ({ kind: "reset" });
    await expect(send("GET /build/2 HTTP/1.1\r\n\r\n")).rejects.toThrow("ECONNRESET");
    sandbox.fault = () => ({ kind: "cut" });
    const { text } = await send("GET /build/2 HTTP/1.1\r\n\r\n");
    const announced = Number(/Content-Length: (\d+)/.exec(text)?.[1]);
    const sent = text.length - text.indexOf("\r\n\r\n") - 4;
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(announced);
    sandbox.fault = () => ({ kind: "delay", ms: 1 });
    expect(await get("/build/2")).toMatchObject({ id: 2 });
    sandbox.fault = ({ method, path }) => (`${method} ${path}` === "GET /build/2?x" ? { kind: "hang" } : undefined);
    expect(await get("/build/2")).toMatchObject({ id: 2 });
  });

  test("counts requests by route and those in flight", async () => {
    sandbox.fault = () => ({ kind: "hang" });
    const gaveUp = new AbortController();
    const hanging = [1, 2, 3].map((id) => fetch(`${sandbox.url}/build/${id}`, { signal: gaveUp.signal }));
    await expect.poll(() => sandbox.requests.inFlight).toBe(3);
    gaveUp.abort();
    await Promise.allSettled(hanging);
    await expect.poll(() => sandbox.requests.inFlight).toBe(0);
    sandbox.fault = undefined;
    await fetch(`${sandbox.url}/nosuch`);
    await fetch(`${sandbox.url}/eval/latest?spec=guix`, { redirect: "manual" });
    expect(sandbox.requests.counts()).toEqual({ "GET /build/ID": 3, "GET (unknown)": 1, "GET /eval/latest": 1 });
    expect(sandbox.requests.total()).toBe(5);
    expect(sandbox.requests.peakInFlight).toBe(3);
    sandbox.requests.reset();
    expect(sandbox.requests.total()).toBe(0);
  });

  test("ends hanging connections when closed, and closes twice without harm", async () => {
    sandbox.fault = () => ({ kind: "hang" });
    const hanging = fetch(`${sandbox.url}/build/1`);
    await expect.poll(() => sandbox.requests.inFlight).toBe(1);
    await Promise.all([sandbox.close(), expect(hanging).rejects.toThrow("fetch failed")]);
    await sandbox.close();
  });
});
