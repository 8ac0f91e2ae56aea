// Whole answers: shared while nothing changes, and forgotten when the configuration has changed.

import { describe, expect, it } from "vitest";
import { Memory } from "../../../src/cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../../../src/cache/operation-scope.js";
import type { Answer } from "../../../src/server/pipeline/answer.js";
import { ResponseCache } from "../../../src/server/pipeline/response-cache.js";

const answer = (text: string): Answer => ({
  status: 200,
  body: Buffer.from(text),
  operation: { name: null, type: "query", codes: [] },
  compressible: true,
});

/** Of an answer that rests on something that holds for good. */
function lasting(): OperationScope {
  const scope = new OperationScope(NOBODY_LEAVES, true);
  scope.use({ freshUntil: Infinity });
  return scope;
}

describe("ResponseCache.answer", () => {
  it("is one execution for all who ask at the same time, but for those who come after a change", async () => {
    const memory = new Memory();
    const responses = new ResponseCache(memory);
    const runs: ((value: { answer: Answer; scope: OperationScope }) => void)[] = [];
    const ask = () => responses.answer("key", NOBODY_LEAVES, () => new Promise((resolve) => runs.push(resolve)));
    const before = [ask(), ask()];
    memory.noteChange();
    const after = [ask(), ask()];
    expect(runs).toHaveLength(2);
    runs.forEach((end, at) => end({ answer: answer(`run ${at}`), scope: lasting() }));
    const texts = async (answers: Promise<Answer>[]) => (await Promise.all(answers)).map(({ body }) => body.toString());
    expect(await texts(before)).toEqual(["run 0", "run 0"]);
    expect(await texts(after)).toEqual(["run 1", "run 1"]);
  });
});

describe("a kept answer", () => {
  it("holds no more memory than its own: small buffers share one of 8 KiB", async () => {
    const responses = new ResponseCache(new Memory());
    await responses.answer("key", NOBODY_LEAVES, () => Promise.resolve({ answer: answer("small"), scope: lasting() }));
    expect(responses.find("key")?.body.buffer.byteLength).toBe("small".length);
  });
});

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
