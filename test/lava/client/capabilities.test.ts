import { describe, expect, test } from "vitest";
import { ServerCapability } from "../../../src/ci/enums.js";
import { capabilitiesOf } from "../../../src/lava/client/server-version.js";

const { RESULTS_CHECKED, METADATA_FILTER, LOG_LINE_COUNT } = ServerCapability;
const ALL = [RESULTS_CHECKED, METADATA_FILTER, LOG_LINE_COUNT];

describe("what a LAVA can do by its version", () => {
  test.each([
    ["2019.01", []],
    ["2023.01", []],
    ["2023.06.1", []],
    ["2023.08", [RESULTS_CHECKED]],
    ["2024.09", [RESULTS_CHECKED]],
    ["2026.07", [RESULTS_CHECKED]],
    ["2026.08", ALL],
    ["2027.1", ALL],
  ])("%s", (version, expected) => {
    expect(capabilitiesOf(version)).toEqual(expected);
  });

  test.each([
    ["2023.01+dfsg-1", []],
    ["2023.1-2~bpo12+1", []],
    [" 2024.09-1\n", [RESULTS_CHECKED]],
  ])("a Debian version %j counts by its upstream part", (version, expected) => {
    expect(capabilitiesOf(version)).toEqual(expected);
  });

  test("commits after a release count as that release, so that nothing is assumed too early", () => {
    expect(capabilitiesOf("2026.07-10-g8ba352bdb")).not.toContain(METADATA_FILTER);
    expect(capabilitiesOf("2026.07.0012.g8ba352b")).not.toContain(METADATA_FILTER);
  });

  test.each([null, "", "development", "v2026.08", "2026", "2026.13", "2026.00", "2026.008", "20260.8", "1:2026.08"])(
    "%j says nothing, so it has none",
    (version) => {
      expect(capabilitiesOf(version)).toEqual([]);
    },
  );
});
