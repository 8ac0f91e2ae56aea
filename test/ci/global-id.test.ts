// Opaque ids: what one function makes, the other reads, and nothing else.

import { describe, expect, it } from "vitest";
import { decodeGlobalId, encodeGlobalId } from "../../src/ci/global-id.js";
import { InputRefused } from "../../src/errors.js";

describe("global ids", () => {
  it.each<[string, string, string | number]>([
    ["TestJob", "lava", 1234],
    ["TestCase", "lab-2", "12/0_smoke/set one/case:with:colons"],
    ["Device", "lava", "qemu-01"],
    ["Specification", "guix", "größe/✓\nnext line"],
  ])("come back as they were: %s of %s, %j", (typeName, server, key) => {
    const id = encodeGlobalId(typeName, server, key);
    expect(id).toMatch(/^[\w-]+$/);
    expect(decodeGlobalId(id)).toEqual({ typeName, server, key: String(key) });
  });

  it("differ by type, server and key", () => {
    const ids = [
      encodeGlobalId("TestJob", "a", 1),
      encodeGlobalId("TestJob", "b", 1),
      encodeGlobalId("TestJob", "a", 2),
      encodeGlobalId("Build", "a", 1),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  const encode = (text: string) => Buffer.from(text).toString("base64url");
  it.each([
    "",
    "junk",
    "ü",
    "TestJob:lava:1",
    encode("TestJob"),
    encode("TestJob:lava"),
    encode("TestJob:lava:"),
    encode("Test Job:lava:1"),
    `${encode("TestJob:lava:1")}=`,
    `${encode("TestJob:lava:1")} `,
    Buffer.from([0xff, 0xfe, 0x3a, 0x61, 0x3a, 0x62]).toString("base64url"),
  ])("refuses %j", (id) => {
    expect(() => decodeGlobalId(id)).toThrow(InputRefused);
  });

  it("quotes only the beginning of a long one", () => {
    expect(() => decodeGlobalId("x".repeat(10_000))).toThrow(/^id: "x{60}" is not an id of this graph/);
  });
});
