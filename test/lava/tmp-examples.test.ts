import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
test("mine", async () => {
  const lava = await createLavaSandbox();
  const gateway = await startGateway({ lava: [{ url: lava.url }] });
  for (const name of ["lab-overview","broken-devices","device-files","find-test-jobs","jobs-by-metadata","queue","server-interface","tags-and-aliases","custom-query"]) {
    const variables = { metadata: [{ key: "project", value: "sandbox" }] };
    const a = await gateway.query(readFileSync(`examples/lava/${name}.graphql`, "utf8"), name === "jobs-by-metadata" ? variables : {}, asUser(lava.users.alice.token));
    console.log(name, JSON.stringify(a.data).slice(0, 200));
    expect(a.errors, name).toEqual([]);
  }
  const { data } = await gateway.query(`{ testJobs(first: 3) { nodes { metadata { key value } } } }`);
  console.log(JSON.stringify(data));
  await gateway.close(); await lava.close();
});
