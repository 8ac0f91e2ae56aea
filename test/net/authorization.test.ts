// The one place that puts a secret into a header: to whom, and what a header can hold.

import { describe, expect, test } from "vitest";
import { authorizationHeader, mayCarrySecrets } from "../../src/net/authorization.js";
import { UpstreamError } from "../../src/errors.js";
import { Secret } from "../../src/net/secret.js";

describe("a secret may travel", () => {
  test.each([
    ["https://lab.example", false, true],
    ["wss://lab.example", false, true],
    ["http://127.0.0.1:8000", false, true],
    ["ws://localhost", false, true],
    ["http://lab.example", false, false],
    ["ws://lab.example", false, false],
    ["http://lab.example", true, true],
    ["ws://lab.example", true, true],
  ])("%s, insecure %s: %s", (url, insecure, may) => {
    expect(mayCarrySecrets({ url: new URL(url), insecure })).toBe(may);
  });
});

test.each(["a\nb", "a\u0000", "é", "a\u007f"])(
  "a token %j that no header can hold is refused, and not shown",
  (token) => {
    const destination = { url: new URL("https://lab.example"), insecure: false };
    const origin = { server: "lab", operation: "GET jobs/" };
    const header = (secret: string) =>
      authorizationHeader({ scheme: "Token", secret: new Secret(secret) }, destination, origin);
    expect(header("abc")).toBe("Token abc");
    expect(() => header(token)).toThrow(UpstreamError);
    expect(() => header(token)).not.toThrow(token);
  },
);

test.each([
  ["http://lab.example", "https"],
  ["ws://lab.example", "wss"],
])("a secret is not put into a header for %s, and the cure is named", (url, cure) => {
  const secret = new Secret("a-token-of-alice");
  const header = (insecure: boolean) =>
    authorizationHeader(
      { scheme: "Token", secret },
      { url: new URL(url), insecure },
      { server: "lab", operation: "GET jobs/" },
    );
  expect(() => header(false)).toThrow(expect.objectContaining({ kind: "UpstreamDenied" }));
  expect(() => header(false)).toThrow(`reach this server by ${cure}, or set \`insecure: true\` in its entry`);
  expect(() => header(false)).not.toThrow("alice");
  expect(header(true)).toBe("Token a-token-of-alice");
});
