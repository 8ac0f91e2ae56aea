// Which settings of a publisher become an address, held against what ZeroMQ itself takes.

import { describe, expect, test } from "vitest";
import { Subscriber } from "zeromq";
import { toPublisherAddress } from "../../src/net/publisher-address.js";

describe("toPublisherAddress", () => {
  test.each([
    ["tcp://*:5500", "tcp://lava.example.org:5500"],
    ["tcp://0.0.0.0:5500", "tcp://lava.example.org:5500"],
    ["tcp://[::]:5500", "tcp://lava.example.org:5500"],
    ["tcp://10.0.0.1:1", "tcp://10.0.0.1:1"],
    ["tcp://[fe80::1]:5500", "tcp://[fe80::1]:5500"],
    ["tcp://lab_1.example.org:65535", "tcp://lab_1.example.org:65535"],
  ])("makes of %s an address that ZeroMQ takes: %s", (setting, address) => {
    expect(toPublisherAddress(setting, "lava.example.org")).toBe(address);
    const socket = new Subscriber();
    try {
      socket.connect(address);
    } finally {
      socket.close();
    }
  });

  test.each([
    ["", "nothing"],
    [" tcp://10.0.0.1:5500", "a blank before it"],
    ["tcp://10.0.0.1:5500 ", "a blank behind it"],
    ["tcp://10.0.0.1 :5500", "a blank in it"],
    ["tcp://10.0.0.1:5500\n", "a line break behind it"],
    ["tcp://:5500", "no host"],
    ["tcp://10.0.0.1", "no port"],
    ["tcp://10.0.0.1:0", "port 0"],
    ["tcp://10.0.0.1:65536", "a port that is too high"],
    ["tcp://10.0.0.1;10.0.0.2:5500", "an address to come from"],
    ["tcp://user@10.0.0.1:5500", "a user"],
    ["ipc:///run/lava", "another transport"],
  ])("refuses %j: %s", (setting) => {
    expect(toPublisherAddress(setting, "lava.example.org")).toBeNull();
  });
});
