// Each field of devices, device types and workers, from rows as LAVA gives them.

import { expect, test } from "vitest";
import { toDevice, toDeviceType, toWorker } from "../../../src/lava/model/device.type.js";
import { wireDevice, wireDeviceType, wireWorker } from "../../../src/lava/protocol/wire.js";

test("a device", () => {
  const wire = wireDevice.parse({
    hostname: "bbb-02",
    device_type: "beaglebone-black",
    device_version: "1.4",
    physical_owner: null,
    physical_group: 2,
    description: "flaky power supply",
    tags: [2],
    state: "Reserved",
    health: "Looping",
    last_health_report_job: 7,
    worker_host: "worker-lab",
    is_synced: false,
  });
  expect(toDevice("lab", wire)).toMatchObject({
    serverName: "lab",
    hostname: "bbb-02",
    state: "RESERVED",
    health: "LOOPING",
    description: "flaky power supply",
    deviceVersion: "1.4",
    synced: false,
  });
});

test("a device type", () => {
  const wire = wireDeviceType.parse({
    name: "hikey",
    architecture: "ARMv8",
    processor: "Kirin 620",
    cpu_model: "hi6220",
    aliases: ["hi6220-hikey", "hi6220-hikey-r2"],
    bits: 64,
    cores: ["Cortex-A53", "Cortex-M3"],
    core_count: 8,
    description: "96Boards",
    health_frequency: 24,
    disable_health_check: true,
    health_denominator: "hours",
    display: true,
  });
  expect(toDeviceType("lab", wire)).toMatchObject({
    serverName: "lab",
    name: "hikey",
    architecture: "ARMv8",
    processor: "Kirin 620",
    cpuModel: "hi6220",
    aliases: ["hi6220-hikey", "hi6220-hikey-r2"],
    bits: 64,
    cores: ["Cortex-A53", "Cortex-M3"],
    coreCount: 8,
    description: "96Boards",
  });
});

test("a worker", () => {
  const wire = wireWorker.parse({
    hostname: "worker-01",
    health: "Maintenance",
    state: "Offline",
    description: "qemu host",
    last_ping: "2026-11-22T03:56:56.456469Z",
    job_limit: 3,
    version: "2023.01",
  });
  expect(toWorker("lab", wire)).toMatchObject({
    serverName: "lab",
    hostname: "worker-01",
    health: "MAINTENANCE",
    state: "OFFLINE",
    description: "qemu host",
    lastPing: "2026-11-22T03:56:56.456469Z",
    jobLimit: 3,
    version: "2023.01",
  });
});
