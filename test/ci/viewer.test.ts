// Whose tokens came with a request, and what is refused instead of being taken for anonymous.

import { describe, expect, it } from "vitest";
import { ANONYMOUS, addressTokens, readCredentials, tokenFor } from "../../src/ci/viewer.js";
import type { TokenAudience } from "../../src/ci/viewer.js";

const tokens = (authorization: string | undefined, ...perServer: string[]) => {
  const credentials = readCredentials(authorization, perServer);
  return (server: string) => tokenFor(credentials, server)?.reveal() ?? null;
};

describe("readCredentials", () => {
  it.each([undefined, "", "  "])("takes %j for anonymous", (authorization) => {
    expect(tokens(authorization)("lava")).toBeNull();
  });

  it.each(["Token abc", "token abc", "TOKEN   abc", "  Token abc  "])("takes %j for every server", (authorization) => {
    expect(tokens(authorization)("lava")).toBe("abc");
    expect(tokens(authorization)("other")).toBe("abc");
  });

  it("prefers a server's own token", () => {
    const of = tokens("Token abc", "lab=def, two=gh=i", " three=x ");
    expect([of("lava"), of("lab"), of("two"), of("three")]).toEqual(["abc", "def", "gh=i", "x"]);
    expect(tokens(undefined, "lab=def")("lava")).toBeNull();
  });

  it.each(["Bearer abc", "Basic YTpi", "abc", "Token", "Token a b", "Tokenabc"])(
    "refuses the scheme of %j without repeating it",
    (authorization) => {
      expect(() => readCredentials(authorization, [])).toThrow(
        expect.objectContaining({
          name: "InputRefused",
          argument: "Authorization",
          message: "Authorization: write it as `Authorization: Token <secret>`",
        }),
      );
    },
  );

  it.each(["abc", "=abc", "lab=", "lab=a b", "", "lab=a,,", "la b=a"])("refuses the server's token %j", (entry) => {
    expect(() => readCredentials(undefined, [entry])).toThrow(
      expect.objectContaining({ argument: "X-Etna-Token", message: expect.not.stringContaining("abc") }),
    );
  });

  it.each([
    ["a character that is none of ASCII's", "tok\u00e9n"],
    ["one that no header can carry", "tok\u2192n"],
    ["a control character", "tok\u0000n"],
    ["more than 1,024 characters", "x".repeat(1_025)],
  ])("refuses a token with %s without repeating it", (_, token) => {
    const refusal = (argument: string) =>
      expect.objectContaining({ name: "InputRefused", argument, message: expect.not.stringContaining(token) });
    expect(() => readCredentials(`Token ${token}`, [])).toThrow(refusal("Authorization"));
    expect(() => readCredentials(undefined, [`lab=${token}`])).toThrow(refusal("X-Etna-Token"));
  });

  it("keeps the tokens from being printed", () => {
    const { byServer, token } = readCredentials("Token abc", ["lab=def"]);
    expect(JSON.stringify({ token, byServer: [...byServer] })).toBe('{"token":"***","byServer":[["lab","***"]]}');
  });

  it("gives each server the token that is meant for it", () => {
    const addressed = (
      servers: readonly TokenAudience[],
      authorization: string | undefined,
      ...perServer: string[]
    ) => {
      const { token, byServer } = addressTokens(readCredentials(authorization, perServer), servers);
      expect(token).toBeNull();
      return Object.fromEntries([...byServer].map(([name, secret]) => [name, secret.reveal()]));
    };
    const [north, south] = [{ name: "north" }, { name: "south" }];
    const [east, west] = [
      { name: "east", tokens: "shared" as const },
      { name: "west", tokens: "shared" as const },
    ];
    expect(addressed([], "Token abc")).toEqual({});
    expect(addressed([north], "Token abc")).toEqual({ north: "abc" });
    expect(addressed([north], "Token abc", "north=def")).toEqual({ north: "def" });
    expect(addressed([north, east, south, west], "Token abc")).toEqual({ east: "abc", west: "abc" });
    expect(addressed([north, east], "Token abc", "north=def")).toEqual({ north: "def", east: "abc" });
    expect(addressed([north, south], undefined, "south=def")).toEqual({ south: "def" });
    const refused = expect.objectContaining({
      argument: "Authorization",
      message: "Authorization: there are several LAVA servers; write `X-Etna-Token: north=<secret>`",
    }) as unknown;
    expect(() => addressed([north, south], "Token abc")).toThrow(refused);
    expect(() => addressed([north, south], "Token abc", "north=def")).toThrow(refused);
    expect(() => addressed([north, east], undefined, "south=abc")).toThrow(
      expect.objectContaining({ argument: "X-Etna-Token", message: expect.stringContaining('"south"') as string }),
    );
  });

  it("knows nobody by default", () => {
    expect(tokenFor(ANONYMOUS, "lava")).toBeNull();
  });
});
