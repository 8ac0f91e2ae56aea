// Whole answers that are forgotten when the configuration has changed, those under way among them.

import { describe, expect, it } from "vitest";
import { Memory } from "../../src/cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../../src/cache/operation-scope.js";
import { ResponseCache } from "../../src/server/response-cache.js";
import type { Answer } from "../../src/server/response-cache.js";

const answer = (text: string): Answer => ({
  status: 200,
  headers: {},
  body: Buffer.from(text),
  operation: { name: null, type: "query", codes: [] },
});

/** Of an answer that rests on something that holds for good. */
function lasting(): OperationScope {
  const scope = new OperationScope(NOBODY_LEAVES, true);
  scope.use({ value: null, bytes: 1, freshUntil: Infinity, since: 0 });
  return scope;
}

describe("ResponseCache.forgetAll", () => {
  it("has an answer put together again that was given before", async () => {
    const responses = new ResponseCache(new Memory());
    const ask = (text: string) =>
      responses.answer("key", NOBODY_LEAVES, () => Promise.resolve({ answer: answer(text), scope: lasting() }));
    await ask("old");
    expect(responses.find("key")?.body.toString()).toBe("old");
    responses.forgetAll();
    expect(responses.find("key")).toBeNull();
    expect((await ask("new")).body.toString()).toBe("new");
    expect(responses.find("key")?.body.toString()).toBe("new");
  });

  it("neither shares nor keeps an answer that was under way", async () => {
    const responses = new ResponseCache(new Memory());
    let end: (value: { answer: Answer; scope: OperationScope }) => void = () => undefined;
    const old = responses.answer("key", NOBODY_LEAVES, () => new Promise((resolve) => (end = resolve)));
    responses.forgetAll();
    const next = responses.answer("key", NOBODY_LEAVES, () =>
      Promise.resolve({ answer: answer("new"), scope: lasting() }),
    );
    expect((await next).body.toString()).toBe("new");
    end({ answer: answer("old"), scope: lasting() });
    expect((await old).body.toString()).toBe("old");
    expect(responses.find("key")?.body.toString()).toBe("new");
  });
});
