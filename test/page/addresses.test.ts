// Addresses of the page: what is chosen, written into them and read back.

import { describe, expect, it } from "vitest";
import {
  changed,
  queryOf,
  rangeHash,
  readEnums,
  readRange,
  readText,
  routes,
  withChoices,
} from "../../src/page/routes.js";

describe("an address", () => {
  it("gives back what was chosen", () => {
    const choices = { state: ["idle", "running"], text: "a b&c=d#é", spec: "master", meta: "kernel:v6.1" };
    const params = new URLSearchParams(queryOf(choices));
    expect(params.getAll("state")).toEqual(choices.state);
    expect(readText(params, "text")).toBe(choices.text);
    expect(readText(params, "meta")).toBe(choices.meta);
    expect(queryOf(choices)).toContain("meta=kernel:v6.1");
  });

  it("keeps what was not changed, and loses what was taken out", () => {
    expect(changed("?a=1&b=2&b=3&c=4", { a: null, c: "5" })).toBe("b=2&b=3&c=5");
    expect(changed("", { a: "1", b: "" })).toBe("a=1");
    expect(withChoices("/jobs", {})).toBe("/jobs");
  });

  it("names things whose names hold anything", () => {
    expect(routes.board("lab 2", "a/b?c")).toBe("/board/lab%202/a%2Fb%3Fc");
    expect(routes.job("lava", "2008.1")).toBe("/job/lava/2008.1");
  });

  it("takes values of an enum in any case, and leaves unknown ones out", () => {
    const known = ["IDLE", "RUNNING"] as const;
    expect(readEnums(new URLSearchParams("state=running,idle"), "state", known)).toEqual(["IDLE", "RUNNING"]);
    expect(readEnums(new URLSearchParams("state=Idle&state=nothing"), "state", known)).toEqual(["IDLE"]);
    expect(readEnums(new URLSearchParams("state=nothing"), "state", known)).toBeNull();
  });

  it("leads to lines of a log", () => {
    for (const range of [
      { first: 120, last: 140 },
      { first: 0, last: 0 },
    ]) {
      expect(readRange(rangeHash(range))).toEqual(range);
    }
    expect(readRange("#L140-L120")).toEqual({ first: 120, last: 140 });
    expect(readRange("#L7-9")).toEqual({ first: 7, last: 9 });
    for (const other of ["", "#", "#L", "#Lx", "#main", "#L1-", "#L1234567890"]) expect(readRange(other)).toBeNull();
  });
});
