// The sandbox LAVA's REST against answers recorded from a real server: the same keys and types, the same filters, rights and refusals.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLavaSandbox, type LavaSandbox } from "../../src/sandbox/lava/index.js";

interface Page {
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly Record<string, unknown>[];
}

let lava: LavaSandbox;

beforeAll(async () => {
  lava = await createLavaSandbox({
    builds: () => [
      {
        buildUrl: "http://ci.test/build/7/details",
        buildId: 7,
        storePath: "/gnu/store/abc-linux",
        evaluation: 3,
        commit: "0123456789abcdef",
        job: "linux.x86_64-linux",
        jobset: "master",
        finishedAt: 1_700_000_000,
      },
    ],
  });
});

afterAll(() => lava.close());

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/lava/${name}`, import.meta.url), "utf8");

function ask(path: string, user?: "admin" | "alice" | "bob", init: RequestInit = {}): Promise<Response> {
  const headers = new Headers({ accept: "application/json", ...(init.headers as Record<string, string> | undefined) });
  if (user !== undefined) headers.set("authorization", `Token ${lava.users[user].token}`);
  return fetch(`${lava.url}/api/v0.2/${path}`, { redirect: "manual", ...init, headers });
}

async function get(path: string, user?: "admin" | "alice" | "bob"): Promise<unknown> {
  return (await ask(path, user)).json();
}

const page = async (path: string, user?: "admin" | "alice" | "bob"): Promise<Page> => (await get(path, user)) as Page;
const ids = async (path: string, user?: "admin" | "alice" | "bob"): Promise<unknown[]> =>
  (await page(path, user)).results.map((job) => job["id"]);

function submitTo(user: "alice" | "bob" | undefined, definition: unknown): Promise<Response> {
  const body = JSON.stringify({ definition });
  return ask("jobs/", user, { method: "POST", body, headers: { "content-type": "application/json" } });
}

/** Where two answers differ in keys or types; null fits any type, lists are compared by their first items. */
function differences(own: unknown, recorded: unknown, at = ""): string[] {
  if (own === null || recorded === null) return [];
  if (Array.isArray(own) && Array.isArray(recorded)) {
    return own.length === 0 || recorded.length === 0 ? [] : differences(own[0], recorded[0], `${at}[0]`);
  }
  if (typeof own !== "object" || typeof recorded !== "object") {
    return typeof own === typeof recorded ? [] : [`${at} is ${typeof own}, recorded ${typeof recorded}`];
  }
  const [left, right] = [own as Record<string, unknown>, recorded as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap((key) => {
    if (!(key in left) || !(key in right)) return [`${at}.${key} is only ${key in left ? "here" : "recorded"}`];
    return differences(left[key], right[key], `${at}.${key}`);
  });
}

describe("answers have the shape of recorded ones", () => {
  it.each([
    ["jobs/4/", "rest/job.json", undefined],
    ["jobs/4/", "rest/job-superuser.json", "admin"],
    ["jobs/61/", "rest/job-queued.json", undefined],
    ["jobs/11/", "rest/job-multinode.json", undefined],
    ["jobs/4/suites/", "rest/job-suites.json", undefined],
    ["jobs/4/suites/14/", "rest/job-suite.json", undefined],
    ["jobs/4/tests/?ordering=id&limit=5", "rest/job-tests.json", undefined],
    ["jobs/4/metadata/", "rest/job-metadata-new.json", undefined],
    ["jobs/?id__in=999999", "rest/jobs-empty.json", undefined],
    ["devices/", "rest/devices.json", undefined],
    ["devices/qemu-01/", "rest/device-qemu-01.json", undefined],
    ["devicetypes/", "rest/devicetypes.json", undefined],
    ["devicetypes/bcm2711-rpi-4-b/", "rest/devicetype.json", undefined],
    ["workers/worker-01/", "rest/worker.json", undefined],
    ["workers/worker-01/", "rest/worker-superuser.json", "admin"],
    ["workers/", "rest/workers.json", undefined],
    ["tags/", "rest/tags.json", "alice"],
    ["aliases/", "rest/aliases.json", "alice"],
    ["system/master_config/", "rest/system-master_config.json", undefined],
  ] as const)("GET %s as %s", async (path, name, user) => {
    const own = await get(path, user);
    expect(differences(own, JSON.parse(fixture(name)))).toEqual([]);
    expect(own).not.toHaveProperty("detail");
  });

  it.each([
    ["system/whoami/", "rest/system-whoami-anonymous.json", undefined],
    ["system/whoami/", "rest/system-whoami.json", "alice"],
    ["system/version/", "rest/system-version.json", undefined],
    ["jobs/4/cancel/", "rest/job-cancel-finished.json", undefined],
    ["jobs/999999/", "rest/error-404.json", undefined],
    ["tags/", "rest/error-403-anonymous.json", undefined],
    ["jobs/?id__in=1,x", "rest/error-400-filter.json", undefined],
    ["jobs/?requested_device_type=nope", "rest/error-400-filter-choice.json", undefined],
    ["jobs/2/resubmit/", "rest/error-405.json", undefined],
    ["jobs/4/logs/?start=99999", "logs/past-the-end.json", undefined],
  ] as const)("GET %s says what was recorded in %s", async (path, name, user) => {
    expect(await get(path, user)).toEqual(JSON.parse(fixture(name)));
  });

  it("writes CSV with the recorded columns and line ends", async () => {
    const [head, first] = (await (await ask("jobs/4/csv/")).text()).split("\r\n");
    expect(head).toBe(fixture("exports/job.rest.csv").split("\r\n")[0]);
    expect(first).toMatch(/^"4","lava","pass","None","","","","[-0-9: .+]+","","\{'case': 'validate', /);
  });

  it("writes a log line as LAVA does", async () => {
    const log = await (await ask("jobs/5/logs/")).text();
    expect(log.split("\n")[0]?.replace(/\d/g, "0")).toBe(
      fixture("logs/real-job.yaml").split("\n")[0]?.replace(/\d/g, "0"),
    );
    expect(log).toMatch(/"endtc": ! "\d+", "result": "pass", "starttc": ! "\d+"\}\}\n/);
    expect(log).toContain("\\u001b[1;3");
  });

  it("links a case to the lines of the log that speak of it", async () => {
    const { results } = await page("jobs/4/tests/?suite__name=0_ltp-syscalls&ordering=id&limit=1");
    const [first] = results;
    const lines = await (
      await ask(`jobs/4/logs/?start=${String(first?.["start_log_line"])}&end=${Number(first?.["end_log_line"]) + 1}`)
    ).text();
    expect(lines).toMatch(new RegExp(`^.*<STARTTC> ${String(first?.["name"])}"\\}\\n`));
    expect(lines).toMatch(new RegExp(`<ENDTC> ${String(first?.["name"])}"\\}\\n$`));
  });
});

describe("lists", () => {
  it("pages by limit and offset with absolute links of sorted parameters", async () => {
    const jobs = await page("jobs/?ordering=-id&offset=1&limit=2&submitter__username=alice,x", "admin");
    expect(jobs.next).toBeNull();
    const all = await page("jobs/?ordering=-id&offset=1&limit=2&foo=a%20b", "admin");
    expect(all.next).toBe(`${lava.url}/api/v0.2/jobs/?foo=a+b&limit=2&offset=3&ordering=-id`);
    expect(all.previous).toBe(`${lava.url}/api/v0.2/jobs/?foo=a+b&limit=2&ordering=-id`);
    expect(all.results.map((job) => job["id"])).toEqual([61, 60]);
  });

  it("has no order unless asked for one", async () => {
    const unordered = await ids("jobs/?limit=10");
    expect(unordered).not.toEqual([...unordered].sort((a, b) => Number(a) - Number(b)));
  });

  it("ignores unknown filters, empty values and odd limits", async () => {
    const everything = (await page("jobs/")).count;
    expect((await page("jobs/?id__gte=60")).count).toBe(everything);
    expect((await page("jobs/?id__in=")).count).toBe(everything);
    expect((await page("jobs/?limit=0")).results).toHaveLength(50);
    expect((await page("jobs/?limit=-3")).results).toHaveLength(50);
  });

  it("filters by state, time, text and relation", async () => {
    expect(await ids("jobs/?state=Submitted&ordering=id")).toEqual([61, 62]);
    expect((await page("jobs/?state__in=Submitted,Finished")).count).toBe((await page("jobs/")).count);
    expect(await ids("jobs/?health=Canceled&ordering=id")).toEqual([10, 30, 50]);
    const job = (await get("jobs/20/")) as Record<string, string>;
    expect(await ids(`jobs/?submit_time__gt=${job["submit_time"] ?? ""}&id__lt=23&ordering=id`)).toEqual([21, 22]);
    expect(await ids("jobs/?end_time__isnull=true&ordering=id")).toEqual([61, 62]);
    expect(await ids("jobs/?description__icontains=NETWORK&ordering=id")).toEqual([11, 12]);
    expect(await ids("jobs/?health_check=true")).toEqual([21, 54]);
    expect(await ids("jobs/?submitter=1&ordering=id")).toEqual([21, 54]);
    expect((await page("jobs/?tags__name=usb-eth&requested_device_type=beaglebone-black")).count).toBeGreaterThan(2);
    expect((await page("jobs/4/tests/?result=FAIL")).results.every((one) => one["result"] === "fail")).toBe(true);
    const sets = await page("jobs/4/tests/?test_set__name=first-set");
    expect(sets.results.map((one) => one["name"])).toHaveLength(3);
  });

  it("answers a bad state or health with a page of status 500 whose h2 tells why", async () => {
    const response = await ask("jobs/?state=finished");
    expect(response.status).toBe(500);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const heading = /<h2>.*<\/h2>/.exec(await response.text())?.[0];
    expect(heading).toBe(/<h2>.*<\/h2>/.exec(fixture("rest/error-500-filter.html"))?.[0]);
  });

  it("shows retired devices only when asked for all", async () => {
    expect((await ask("devices/hikey-02/")).status).toBe(404);
    expect((await ask("devices/hikey-02/?all=true")).status).toBe(200);
    expect((await page("devices/?hostname__in=qemu-01,hikey-02")).count).toBe(1);
    expect((await page("devices/?all=true&hostname__in=qemu-01,hikey-02")).count).toBe(2);
  });
});

describe("rights", () => {
  it("hides private, personal and restricted jobs, except from the hole in suites and tests", async () => {
    expect((await ask("jobs/8/")).status).toBe(404);
    expect((await ask("jobs/8/", "alice")).status).toBe(404);
    expect((await ask("jobs/8/", "bob")).status).toBe(200);
    expect((await ask("jobs/8/csv/", "alice")).status).toBe(404);
    expect((await page("jobs/8/suites/")).count).toBe(4);
    expect((await page("jobs/8/tests/")).count).toBeGreaterThan(10);
    expect((await ask("jobs/16/", "alice")).status).toBe(404);
    expect((await ask("jobs/16/", "bob")).status).toBe(200);
    expect(((await get("jobs/8/", "bob")) as Record<string, unknown>)["viewing_groups"]).toEqual([3]);
    expect((await page("jobs/999999/suites/")).count).toBe(0);
  });

  it("counts for each user what that user sees", async () => {
    const counts = await Promise.all(
      ([undefined, "alice", "bob", "admin"] as const).map(async (user) => (await page("jobs/", user)).count),
    );
    expect(counts).toEqual([56, 58, 60, 62]);
  });

  it("shows the restricted type and device to its group only", async () => {
    const seen = async (user?: "alice" | "bob"): Promise<unknown[]> =>
      (await page("devices/?hostname__startswith=fvp&ordering=hostname", user)).results.map(
        (device) => device["hostname"],
      );
    expect(await seen("alice")).toEqual([]);
    expect(await seen("bob")).toEqual(["fvp-01", "fvp-02"]);
    expect((await ask("devicetypes/fvp/", "alice")).status).toBe(404);
    expect((await ask("devicetypes/fvp/", "bob")).status).toBe(200);
  });

  it("gives the job's secret to superusers only", async () => {
    expect(await get("jobs/4/", "alice")).not.toHaveProperty("token");
    expect(await get("jobs/4/", "admin")).toHaveProperty("token");
  });

  it("knows only the Token scheme", async () => {
    const whoami = async (authorization: string): Promise<unknown> =>
      (await ask("system/whoami/", undefined, { headers: { authorization } })).json();
    expect(await whoami("tOKEN alice-sandbox-token")).toEqual({ user: "alice" });
    expect(await whoami("Bearer alice-sandbox-token")).toEqual({ user: "" });
    const wrong = await ask("jobs/4/", undefined, { headers: { authorization: "Token nobody" } });
    expect([wrong.status, await wrong.json()]).toEqual([403, JSON.parse(fixture("rest/error-403-bad-token.json"))]);
  });
});

describe("the way in", () => {
  it("redirects to the path with a slash, and answers unknown paths with a page", async () => {
    const bare = await ask("jobs/4?x=1");
    expect([bare.status, bare.headers.get("location")]).toEqual([301, "/api/v0.2/jobs/4/?x=1"]);
    const unknown = await ask("nothing/");
    expect([unknown.status, unknown.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  });

  it("refuses media types it can't write", async () => {
    expect((await ask("jobs/4/", undefined, { headers: { accept: "text/csv" } })).status).toBe(406);
    const browser = await ask("jobs/4/", undefined, { headers: { accept: "text/html" } });
    expect(browser.headers.get("content-type")).toContain("text/html");
  });

  it("sends everybody without a token to the login page when the server wants logins", async () => {
    const closed = await createLavaSandbox({ jobs: 1, requireLogin: true });
    try {
      const version = await fetch(`${closed.url}/api/v0.2/system/version/`, { redirect: "manual" });
      expect([version.status, version.headers.get("location")]).toEqual([
        302,
        "/accounts/login/?next=%2Fapi%2Fv0.2%2Fsystem%2Fversion%2F",
      ]);
      const headers = { authorization: "Token bob-sandbox-token" };
      expect((await fetch(`${closed.url}/api/v0.2/system/version/`, { headers })).status).toBe(200);
    } finally {
      await closed.close();
    }
  });

  it("counts requests by route", async () => {
    lava.requests.reset();
    await Promise.all([get("jobs/4/"), get("jobs/5/"), get("jobs/4/suites/14/"), get("jobs/")]);
    expect(lava.requests.counts()).toEqual({ "GET jobs/": 1, "GET jobs/ID/": 2, "GET jobs/ID/suites/ID/": 1 });
    expect(lava.requests.total()).toBe(4);
    expect(lava.requests.peakInFlight).toBeGreaterThan(0);
  });
});

describe("submitting", () => {
  const definition = (fields: string): string =>
    `job_name: x\nvisibility: public\ntimeouts: {job: {minutes: 1}}\nactions: [{boot: {}}]\n${fields}`;

  it("refuses what LAVA refuses, in LAVA's words", async () => {
    expect(await (await submitTo(undefined, "x")).json()).toEqual(JSON.parse(fixture("rest/submit-anonymous.json")));
    expect(await (await submitTo("alice", undefined)).json()).toEqual(JSON.parse(fixture("rest/submit-missing.json")));
    const noType = await submitTo("alice", definition("device_type: nope"));
    expect([noType.status, await noType.json()]).toEqual([400, JSON.parse(fixture("rest/submit-no-such-type.json"))]);
    for (const [text, message] of [
      ["- 1", "expected a dictionary"],
      ["job_name: x", "required key not provided @ data['timeouts']"],
      ["a: [", ""],
    ] as const) {
      const response = await submitTo("alice", text);
      expect(response.status).toBe(400);
      expect(((await response.json()) as Record<string, string>)["message"]).toContain(
        `Problem with submitted job data: ${message}`,
      );
    }
    expect((await submitTo("alice", definition("device_type: fvp"))).status).toBe(400);
    const noTag = await submitTo("alice", definition("device_type: qemu\ntags: [nope]"));
    expect([noTag.status, noTag.headers.get("content-type")]).toEqual([500, "text/html; charset=utf-8"]);
  });

  it("validates without accepting", async () => {
    const validate = async (text: string): Promise<unknown> => {
      const body = JSON.stringify({ definition: text });
      return (
        await ask("jobs/validate/", undefined, {
          method: "POST",
          body,
          headers: { "content-type": "application/json" },
        })
      ).json();
    };
    expect(await validate(definition("device_type: qemu"))).toEqual(JSON.parse(fixture("rest/validate-ok.json")));
    expect(await validate("job_name: x")).toEqual(JSON.parse(fixture("rest/validate-bad.json")));
  });

  it("refers to builds in metadata and image URL of every third job", async () => {
    const job = (await get("jobs/4/")) as Record<string, string>;
    expect(job["definition"]).toContain("build-url: http://ci.test/build/7/details\n");
    expect(job["definition"]).toContain("/gnu/store/abc-linux/Image");
    expect((await page("jobs/?definition__contains=build-url")).count).toBeGreaterThan(10);
  });
});
