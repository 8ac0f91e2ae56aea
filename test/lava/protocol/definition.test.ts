// Job definitions as LAVA returned them, and YAML that is made to hurt.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDefinition } from "../../../src/lava/protocol/definition.js";

const fixture = (name: string): { readonly definition: string; readonly original_definition: string } =>
  JSON.parse(readFileSync(new URL(`../../fixtures/lava/rest/${name}`, import.meta.url), "utf8")) as never;
const STORE = "/gnu/store/0123456789abcdfghijklmnpqrsvwxyz";

describe("readDefinition", () => {
  it.each(["definition", "original_definition"] as const)("reads the %s of a real test job", (form) => {
    expect(readDefinition(fixture("job.json")[form])).toEqual({
      name: "qemu shell tests",
      metadata: expect.any(Map) as unknown,
      urls: expect.any(Array) as unknown,
      storePaths: [],
      revisions: [],
      visibility: "public",
      notify: undefined,
    });
    const definition = readDefinition(fixture("job.json")[form]);
    expect(Object.fromEntries(definition?.metadata ?? [])).toEqual({
      "build-url": "https://ci.example.com/build/42",
      "git-commit": "0123456789abcdef",
      source: "etna",
    });
    expect(new Set(definition?.urls)).toEqual(
      new Set([
        "file:///srv/lava/http/initrd.cpio.gz",
        "file:///srv/lava/http/vmlinuz",
        "https://ci.example.com/build/42",
      ]),
    );
  });

  it("reads a definition without a metadata block", () => {
    expect(readDefinition(fixture("job-multinode.json").definition)).toMatchObject({
      name: "qemu multinode",
      metadata: new Map(),
      multinode: { targetGroup: "6e54302d-8ec8-4bff-8a1f-542fc5982ea2", role: "server", size: 2 },
    });
  });

  it("keeps metadata as it is written: numbers, dates, empty, lists, deeper values", () => {
    const text = `
metadata:
  commit: 0123456
  short-hash: 12345e67
  version: 1.10
  date: 2026-11-22
  flag: yes
  empty:
  list: [a, 1, ~]
  deep: {a: [1, {b: c}]}
`;
    expect(Object.fromEntries(readDefinition(text)?.metadata ?? [])).toEqual({
      commit: "0123456",
      "short-hash": "12345e67",
      version: "1.10",
      date: "2026-11-22",
      flag: "yes",
      empty: "",
      list: '["a","1",null]',
      deep: '{"a":["1",{"b":"c"}]}',
    });
  });

  it("reads standard tags that are written out as the text behind them", () => {
    const text = `
job_name: !!str x
metadata:
  size: !!int "5"
  ratio: !!float 1.50
  on: !!bool yes
  at: !!timestamp 2026-11-22
  none: !!null ""
  raw: !!binary aGk=
  set: !!set {a, b}
  pairs: !!omap [{a: 1}, {b: 2}]
  plain: ! text
`;
    expect(Object.fromEntries(readDefinition(text)?.metadata ?? [])).toEqual({
      size: "5",
      ratio: "1.50",
      on: "yes",
      at: "2026-11-22",
      none: "",
      raw: "aGk=",
      set: '["a","b"]',
      pairs: '[{"a":"1"},{"b":"2"}]',
      plain: "text",
    });
  });

  it("lists what the actions fetch: texts under url, and URLs inside other texts, once each", () => {
    const text = `
metadata: {build: "https://ci.example.com/build/1"}
notify: {callbacks: [{url: "https://hook.example.com/secret"}]}
actions:
- deploy:
    images:
      kernel: {url: "downloads://common/Image"}
      rootfs: {url: ["https://a.example.com/r.gz", {url: "nfs://host/root"}]}
      again: {url: "https://a.example.com/r.gz"}
- test:
    definitions:
    - repository: https://git.example.com/tests.git
      run: {steps: ["curl (http://b.example.com/x?y=1).", "no url: here", 'file:///srv/z']}
`;
    expect(readDefinition(text)?.urls).toEqual([
      "downloads://common/Image",
      "https://a.example.com/r.gz",
      "nfs://host/root",
      "https://git.example.com/tests.git",
      "http://b.example.com/x?y=1",
      "file:///srv/z",
    ]);
  });

  it("finds Guix store items in any text, by the first component of the path", () => {
    const text = `
metadata: {image: ${STORE}-image.qcow2}
context: {extra: "-kernel ${STORE}-linux-libre-6.1/bzImage -initrd file://${STORE}-image.qcow2/x"}
actions: [{deploy: {url: "/gnu/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-no-hash"}}, "/gnu/store/short-x"]
`;
    expect(readDefinition(text)?.storePaths).toEqual([`${STORE}-image.qcow2`, `${STORE}-linux-libre-6.1`]);
  });

  it.each([
    ["visibility: personal", "personal"],
    ["visibility: {group: [a, b]}", "group: a, b"],
    ["visibility: {group: a}", "group: a"],
    ["visibility: {other: [x]}", '{"other":["x"]}'],
    ["visibility:", null],
    ["job_name: x", null],
  ])("reads %j as %j", (text, visibility) => {
    expect(readDefinition(text)?.visibility).toBe(visibility);
  });

  it("follows merge keys and lets the last of two equal keys win, as LAVA does", () => {
    const text = "base: &b {a: 1}\nmetadata: {<<: *b, c: 2, c: 3}\nnotify: {criteria: {status: finished}}";
    const definition = readDefinition(text);
    expect(Object.fromEntries(definition?.metadata ?? [])).toEqual({ a: "1", c: "3" });
    expect(definition?.notify).toEqual({ criteria: { status: "finished" } });
  });

  it("takes a key __proto__ for a key", () => {
    const definition = readDefinition("__proto__: {job_name: evil}\nmetadata: {__proto__: {x: y}}");
    expect(definition?.name).toBeNull();
    expect([...(definition?.metadata ?? [])]).toEqual([["__proto__", '{"x":"y"}']]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  const bomb = (value: string): string => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i}: &l${i} [${`*l${i - 1},`.repeat(9)}*l${i - 1}]`);
    return [`l0: &l0 ${value}`, ...levels.slice(1)].join("\n");
  };

  it.each([
    ["a damaged copy", fixture("job.json").definition.replace("images:", "images: [")],
    ["a tab where YAML has none", "a:\n\t- b"],
    ["nothing", ""],
    ["a list", "- a"],
    ["plain text", "Not a definition"],
    ["several documents", "a: 1\n---\nb: 2"],
    ["a tag with code", "a: !!js/function 'x'"],
    ["more than 2 MiB", `a: ${"x".repeat(2 * 1024 * 1024)}`],
    ["an alias bomb of lists", bomb("[x]")],
    [
      "an alias bomb of text",
      bomb("x")
        .split("\n")
        .slice(0, 6)
        .join("\n")
        .replace("&l0 x", `&l0 ${"x".repeat(200)}`),
    ],
    ["an alias that holds itself", "a: &a [*a]"],
    ["1 MiB of brackets", `a: ${"[".repeat(1024 * 1024)}`],
  ])("gives null for %s", (_, text) => {
    expect(readDefinition(text)).toBeNull();
  });
});
