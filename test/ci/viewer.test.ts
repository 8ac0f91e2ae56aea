// Whose tokens came with a request, and what is refused instead of being taken for anonymous.

import { describe, expect, it } from "vitest";
import { ANONYMOUS, readCredentials, tokenFor } from "../../src/ci/viewer.js";

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

  it("keeps the tokens from being printed", () => {
    const { byServer, token } = readCredentials("Token abc", ["lab=def"]);
    expect(JSON.stringify({ token, byServer: [...byServer] })).toBe('{"token":"***","byServer":[["lab","***"]]}');
  });

  it("knows nobody by default", () => {
    expect(tokenFor(ANONYMOUS, "lava")).toBeNull();
  });
});
