// What people write about notifications: the checks of the input, and what is shown of a block.

import { describe, expect, it } from "vitest";
import { InputRefused } from "../../../src/errors.js";
import { readDefinition } from "../../../src/lava/protocol/definition.js";
import { readNotify } from "../../../src/lava/model/notify.input.js";
import type { NotifyInput } from "../../../src/lava/model/notify.input.js";
import { readNotifyBlock, withoutSecrets } from "../../../src/lava/protocol/notify.js";
import { toNotify } from "../../../src/lava/model/notify.type.js";

const CRITERIA = { status: "FINISHED" };
const read = (notify: Record<string, unknown>) =>
  readNotify({ criteria: CRITERIA, ...notify } as unknown as NotifyInput);

describe("readNotify", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ criteria: { status: "UNRECOGNIZED" } }, "notify.criteria.status: UNRECOGNIZED can't be asked for"],
    [
      { criteria: { status: "ALL", type: "REGRESSION" } },
      "notify.criteria.type: goes with status COMPLETE or INCOMPLETE only",
    ],
    [{ criteria: { status: "ALL", dependencyQuery: " " } }, "notify.criteria.dependencyQuery: is empty; leave it out"],
    [{ verbosity: "UNRECOGNIZED" }, "notify.verbosity: UNRECOGNIZED can't be asked for"],
    [{ recipients: [{ method: "EMAIL" }] }, "notify.recipients[0]: EMAIL needs user or email"],
    [
      { recipients: [{ method: "EMAIL", user: "a", handle: "b" }] },
      "notify.recipients[0]: handle and server are for IRC; EMAIL takes user or email",
    ],
    [{ recipients: [{ method: "IRC", handle: "a" }] }, "notify.recipients[0]: IRC needs user, or handle and server"],
    [
      { recipients: [{ method: "IRC", email: "a@b" }] },
      "notify.recipients[0]: email is for EMAIL; IRC takes user, or handle and server",
    ],
    [
      { recipients: [{ method: "EMAIL", user: "a\nb" }] },
      "notify.recipients[0].user: has a line break or another control character",
    ],
    [{ recipients: Array(51).fill({}) }, "notify.recipients: has 51; 50 at most"],
    [{ callbacks: [{ url: "ftp://secret" }] }, "notify.callbacks[0].url: is no http or https address"],
    [{ callbacks: [{ url: "http://" }] }, "notify.callbacks[0].url: is no http or https address"],
    [
      { callbacks: [{ url: "http://a", token: "sec\u0000ret" }] },
      "notify.callbacks[0].token: has a line break or another control character",
    ],
    [
      { callbacks: [{ url: "http://a", token: "x".repeat(1001) }] },
      "notify.callbacks[0].token: is longer than 1000 characters",
    ],
    [{ callbacks: [{ url: "http://a", header: "X-Key" }] }, "notify.callbacks[0].header: goes with a token only"],
    [
      { callbacks: [{ url: "http://a", token: "t", header: "X Key" }] },
      "notify.callbacks[0].header: is no name of a header",
    ],
    [
      { callbacks: [{ url: "http://a", method: "UNRECOGNIZED" }] },
      "notify.callbacks[0].method: UNRECOGNIZED can't be asked for",
    ],
    [{ compare: { query: { name: "q" } } }, "notify.compare.query: takes username and name, or entity with conditions"],
    [
      { compare: { query: { entity: "testjob", username: "a" } } },
      "notify.compare.query: takes username and name, or entity with conditions",
    ],
    [
      {
        compare: {
          query: {
            entity: "testjob",
            conditions: [
              { key: "a", value: "1" },
              { key: "a", value: "2" },
            ],
          },
        },
      },
      "notify.compare.query.conditions: has a key twice",
    ],
    [
      { compare: { query: { entity: "testjob", conditions: [{ key: "a", value: "x".repeat(400) }] } } },
      "notify.compare.query.conditions: are longer than 400 characters together",
    ],
    [{ compare: { blacklist: ["x".repeat(101)] } }, "notify.compare.blacklist[0]: is longer than 100"],
  ])("refuses what a field can't hold, in one line that names it: case %#", (notify, message) => {
    expect(() => read(notify)).toThrow(InputRefused);
    expect(() => read(notify)).toThrow(expect.objectContaining({ message }));
  });

  it("puts each word into LAVA's spelling", () => {
    expect(
      read({
        verbosity: "STATUS_ONLY",
        callbacks: [{ url: "https://a/{ID}", method: "POST", dataset: "ALL", contentType: "JSON" }],
        compare: { query: { username: "alice", name: "nightly" } },
      }),
    ).toMatchObject({
      criteria: { status: "finished", type: null },
      verbosity: "status-only",
      recipients: [],
      callbacks: [{ method: "POST", dataset: "all", contentType: "json", token: null }],
      compare: { query: { username: "alice", name: "nightly", entity: null, conditions: [] }, blacklist: [] },
    });
  });
});

describe("what is shown of a notify block", () => {
  const show = (yaml: string) => {
    const block = readNotifyBlock(readDefinition(yaml)?.notify);
    return block === null ? null : toNotify(block);
  };

  it("has the single callback of old definitions, and LAVA's defaults", () => {
    expect(show("notify: {criteria: {status: complete}, callback: {url: 'http://a/b', token: t}}")).toMatchObject({
      criteria: { status: "COMPLETE", type: null },
      verbosity: "QUIET",
      recipients: [],
      callbacks: [
        {
          url: "http://a/b",
          method: "GET",
          dataset: "MINIMAL",
          contentType: "URLENCODED",
          header: null,
          hasToken: true,
        },
      ],
      compare: null,
    });
  });

  it("bears whatever an author wrote", () => {
    expect(show("job_name: x")).toBeNull();
    for (const odd of ["", "5", "[1]", "{criteria: 5}", "{criteria: {}}", "{criteria: {status: [x]}}"]) {
      expect(show(`notify: ${odd}`), odd).toBeNull();
    }
    expect(
      show(
        "notify: {criteria: {status: maybe}, verbosity: [x], recipients: [5, {}, {to: 5}, {to: {user: [x]}}], callbacks: [{}, 5, {url: [x]}], compare: {query: 5, blacklist: {a: b}}}",
      ),
    ).toMatchObject({
      criteria: { status: "UNRECOGNIZED" },
      verbosity: "QUIET",
      recipients: [{ method: "UNRECOGNIZED", user: null }],
      callbacks: [],
      compare: { query: null, blacklist: [] },
    });
  });

  it.each([
    ["https://ci.example.org/lava/{ID}", null, "https://ci.example.org/lava/{ID}"],
    ["https://u:p@ci.example.org:8080/x", null, "https://ci.example.org:8080/x"],
    ["https://u:p@x@ci.example.org/x#frag", null, "https://ci.example.org/x"],
    ["https://a/x?state={STATUS}&id={ ID }&k=v&bare&=y", null, "https://a/x?state={STATUS}&id={ ID }&k=***&***&***"],
    ["https://token.org/hooks/token/x?y={ID}", "token", "https://token.org/hooks/***/x?y={ID}"],
    ["no address: secret@host", null, "host"],
    ["https://a/x", "", "https://a/x"],
  ])("hides what may be a secret in %s", (url, token, shown) => {
    expect(withoutSecrets(url, token)).toBe(shown);
  });
});
