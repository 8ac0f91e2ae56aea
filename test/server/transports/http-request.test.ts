// What makes a request over HTTP none: each refusal says which part of it is at fault.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";

let server: OwnServer;
beforeAll(async () => {
  server = await startOwnServer();
});
afterAll(() => server.close());

async function refusal(path: string, init?: RequestInit) {
  const reply = await fetch(`${server.origin}${path}`, init);
  const { errors } = (await reply.json()) as any;
  return [reply.status, errors?.[0]?.message];
}

describe("a GET", () => {
  test.each([
    ["query=%7Bhello%7D&query=%7Bhello%7D", 400, "the parameter query is given more than once"],
    ["query=%7Bhello%7D&variables=%7B%7D&variables=%7B%7D", 400, "the parameter variables is given more than once"],
    ["query=%7Bhello%7D&variables=x", 400, "the parameter variables is not JSON"],
    ["query=%7Bhello%7D&extensions=%7B", 400, "the parameter extensions is not JSON"],
    ["query=%7Bhello%7D&variables=%5B1%5D", 400, "`variables` must be an object"],
    ["query=%7Bhello%7D&extensions=1", 400, "`extensions` must be an object"],
  ])("of ?%s is refused", async (search, status, message) => {
    expect(await refusal(`/graphql?${search}`)).toEqual([status, message]);
  });

  test("may have empty variables, and says nothing of a content type but JSON", async () => {
    const path = "/graphql?query=%7Bhello%7D&variables=null";
    expect(await refusal(path)).toEqual([200, undefined]);
    expect(await refusal(path, { headers: { "content-type": "text/csv" } })).toEqual([
      415,
      "a GET has no content type but application/json",
    ]);
  });
});

describe("a POST", () => {
  test.each([
    ["application/json", "{", "the request's body is not JSON"],
    ["application/json", "[]", "one operation at a time: a list of them is not taken"],
    ["application/json", '"x"', "the request's body must be a JSON object with `query`"],
    ["application/json", '{"query":1}', "`query` must be text"],
    ["application/json", '{"query":"{hello}","operationName":{}}', "`operationName` must be text"],
    ["application/json", '{"query":"{hello}","variables":[]}', "`variables` must be an object"],
    ["application/xml", "<a/>", "the request's body must be JSON, with the content type application/json"],
  ])("of %s, %s is refused", async (type, body, message) => {
    expect(await refusal("/graphql", { method: "POST", headers: { "content-type": type }, body })).toEqual([
      400,
      message,
    ]);
  });

  test.each(["application/json; charset=utf-8", "Application/JSON", "application/graphql+json"])(
    "of the type %s is taken",
    async (type) => {
      const init = { method: "POST", headers: { "content-type": type }, body: '{"query":"{hello}"}' };
      expect(await refusal("/graphql", init)).toEqual([200, undefined]);
    },
  );
});
