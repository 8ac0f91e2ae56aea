// Servers that close the connection right behind an answer, as Cuirass does after each file and a reverse proxy now and
// then, read more slowly than they send: the whole answer is an answer, and a cut one is told as cut.

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { HttpClient } from "../../src/net/http.js";
import type { UpstreamCall } from "../../src/net/http.js";
import { UpstreamError } from "../../src/errors.js";
import { answerOf } from "./closing-answer.js";
import { headOf, startRawServer } from "./raw-server.js";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Form {
  readonly size: number;
  readonly framing: "length" | "chunked";
  /** Whether the answer says `Connection: close`. */
  readonly announced: boolean;
}

const SIZES = [50_000, 200_000, 1_000_000, 5_000_000];
const FORMS: readonly Form[] = SIZES.flatMap((size) =>
  (["length", "chunked"] as const).flatMap((framing) =>
    [false, true].map((announced) => ({ size, framing, announced })),
  ),
);
const name = ({ size, framing, announced }: Form): string =>
  `${size / 1_000} kB, ${framing}, ${announced ? "announced" : "silent"}`;

/** Each byte differs from its neighbours, so that a hole or a swap is seen. */
const BYTES = Buffer.alloc(Math.max(...SIZES));
for (let at = 0; at < BYTES.length; at += 1) BYTES[at] = (at * 31 + (at >> 8)) & 255;
const bodyOf = (size: number): Buffer => BYTES.subarray(0, size);

/** A server that closes behind each answer. */
async function setUp(form: Form, sent: number | null = null) {
  const answer = answerOf(form, bodyOf(form.size), sent);
  const server = await startRawServer(({ socket }) => socket.end(answer));
  const calls: UpstreamCall[] = [];
  const client = new HttpClient({
    server: "farm",
    baseUrl: server.url,
    limits: { retryDelayMs: 1 },
    observer: (call) => calls.push(call),
  });
  closing.push(
    () => server.close(),
    () => client.close(),
  );
  return { server, client, calls };
}

const GET = { operation: "GET file", path: "/" };

/** More slowly than loopback brings it: what has come waits, and the end of the connection behind it. */
async function readSlowly(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) {
    chunks.push(chunk);
    await sleep(chunks.length < 20 ? 5 : 1);
  }
  return Buffer.concat(chunks);
}

describe("a server that closes right behind the whole answer", () => {
  it.each(FORMS.map((form) => [name(form), form] as const))(
    "is no failure to a slow reader of a stream: %s",
    async (_, form) => {
      const { client, calls } = await setUp(form);
      for (let time = 0; time < 3; time += 1) {
        const { body } = await client.stream(GET);
        expect((await readSlowly(body)).equals(bodyOf(form.size))).toBe(true);
      }
      await expect.poll(() => client.slots.inUse).toBe(0);
      expect(calls.filter(({ error }) => error !== null)).toEqual([]);
    },
  );

  it.each(FORMS.map((form) => [name(form), form] as const))(
    "is no failure to who reads it whole: %s",
    async (_, form) => {
      const { client } = await setUp(form);
      const replies = await Promise.all(Array.from({ length: 4 }, () => client.request(GET)));
      for (const { body } of replies) expect(body.equals(bodyOf(form.size))).toBe(true);
      expect(client.slots.inUse).toBe(0);
    },
  );

  it("is read to the end where only the end of the connection ends the answer", async () => {
    const body = bodyOf(1_000_000);
    const server = await startRawServer(({ socket }) =>
      socket.end(Buffer.concat([Buffer.from(headOf(200, {})), body])),
    );
    const client = new HttpClient({ server: "farm", baseUrl: server.url });
    closing.push(
      () => server.close(),
      () => client.close(),
    );
    const { body: pieces } = await client.stream(GET);
    expect((await readSlowly(pieces)).equals(body)).toBe(true);
    expect((await client.request(GET)).body.equals(body)).toBe(true);
  });
});

describe("a server that closes before the end", () => {
  const CUTS = FORMS.flatMap((form) =>
    [form.size / 2, form.framing === "length" ? form.size - 1 : form.size].map((sent) => ({ form, sent })),
  );

  it.each(CUTS.map(({ form, sent }) => [`${name(form)}, ${sent} sent`, form, sent] as const))(
    "is told as cut, to a slow reader and to who reads the whole: %s",
    async (_, form, sent) => {
      const { client } = await setUp(form, sent);
      const { body } = await client.stream(GET);
      const cut = {
        kind: "UpstreamUnreachable",
        message: "farm: GET file: the answer was cut: the connection ended before it",
      };
      await expect(readSlowly(body)).rejects.toMatchObject(cut);
      await expect(client.request(GET)).rejects.toBeInstanceOf(UpstreamError);
      await expect(client.request(GET)).rejects.toMatchObject(cut);
      await expect.poll(() => client.slots.inUse).toBe(0);
    },
  );
});
