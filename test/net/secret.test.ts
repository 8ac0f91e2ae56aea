// A token must not be seen, however it is printed.

import { Console } from "node:console";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/net/secret.js";

const TEXT = "s3cr3t-token";

describe("Secret", () => {
  const secret = new Secret(TEXT);
  const printed: string[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      printed.push(chunk.toString());
      done();
    },
  });

  it.each<[string, () => string]>([
    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- the mistake this guards against
    ["in a template", () => `token ${secret}`],
    ["as text", () => String(secret)],
    ["as JSON", () => JSON.stringify({ secret, list: [secret] })],
    ["by inspect", () => inspect({ secret, deep: { list: [secret] } }, { depth: null, showHidden: true })],
    ["in an error's cause", () => inspect(new Error("failed", { cause: { secret } }))],
    ["on the console", () => (new Console(sink).log("%s %o %O %j", secret, secret, secret, secret), printed.join(""))],
    [
      "in the log",
      () => (pino(sink).info({ secret, err: Object.assign(new Error("x"), { secret }) }), printed.join("")),
    ],
  ])("prints stars %s", (_, print) => {
    const text = print();
    expect(text).toContain("***");
    expect(text).not.toContain(TEXT);
  });

  it("has nothing to enumerate", () => {
    expect(Object.keys(secret)).toEqual([]);
    expect(Object.assign({}, secret)).toEqual({});
  });

  it("reveals its text to whoever asks for it", () => {
    expect(secret.reveal()).toBe(TEXT);
  });

  it("has a fingerprint that is equal for equal texts only and does not hold the text", () => {
    expect(new Secret(TEXT).fingerprint()).toBe(secret.fingerprint());
    expect(new Secret(`${TEXT}!`).fingerprint()).not.toBe(secret.fingerprint());
    expect(secret.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
  });
});
