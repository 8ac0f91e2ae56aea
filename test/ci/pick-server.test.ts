// Which server an argument `server` means, and the words when it means none.

import { describe, expect, it } from "vitest";
import { pickServer } from "../../src/ci/pick-server.js";

const [one, two] = [{ name: "one" }, { name: "two" }];

describe("pickServer", () => {
  it("takes the named one, or the only one", () => {
    expect(pickServer([one, two], "two", "LAVA")).toBe(two);
    expect(pickServer([one], null, "LAVA")).toBe(one);
    expect(pickServer([one], undefined, "LAVA")).toBe(one);
  });

  it.each([
    [[], null, "server: no LAVA server is configured"],
    [[], "x", 'server: no server is called "x"; none is configured'],
    [[one, two], null, "server: is needed with several LAVA servers; known are one, two"],
    [[one, two], "x", 'server: no server is called "x"; known are one, two'],
    [[one], "", 'server: no server is called ""; known are one'],
  ])("refuses of %j the name %j", (servers, name, message) => {
    expect(() => pickServer(servers, name, "LAVA")).toThrow(
      expect.objectContaining({ name: "InputRefused", argument: "server", message }),
    );
  });
});
