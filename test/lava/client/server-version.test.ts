import { describe, expect, test } from "vitest";
import { ServerVersion, releaseOf, toServerWords } from "../../../src/lava/client/server-version.js";

describe("the release that a version belongs to", () => {
  test.each([
    ["2023.01", 202301],
    ["2023.1-2~bpo12+1", 202301],
    ["2023.06.1", 202306],
    [" 2024.09-1\n", 202409],
    ["2026.07-10-g8ba352bdb", 202607],
    ["2026.07.0012.g8ba352b", 202607],
    [null, null],
    ["", null],
    ["development", null],
    ["v2026.08", null],
    ["2026", null],
    ["2026.13", null],
    ["2026.00", null],
    ["2026.008", null],
    ["1:2026.08", null],
  ])("%j is %j", (version, release) => {
    expect(releaseOf(version)).toBe(release);
  });
});

describe("a server's version", () => {
  const refused = () => Promise.reject(new Error("refused"));

  test("is asked for once, whoever wants it meanwhile and afterwards", async () => {
    const version = new ServerVersion();
    let asked = 0;
    const ask = () => Promise.resolve(`2023.0${++asked}`);
    expect(await Promise.all([version.get(ask), version.get(ask)])).toEqual(["2023.01", "2023.01"]);
    expect(await version.get(ask)).toBe("2023.01");
    version.note("2026.10");
    expect(await version.get(ask)).toBe("2026.10");
    expect(asked).toBe(1);
  });

  test("is asked for again by each to whom the answer to another was a refusal", async () => {
    const version = new ServerVersion();
    const first = version.get(refused);
    const second = version.get(() => Promise.resolve("2023.01"));
    await expect(first).rejects.toThrow("refused");
    expect(await second).toBe("2023.01");
    expect(await version.get(refused)).toBe("2023.01");
  });
});

describe("lists of states and healths in a server's form", () => {
  const query = { state__in: "Submitted,Finished", health__in: "Canceled,Unknown", limit: 5 };
  const ofRelease = (release: number | null) => () => Promise.resolve(release);

  test.each([
    [202012, { state__in: "0,5", health__in: "3,0", limit: 5 }],
    [202101, query],
    [202610, query],
    // A version that says nothing: newer ones are more.
    [null, query],
  ])("of %j", async (release, expected) => {
    expect(await toServerWords(query, ofRelease(release))).toEqual(expected);
  });

  test("a single word is the same on all, so that no version is needed; no list stays none", async () => {
    const never = () => Promise.reject(new Error("not to be asked"));
    expect(await toServerWords({ state__in: "Finished", health__in: null }, never)).toEqual({
      state: "Finished",
      health__in: null,
    });
  });
});
