// Answers about the lab as LAVA 2023.01 gave them, and as older and newer servers would by their source.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decode } from "../../../src/net/decode.js";
import {
  wireAlias,
  wireDevicePermission,
  wireDeviceTypePermission,
  wireJobRows,
  wirePendingJobs,
  wireSettings,
  wireSignature,
  wireSuiteRows,
  wireTag,
} from "../../../src/lava/protocol/lab-wire.js";
import { wireDevice, wireDeviceShow, wireJobShow, wireList, wireTestJob } from "../../../src/lava/protocol/wire.js";
import { decodeResponse } from "../../../src/codec/xml-rpc-codec.js";

const ORIGIN = { server: "lava", operation: "test" };
const read = (name: string) => readFileSync(new URL(`../../fixtures/lava/${name}`, import.meta.url));
const json = (name: string): unknown => JSON.parse(read(`rest/${name}`).toString("utf8"));
const rpc = (name: string): unknown => {
  const answer = decodeResponse(read(`xmlrpc/${name}`));
  return answer.kind === "value" ? answer.value : answer;
};

describe("recorded answers", () => {
  test("tags, aliases and permissions decode", () => {
    expect(decode(ORIGIN, wireList(wireTag), json("tags.json")).results[3]).toEqual({ name: "8gb", description: null });
    expect(decode(ORIGIN, wireList(wireAlias), json("aliases.json")).results[0]).toEqual({
      name: "qemu-x86_64",
      device_type: "qemu",
    });
    const devices = decode(ORIGIN, wireList(wireDevicePermission), json("permissions-devices.json"));
    expect(devices.results[0]).toEqual({ group: "secret-team", permission: "view_device", device: "fvp-02" });
    const types = decode(ORIGIN, wireList(wireDeviceTypePermission), json("permissions-devicetypes.json"));
    expect(types.results[1]).toMatchObject({ permission: "submit_to_devicetype", devicetype: "fvp" });
  });

  test("settings decode", () => {
    expect(decode(ORIGIN, wireSettings, json("system-master_config.json"))).toMatchObject({ LOG_SIZE_LIMIT: 5 });
  });

  test("counts of pending jobs and signatures decode", () => {
    expect(decode(ORIGIN, wirePendingJobs, rpc("pending_jobs_by_device_type.res.xml"))).toHaveProperty("qemu");
    expect(decode(ORIGIN, wireSignature, rpc("system.methodSignature.res.xml"))).toBeNull();
    expect(decode(ORIGIN, wireSignature, ["str", "str"])).toEqual(["str", "str"]);
  });

  test("of a custom query's rows only ids get in, not the job's secret", () => {
    const rows = rpc("results.make_custom_query.res.xml");
    expect(JSON.stringify(rows)).toContain("token");
    expect(decode(ORIGIN, wireJobRows, rows)).toEqual([{ id: expect.any(Number) }]);
  });
});

describe("damaged answers name the place", () => {
  test.each([
    [wireList(wireTag), { count: 1, results: [{ name: 3 }] }, /at results\.0\.name/],
    [wireSettings, { EVENT_TOPIC: "x" }, /at EVENT_SOCKET/],
    [wirePendingJobs, { qemu: "3" }, /at qemu/],
    [wireJobRows, [{ id: "2008.1" }], /at 0\.id/],
    [wireSuiteRows, [{ id: 3, name: "lava" }], /at 0\.job_id/],
  ])("%#", (schema, value, message) => {
    expect(() => decode<unknown>(ORIGIN, schema, value)).toThrow(message);
  });
});

describe("answers of other versions, made by hand", () => {
  const job = json("job.json") as Record<string, unknown>;
  const device = json("device-qemu-01.json") as Record<string, unknown>;

  test("hand-made: a test job of LAVA after 2026.07 has its metadata as JSON, and is read as ever", () => {
    const newer = { ...job, metadata: { "build-id": 42, nested: { a: [1] } } };
    const { id, state, definition, submit_time } = decode(ORIGIN, wireTestJob, job);
    expect(decode(ORIGIN, wireTestJob, newer)).toMatchObject({ id, state, definition, submit_time });
  });

  test("hand-made: jobs.show of LAVA since 2023.06 has the error too", () => {
    const shown = { id: 5, tags: [], visibility: "Public" };
    const newer = { ...shown, error_msg: "no", error_type: "Infrastructure" };
    expect(decode(ORIGIN, wireJobShow, newer)).toMatchObject(shown);
    expect(decode(ORIGIN, wireJobShow, shown)).toMatchObject(shown);
  });

  test("hand-made: devices of a server that knows neither synchronization nor health jobs", () => {
    const older = { ...device, is_synced: undefined };
    expect(decode(ORIGIN, wireDevice, older)).toMatchObject({ hostname: "qemu-01", is_synced: null });
    expect(decode(ORIGIN, wireDeviceShow, { current_job: null, tags: [] })).toMatchObject({ health_job: null });
  });

  test("hand-made: a settings answer with more in it", () => {
    const newer = {
      ...(json("system-master_config.json") as object),
      EVENT_SOCKET: "tcp://[::]:5500",
      NEW_SETTING: {},
    };
    expect(decode(ORIGIN, wireSettings, newer)).not.toHaveProperty("NEW_SETTING");
  });
});
