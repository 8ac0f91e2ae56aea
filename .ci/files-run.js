// Prints how many files of the built gateway run for a cold `testJob { suites { cases } }`, and from an event of LAVA's bus
// to a WebSocket frame (V8's own counts of calls, what runs while a module loads left out): `npm run build:server`, then
// `node .ci/files-run.js`; with -v also their names.

import { readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { WebSocket } from "ws";
import { createGateway, readConfig } from "../dist/index.js";
import { createLavaSandbox } from "../dist/sandbox/lava/index.js";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const DEFINITION = join(import.meta.dirname, "../test/real/lava/lava/jobs/played.yaml");

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });

/** Files in which a function was called since the last time this was asked. */
async function filesRun() {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  return result
    .filter(({ url }) => url.startsWith(`file://${DIST}`) && !url.includes("/sandbox/"))
    .filter(({ functions }) =>
      functions.some(({ functionName, ranges, isBlockCoverage: _ }, at) => {
        // The first is the module itself.
        return (at > 0 || functionName !== "") && ranges[0].count > 0;
      }),
    )
    .map(({ url }) => url.slice(`file://${DIST}`.length))
    .sort();
}

function print(what, files) {
  console.log(`${what}: ${files.length}`);
  if (process.argv.includes("-v")) for (const file of files) console.log(`  ${file}`);
}

const lava = await createLavaSandbox();
const config = readConfig({ lava: [lava.url], port: "0" }, {});
const gateway = await createGateway(config, pino({ level: "silent" }));
const url = `${gateway.origin}/graphql`;

async function query(text) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: text }),
  });
  const { data, errors } = await answer.json();
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

// What is done once in a process's life has run before it is counted; nothing of the job has been read.
await query("{ version }");
while (!(await query("{ servers { ... on LavaServer { events { connected } } } }")).servers[0].events.connected)
  await sleep(50);
const { testJobs } = await query("{ testJobs(first: 1, filter: { states: [FINISHED] }) { nodes { jobId } } }");
await sleep(500);
await filesRun();
await query(
  `{ testJob(jobId: "${testJobs.nodes[0].jobId}") { suites { name cases(first: 100) { nodes { name result } } } } }`,
);
print("files that run for a cold testJob { suites { cases } }", await filesRun());

const [id] = lava.submit("alice", readFileSync(DEFINITION, "utf8").replaceAll("HTTP_FILES", "file:///srv/lava/http"));
await lava.advance(Number(id), "Scheduled");
const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
const messages = [];
let wake = () => undefined;
socket.on("message", (data) => {
  messages.push(JSON.parse(String(data)));
  wake();
});
async function nextMessage() {
  while (messages.length === 0) await new Promise((resolve) => (wake = resolve));
  return messages.shift();
}
await new Promise((resolve) => socket.once("open", resolve));
socket.send(JSON.stringify({ type: "connection_init" }));
await nextMessage();
const payload = { query: `subscription { testJobUpdates(jobIds: ["${id}"]) { state testJob { jobId } } }` };
socket.send(JSON.stringify({ type: "subscribe", id: "1", payload }));
const first = await nextMessage();
if (first.type !== "next") throw new Error(JSON.stringify(first));
await sleep(500);
await filesRun();
await lava.advance(Number(id), "Running");
const update = await nextMessage();
print(
  `files that run from an event of the bus to a frame (${update.payload.data.testJobUpdates.state})`,
  await filesRun(),
);

socket.terminate();
await gateway.close();
await lava.close();
