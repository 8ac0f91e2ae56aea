// Ids and cursors, which clients may write as they like: refused, or harmless where they go to a server.

import fc from "fast-check";
import { describe, expect } from "vitest";
import { decodeGlobalId, encodeGlobalId } from "../../../src/ci/global-id.js";
import { mergePages, pageOfArray, readPageArgs } from "../../../src/ci/page.js";
import type { Page, PageRequest } from "../../../src/ci/page.js";
import { pageOfEvaluationBuilds } from "../../../src/cuirass/client/all-builds.js";
import { justBefore } from "../../../src/cuirass/protocol/border.js";
import { pageOfFinishedBuilds } from "../../../src/cuirass/client/build-pages.js";
import type { CuirassClient } from "../../../src/cuirass/client/client.js";
import { pageOfEvaluations } from "../../../src/cuirass/client/evaluation-pages.js";
import {
  parseId,
  readCommit,
  readDerivation,
  readJobNames,
  readQueryText,
  readStoreItem,
  toEvaluationId,
} from "../../../src/cuirass/protocol/ids.js";
import { pageOfQueue } from "../../../src/cuirass/client/queue-pages.js";
import { pageOfRuns } from "../../../src/cuirass/run-pages.js";
import { Cursors, PROCESS_KEY, openMarks, sealMarks } from "../../../src/events/cursors.js";
import { readHostname, readJobId } from "../../../src/lava/protocol/ids.js";
import { readMicros } from "../../../src/lava/protocol/time.js";
import { offsetPage } from "../../../src/lava/offset-page.js";
import { NEWEST_FIRST, searchOf } from "../../../src/lava/protocol/job-search.js";
import { pageOfTestJobs } from "../../../src/lava/client/test-job-pages.js";
import { anyText, damaged, fuzz } from "./cases.js";

/** What a value in a query may hold at Cuirass, which decodes nothing: ASCII without blank, `#`, `&` and `=`. */
const RAW = /^[!"$%'-<>-~]*$/;

describe("global ids", () => {
  const sound = [encodeGlobalId("TestJob", "lava", 12), encodeGlobalId("TestCase", "lab", "7/smoke: ü")];
  fuzz("damaged ones and any text", fc.oneof(damaged(sound), anyText), (id) => {
    const { typeName, server, key } = decodeGlobalId(id);
    expect(encodeGlobalId(typeName, server, key)).toBe(id);
  });
  fuzz(
    "come back as they were",
    fc.tuple(
      fc.stringMatching(/^[A-Za-z]{1,20}$/),
      fc.stringMatching(/^[A-Za-z][\w-]{0,39}$/),
      fc.string({ unit: "grapheme", minLength: 1 }),
    ),
    ([typeName, server, key]) => {
      expect(decodeGlobalId(encodeGlobalId(typeName, server, key))).toEqual({ typeName, server, key });
    },
  );
});

describe("native ids and names", () => {
  fuzz("of test jobs and devices", anyText, (text) => {
    expect(encodeURIComponent(String(readJobId("jobId", text)))).toMatch(/^[\d.]+$/);
  });
  fuzz("of devices", anyText, (text) => readHostname("hostname", text));
  fuzz("of Cuirass' things", anyText, (text) => {
    const id = parseId(text);
    if (id !== null) expect(String(id)).toMatch(/^\d+$/);
    expect(readQueryText("job", text)).toMatch(RAW);
  });
  for (const [name, read] of Object.entries({ readStoreItem, readDerivation, readCommit })) {
    const sound = ["/gnu/store/5z0n1maxsdff8drld7jgxgrkasg3iy5p-hello-2.12.drv", "a".repeat(40)];
    fuzz(name, fc.oneof(anyText, damaged(sound)), (text) => {
      expect(encodeURIComponent(read("path", text))).not.toContain("%2F");
    });
  }
  fuzz("lists of jobs", fc.array(anyText, { maxLength: 5 }), (names) => readJobNames("names", names));
  fuzz("times", anyText, (text) => readMicros("after", text));
});

describe("cursors of events", () => {
  const lava = new Cursors("lava");
  const sound = [lava.seal(12), lava.seal(null), sealMarks(PROCESS_KEY, new Map([["lava", lava.mark(3)]]))];
  fuzz("damaged ones and any text", fc.oneof(damaged(sound), anyText), (cursor) => {
    // None but those that this process has made.
    if (sound.includes(cursor)) return;
    const bytes = Buffer.from(cursor, "base64url").toString("base64url");
    if (sound.includes(bytes)) return;
    expect(lava.open(cursor)).toBe(-1);
    expect(lava.numberOf(cursor)).toBe(-1);
    expect(openMarks(PROCESS_KEY, cursor)).toBeNull();
  });
  fuzz(
    "come back as they were, to their own feed only",
    fc.tuple(fc.string(), fc.nat(), fc.string()),
    ([feed, number, other]) => {
      const cursors = new Cursors(feed);
      expect(cursors.open(cursors.seal(number))).toBe(number);
      if (other !== feed) expect(new Cursors(other).open(cursors.seal(number))).toBe(-1);
      const marks = new Map([[feed, cursors.mark(number)]]);
      expect(openMarks(PROCESS_KEY, sealMarks(PROCESS_KEY, marks))).toEqual(marks);
    },
  );
});

/** A Cuirass that has nothing, and looks at what goes on the wire. */
function emptyCuirass(): CuirassClient {
  const none = (...asked: unknown[]) => {
    for (const text of JSON.stringify(asked).matchAll(/"([^"]*)"[,}\]]/g)) expect(text[1]).toMatch(RAW);
    return Promise.resolve([]);
  };
  const client = {
    server: "guix",
    queue: none,
    latestBuilds: none,
    endedSince: none,
    evaluations: none,
    specifications: none,
  };
  const unknown = {
    evaluation: () => Promise.resolve(null),
    shownEvaluation: () => Promise.resolve(null),
    hasEvaluation: () => Promise.resolve(false),
  };
  return { ...client, ...unknown } as unknown as CuirassClient;
}

describe("cursors of pages", () => {
  const build = toEvaluationId(7);
  const lists: Readonly<Record<string, (request: PageRequest) => Promise<unknown>>> = {
    "finished builds": (request) => pageOfFinishedBuilds(emptyCuirass(), {}, request),
    "an evaluation's builds": (request) => pageOfEvaluationBuilds(emptyCuirass(), { evaluation: build }, request, null),
    "builds by time": (request) =>
      pageOfFinishedBuilds(emptyCuirass(), {}, request, { range: { below: justBefore("2026-01-01T00:00:00Z") } }),
    queue: (request) => pageOfQueue(emptyCuirass(), {}, request),
    evaluations: (request) => pageOfEvaluations(emptyCuirass(), null, request),
    runs: (request) =>
      pageOfRuns(
        emptyCuirass(),
        { kinds: null, phases: null, outcomes: null, createdAfter: null, createdBefore: null, text: null },
        request,
      ),
    "test jobs": (request) =>
      pageOfTestJobs(
        (query) => {
          for (const value of Object.values(query)) expect(String(value)).toMatch(/^[\w.:,+ -]*$/);
          return Promise.resolve({ count: 0, results: [] });
        },
        searchOf({}),
        NEWEST_FIRST,
        request,
      ),
    "test jobs by time": (request) =>
      pageOfTestJobs(
        (query) => {
          for (const value of Object.values(query)) expect(String(value)).toMatch(/^[\w.:,+ -]*$/);
          return Promise.resolve({ count: 0, results: [] });
        },
        searchOf({}),
        { field: "end_time", descending: true },
        request,
      ),
    offsets: (request) => offsetPage(request, () => Promise.resolve({ count: 3, nodes: [1, 2, 3] })),
    "lists at hand": (request) => Promise.resolve(pageOfArray(["a", "b"], request, (text) => text)),
    "merged lists": (request) => {
      const page: Page<number> = {
        items: [{ cursor: "1", node: 1 }],
        hasNextPage: true,
        hasPreviousPage: false,
        totalCount: null,
      };
      return mergePages(
        [{ server: "a", page: () => Promise.resolve(page) }],
        request,
        (time) => time,
        () => undefined,
      );
    },
  };
  const sound = [
    ...[
      "0",
      "12",
      "12.3",
      "7.12.3",
      "q1.2.3.4",
      "f7.12.3",
      "q",
      "f",
      "1795308014.12",
      "1795308014000000.12",
      "381654500.089736",
      "-.5",
    ],
    ...["123:45", "1,2", Buffer.from('{"a":"1"}').toString("base64url"), Buffer.from('{"a":1}').toString("base64url")],
    ...["99999999999999999999", "-1", "1e9", "0x10", "1.5.", "4294967296.4294967296.4294967296"],
  ];
  const cursor = fc.oneof(damaged(sound), fc.constantFrom(...sound), anyText);
  const directions = fc.constantFrom("forward" as const, "backward" as const);
  for (const [list, page] of Object.entries(lists)) {
    fuzz(`of ${list}`, fc.tuple(cursor, directions, fc.nat(100)), ([text, direction, count]) =>
      page({ direction, count, cursor: text }),
    );
  }
  fuzz(
    "the arguments of a page",
    fc.record({
      first: fc.option(fc.oneof(fc.integer(), fc.double())),
      last: fc.option(fc.oneof(fc.integer(), fc.double())),
      after: fc.option(anyText),
      before: fc.option(anyText),
    }),
    (args) => {
      const { count } = readPageArgs(args);
      expect(count).toBeGreaterThanOrEqual(0);
      expect(count).toBeLessThanOrEqual(100);
    },
  );
});
