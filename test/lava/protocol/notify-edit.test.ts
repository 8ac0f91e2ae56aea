// A notify block put into definitions as people write them: nothing but the block may change.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { withNotify } from "../../../src/lava/protocol/notify-edit.js";
import type { NotifyBlock } from "../../../src/lava/protocol/notify.js";

const PLAIN: NotifyBlock = {
  criteria: { status: "finished", type: null, dependencyQuery: null },
  verbosity: null,
  recipients: [],
  callbacks: [],
  compare: null,
};
const FULL: NotifyBlock = {
  criteria: { status: "incomplete", type: "regression", dependencyQuery: 'testjob__x: "y"' },
  verbosity: "status-only",
  recipients: [
    { method: "email", user: "alice", email: null, handle: null, server: null },
    { method: "irc", user: null, email: null, handle: "no", server: "irc.example.org" },
  ],
  callbacks: [
    {
      url: "https://ci.example.org/{ID}?a=1#b",
      method: "POST",
      token: "0x1F",
      header: "X-Key",
      dataset: "all",
      contentType: "json",
    },
  ],
  compare: {
    query: { username: null, name: null, entity: "testjob", conditions: [["testjob__submitter__exact", "1e3"]] },
    blacklist: ["lava", "- x: y"],
  },
};
const FULL_LINES = `notify:
  criteria:
    status: incomplete
    type: regression
    dependency_query: "testjob__x: \\"y\\""
  verbosity: status-only
  recipients:
    - to:
        method: email
        user: alice
    - to:
        method: irc
        handle: "no"
        server: "irc.example.org"
  callbacks:
    - url: "https://ci.example.org/{ID}?a=1#b"
      method: POST
      token: "0x1F"
      header: X-Key
      dataset: all
      content-type: json
  compare:
    query:
      entity: testjob
      conditions:
        testjob__submitter__exact: "1e3"
    blacklist:
      - lava
      - "- x: y"
`;
const BLOCK = "notify:\n  criteria:\n    status: finished\n";

describe("withNotify", () => {
  it("writes the whole block as LAVA's documentation has it, each text as text", () => {
    const edited = withNotify("job_name: x\n", FULL);
    expect(edited).toBe(`job_name: x\n${FULL_LINES}`);
    expect((load(edited) as { notify: unknown }).notify).toMatchObject({
      recipients: [{ to: { user: "alice" } }, { to: { handle: "no" } }],
      callbacks: [{ token: "0x1F", "content-type": "json" }],
      compare: { query: { conditions: { testjob__submitter__exact: "1e3" } }, blacklist: ["lava", "- x: y"] },
    });
  });

  it.each<[string, string, string]>([
    [
      "at the end where there is none",
      "job_name: x\nactions: [] # none\n",
      `job_name: x\nactions: [] # none\n${BLOCK}`,
    ],
    ["after a comment at the end", "job_name: x\n# bye\n", `job_name: x\n# bye\n${BLOCK}`],
    [
      "in the place of its own, between neighbours with comments",
      "# top\njob_name: x  # name\n\n# whom to tell\nnotify:   # us\n  # first\n  criteria: {status: complete}\n  verbosity: quiet\n  # last\n\n# the board\ndevice_type: y\n",
      `# top\njob_name: x  # name\n\n# whom to tell\n${BLOCK}\n# the board\ndevice_type: y\n`,
    ],
    [
      "in the place of one in flow style over several lines",
      "notify: {criteria: {status: complete},\n  verbosity: quiet} # done\njob_name: x\n",
      `${BLOCK}job_name: x\n`,
    ],
    [
      "in the place of the last key, blank lines and comments after it kept",
      "job_name: x\nnotify:\n  criteria:\n    status: complete\n\n# vim: ft=yaml\n",
      `job_name: x\n${BLOCK}\n# vim: ft=yaml\n`,
    ],
    [
      "in the place of a last key without a line end",
      "job_name: x\nnotify: {criteria: {status: all}}",
      `job_name: x\n${BLOCK.trimEnd()}`,
    ],
    [
      "in the place of one whose lists stand as far left as their key",
      "notify:\n  criteria:\n    status: complete\n  recipients:\n  - to: {method: email}\nactions:\n- boot: {}\n",
      `${BLOCK}actions:\n- boot: {}\n`,
    ],
    ["before a document's end mark", "---\njob_name: x\n...\n", `---\njob_name: x\n${BLOCK}...\n`],
    [
      "after directives and with a document's start mark",
      "%YAML 1.1\n---\n# x\nnotify: {criteria: {status: all}}\njob_name: x\n",
      `%YAML 1.1\n---\n# x\n${BLOCK}job_name: x\n`,
    ],
    ["at the top of a text whose last line has no end", "# x\njob_name: |\n  y", `# x\n${BLOCK}job_name: |\n  y`],
    ["beside one that a merge brings", "base: &b\n  notify: x\n<<: *b\n", `base: &b\n  notify: x\n<<: *b\n${BLOCK}`],
    ["with a quoted key", "'notify' : {criteria: {status: all}}\njob_name: x\n", `${BLOCK}job_name: x\n`],
    [
      "with the indentation of the whole",
      "  job_name: x\n  a: 1\n",
      `  job_name: x\n  a: 1\n${BLOCK.replace(/^/gm, "  ").trimEnd()}\n`,
    ],
    [
      "after a byte order mark",
      "\ufeffnotify: {criteria: {status: all}}\njob_name: x\n",
      `\ufeff${BLOCK}job_name: x\n`,
    ],
    [
      "beside words that look like it",
      'metadata:\n  notify: me\njob_name: "a\n\n  notify: b"\nrun: |\n  notify: c\n  # notify\n',
      `metadata:\n  notify: me\njob_name: "a\n\n  notify: b"\nrun: |\n  notify: c\n  # notify\n${BLOCK}`,
    ],
    [
      "into JSON",
      '{"job_name": "x", "notify": {"criteria": {"status": "all"}}, "a": [1]}',
      '{"job_name": "x", "notify": {"criteria":{"status":"finished"}}, "a": [1]}',
    ],
    [
      "into a mapping in flow style",
      "# { x\n{ # y {\n  job_name: x,\n}\n",
      '# { x\n{"notify": {"criteria":{"status":"finished"}},  # y {\n  job_name: x,\n}\n',
    ],
  ])("writes it %s", (_, before, after) => {
    expect(withNotify(before, PLAIN)).toBe(after);
  });

  it("writes CR LF where the author did", () => {
    const crlf = (text: string) => text.replaceAll("\n", "\r\n");
    const before = "# x\njob_name: x\nnotify:\n  criteria: {status: all}\n# y\na: |\n  1\n  2\n";
    expect(withNotify(crlf(before), PLAIN)).toBe(crlf(`# x\njob_name: x\n${BLOCK}# y\na: |\n  1\n  2\n`));
    expect(withNotify(crlf("job_name: x\n"), FULL)).toBe(crlf(`job_name: x\n${FULL_LINES}`));
  });

  it("keeps every other byte of real definitions, and twice is as good as once", () => {
    const folder = join(import.meta.dirname, "../../real/lava/lava/jobs");
    for (const file of readdirSync(folder)) {
      const before = readFileSync(join(folder, file), "utf8");
      const once = withNotify(before, FULL);
      const at = once.indexOf(FULL_LINES);
      const without = before.replace(/^notify:\n(?: .*\n)*/m, "");
      expect(once.slice(0, at) + once.slice(at + FULL_LINES.length), file).toBe(without);
      expect(withNotify(once, FULL), file).toBe(once);
    }
  });

  it.each<[string, string, RegExp]>([
    ["no YAML", "a: [", /not one YAML document: .*, line 2/],
    ["two documents", "a: 1\n---\nb: 2\n", /not one YAML document/],
    ["a list", "- 1\n", /no YAML mapping/],
    ["a word", "hello", /no YAML mapping/],
    ["two blocks", "notify: {}\na: 1\nnotify: {}\n", /the key notify twice/],
    ["a block whose anchor is used elsewhere", "notify: &n {a: b}\nmetadata: *n\n", /anchor/],
    ["a block whose anchor hides another one", "base: &n 1\nnotify: &n {a: b}\nuse: *n\n", /anchor/],
    ["a block behind a key without a value", "? x\nnotify: {a: b}\n", /begin a line/],
    ["a key with an anchor", "a: 1\n&x notify: {a: b}\n", /plainly|anchor/],
    ["a key of the other form", "a: 1\n? notify\n: {a: b}\n", /plainly|anchor/],
    ["aliases that stand for billions", bomb(), /aliases/],
  ])("refuses %s and says why, without quoting the definition", (_, before, message) => {
    expect(() => withNotify(before, PLAIN)).toThrow(message);
    expect(() => withNotify(before, PLAIN)).toThrow(/^definition: notify can't be added: /);
  });
});

function bomb(): string {
  const levels = Array.from({ length: 12 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at}, `.repeat(9)}]`);
  return `l0: &l0 [x]\n${levels.join("\n")}\n`;
}
