import { describe, expect, it } from "vitest";
import {
  parseId,
  parseStoreItem,
  readBuildId,
  readDerivation,
  readJobNames,
  readQueryText,
  readStoreItem,
} from "../../../src/cuirass/protocol/ids.js";
import { InputRefused } from "../../../src/errors.js";

const ITEM = "8d8svppvsz2i6065r1p2r4awbi0zc1ns-guix-1.4.0-1";

describe("ids", () => {
  it("takes what PostgreSQL holds in four bytes", () => {
    expect(parseId("1")).toBe(1);
    expect(parseId("2147483647")).toBe(2_147_483_647);
  });

  it.each(["0", "-1", "2147483648", "99999999999", "1.5", "1e3", "01", "", " 1", "NaN"])("knows no id %j", (text) => {
    expect(parseId(text)).toBeNull();
  });

  it("names the argument and the range when it refuses one", () => {
    expect(() => readBuildId("buildId", -1)).toThrow("buildId: -1 is not an id; ids go from 1 to 2147483647");
    expect(() => readBuildId("buildId", -1)).toThrow(InputRefused);
  });
});

describe("store items", () => {
  it.each([ITEM, `/gnu/store/${ITEM}`, `/gnu/store/${ITEM}/bin/guix`])("finds the item in %s", (text) => {
    expect(parseStoreItem(text)).toBe(ITEM);
  });

  it.each([
    "",
    "guix",
    "/gnu/store/",
    "/nix/store/x",
    `/gnu/store/${ITEM.slice(1)}`,
    `${ITEM}\n`,
    `/gnu/store/${ITEM}?é`,
  ])("finds none in %j", (text) => {
    expect(() => readStoreItem("path", text)).toThrow(/^path: .* is not a store path/);
  });

  it("tells a derivation by its ending", () => {
    expect(readDerivation("derivation", `/gnu/store/${ITEM}.drv`)).toBe(`${ITEM}.drv`);
    expect(() => readDerivation("derivation", ITEM)).toThrow(/is not a derivation/);
  });
});

describe("texts for query strings", () => {
  it.each(["gtk+.x86_64-linux", "a,b", "a:b/c@d", "100%", "a?b"])("takes %s, which travels unescaped", (text) => {
    expect(readQueryText("job", text)).toBe(text);
  });

  it.each([
    ["a&b", '"&"'],
    ["a=b", '"="'],
    ["a#b", '"#"'],
    ["a b", '" "'],
    ["a\nb", String.raw`"\n"`],
    ["café", '"é"'],
    ["a😀", '"😀"'],
  ])("refuses %j, which Cuirass can't be asked for", (text, odd) => {
    expect(() => readQueryText("filter.job", text)).toThrow(
      `filter.job: holds ${odd}, which Cuirass can't be asked for`,
    );
  });

  it("refuses an empty text, which would match nothing", () => {
    expect(() => readQueryText("job", "")).toThrow("job: is empty");
  });

  it.each([[["a,b"]], [["a", '"b"']], [["{a}"]], [["a\\b"]]])(
    "refuses the job names %j, which would break the list",
    (names) => {
      expect(() => readJobNames("names", names)).toThrow(/^names: .* which no job name does/);
    },
  );

  it("bounds the number of job names", () => {
    expect(() => readJobNames("names", [])).toThrow("names: is empty");
    expect(() => readJobNames("names", new Array<string>(101).fill("a"))).toThrow("names: has more than 100 names");
  });
});
