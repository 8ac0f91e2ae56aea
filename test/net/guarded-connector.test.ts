// Undici's own assertion, provoked: a body that nobody reads pauses its parser, and the server closes.

import { Pool } from "undici";
import { afterEach, expect, it } from "vitest";
import { guardedConnector } from "../../src/net/guarded-connector.js";
import { headOf, startRawServer } from "./raw-server.js";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** As much as undici holds before it pauses. */
const BODY = Buffer.alloc(64 * 1024, "a");

it("turns an assertion in a socket's callback into the failure of that request, and of no other", async () => {
  const server = await startRawServer(({ line, socket, answer }) => {
    if (line === "GET /well") answer(200, "fine");
    else {
      socket.write(headOf(200, { "content-length": String(BODY.length), connection: "close" }));
      socket.end(BODY);
    }
  });
  const faults: unknown[] = [];
  const pool = new Pool(server.url.origin, { connect: guardedConnector({}, (error) => faults.push(error)) });
  closing.push(
    () => server.close(),
    () => pool.destroy(),
  );
  const { body } = await pool.request({ method: "GET", path: "/paused" });
  const failed = new Promise((resolve) => body.once("error", resolve));
  await expect.poll(() => faults).toMatchObject([{ name: "AssertionError", message: /paused/ }]);
  expect(await failed).toBe(faults[0]);
  const well = await pool.request({ method: "GET", path: "/well" });
  expect(await well.body.text()).toBe("fine");
});

it("hands on that nobody listens", async () => {
  const server = await startRawServer(() => undefined);
  const pool = new Pool(server.url.origin, { connect: guardedConnector({}) });
  closing.push(() => pool.destroy());
  await server.close();
  await expect(pool.request({ method: "GET", path: "/" })).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
