// What LAVA's fields cost its servers: see ci/cost.ts. A field that asks LAVA gets its line here, beside its resolver;
// test/server/limits/costs.test.ts fails without it, and counts some of them at the sandbox.

import { FREE, asks, batched, countOf, list, page, sharing, toEach } from "../ci/cost.js";
import type { Batch, CostAsk, CostTable, FieldCost } from "../ci/cost.js";
import { LONG_LIST_LIMITS } from "../ci/page.js";

const perLava = asks(toEach("lava"));

/** By metadata, LAVA is first asked for the first job with the key and for older candidates; then for both parts of the list. */
const searches = asks((ask) => toEach("lava", isByMetadata(ask.args.filter) ? 4 : 1)(ask));
const isByMetadata = (filter: unknown) =>
  typeof filter === "object" && filter !== null && "metadata" in filter && filter.metadata != null;

const JOBS = sharing("lava.jobs", "lava", 200);
const DEVICES = sharing("lava.devices", "lava", 200);
const DEVICE_TYPES = sharing("lava.deviceTypes", "lava", 200);
const WORKERS = sharing("lava.workers", "lava", 200);
const GROUPS = sharing("lava.groups", "lava", 50);
const STORED_METADATA = sharing("lava.storedMetadata", "lava", 50);
const DEVICES_BY_TYPE = sharing("lava.devicesByType", "lava", 1_000);
const QUEUE_LENGTHS = sharing("lava.queueLengths", "lava", 1_000);
/** One list for all types; where long queues hide others, two more as a rule, and one call for the lengths. */
const QUEUES: Batch = {
  loader: "lava.queues",
  requests: (keys, environment) => (keys > 1 ? 4 : 1) * sharing("", "lava", 200).requests(keys, environment),
};
const DICTIONARIES = sharing("lava.dictionaries", "lava", 200);
const TEMPLATES = sharing("lava.templates", "lava", 200);
const HEALTH_CHECKS = sharing("lava.healthChecks", "lava", 200);

/** `system.multicall`: at least five calls in each, spread over at most four that run side by side. */
const multicalls = (keys: number, servers: number) => Math.min(Math.ceil(keys / 5), 4 * Math.max(1, servers));
const JOB_SHOWS: Batch = {
  loader: "lava.jobShows",
  requests: (keys, { servers }) => multicalls(keys, servers.lava ?? 1),
};
const DEVICE_SHOWS: Batch = { ...JOB_SHOWS, loader: "lava.deviceShows" };
/** All results of a job. XML-RPC gives them in bulk, to users only. */
const RESULTS: Batch = {
  loader: "lava.results",
  requests: (keys, { servers, viewerKnown }) => (viewerKnown ? multicalls(keys, servers.lava ?? 1) : keys),
};
/** Pages behind the first, and from the end, are asked for each type. */
const queued: FieldCost = { requests: ({ args }) => (isFirstPage(args) ? 0 : 1), batch: QUEUES };
const isFirstPage = ({ after, last }: CostAsk["args"]) => after == null && last == null;

/** What only LAVA knows: suites of a test job, nodes of a group, names in a list of the lab. */
const SUITES = 10;
const NODES = 10;
const NAMES = 100;

const accounts = toEach("lava");

/** Of which LAVA gives many in one request, by their ids. */
export const LAVA_BULK_TYPES: ReadonlySet<string> = new Set(["TestJob", "Device", "DeviceType", "Worker"]);

export const LAVA_COSTS: CostTable = {
  "Query.testJob": batched(JOBS),
  "Query.testJobs": page(searches),
  "Query.device": batched(DEVICES),
  "Query.devices": page(perLava),
  "Query.deviceType": batched(DEVICE_TYPES),
  "Query.deviceTypes": page(perLava),
  "Query.worker": batched(WORKERS),
  "Query.workers": page(perLava),
  "Query.events": list(FREE, countOf("last")),
  "Query.viewer": FREE,
  "Viewer.accounts": list(FREE, accounts),
  "ViewerAccount.user": asks(1),

  "TestJob.server": FREE,
  "TestJob.device": batched(DEVICES),
  "TestJob.deviceType": batched(DEVICE_TYPES),
  "TestJob.tags": batched(JOB_SHOWS),
  "TestJob.visibility": batched(JOB_SHOWS),
  "TestJob.viewingGroups": batched(JOB_SHOWS),
  "TestJob.subId": batched(JOB_SHOWS),
  "TestJob.suites": list(batched(RESULTS), SUITES),
  "TestJob.cases": page(batched(RESULTS), LONG_LIST_LIMITS),
  "TestJob.resultCounts": batched(RESULTS),
  "TestJob.verdict": batched(RESULTS),
  "Run.verdict": batched(RESULTS),
  "TestJob.previous": asks(1),
  "TestJob.failure": batched(RESULTS),
  "TestJob.log": FREE,
  "TestJob.export": FREE,
  "TestJob.metadata": FREE,
  "TestJob.configuration": asks(1),
  "TestJob.storedMetadata": batched(STORED_METADATA),
  "TestJob.notify": FREE,
  "TestJob.multinodeDefinition": FREE,
  "TestJob.multinode": FREE,
  "Multinode.subId": batched(JOB_SHOWS),
  "Multinode.siblings": list(batched(GROUPS), NODES),

  "TestSuite.cases": page(FREE, LONG_LIST_LIMITS),
  "TestSuite.testJob": batched(JOBS, "TestJob"),
  "TestSuite.export": FREE,
  "TestSet.cases": page(FREE, LONG_LIST_LIMITS),
  "TestCase.suite": batched(RESULTS, "TestJob"),
  "TestCase.testJob": batched(JOBS, "TestJob"),
  "TestCase.log": FREE,
  "Export.text": asks(1),
  "LogLine.namespace": FREE,
  "LogLine.result": FREE,
  "LogResult.testCase": batched(RESULTS, "Log"),

  "Device.server": FREE,
  "Device.deviceType": batched(DEVICE_TYPES),
  "Device.worker": batched(WORKERS),
  "Device.tags": batched(DEVICE_SHOWS),
  // The device, then the job it names.
  "Device.currentJob": {
    requests: 0,
    batch: { ...DEVICE_SHOWS, requests: (...of) => DEVICE_SHOWS.requests(...of) + 1 },
  },
  "Device.lastHealthCheck": batched(JOBS),
  "Device.dictionary": batched(DICTIONARIES),
  "Device.lastJobs": page(asks(1)),
  "Device.hasHealthCheck": batched(DEVICE_SHOWS),

  "DeviceType.server": FREE,
  "DeviceType.devices": page(asks(1)),
  "DeviceType.deviceCounts": batched(DEVICES_BY_TYPE),
  "DeviceType.queue": FREE,
  "DeviceType.healthCheck": FREE,
  "DeviceType.healthCheckDefinition": batched(HEALTH_CHECKS),
  "DeviceType.template": batched(TEMPLATES),
  "DeviceTypeQueue.length": batched(QUEUE_LENGTHS),
  "DeviceTypeQueue.testJobs": page(queued),
  "Worker.server": FREE,
  "Worker.devices": page(asks(1)),

  "LavaServer.reachable": asks(1),
  "LavaServer.unreachableSince": asks(1),
  "LavaServer.version": asks(1),
  "LavaServer.capabilities": asks(1),
  "LavaServer.sharedRows": FREE,
  "LavaServer.user": asks(1),
  "LavaServer.queue": page(asks(1)),
  "LavaServer.methods": list(asks(3), NAMES),
  "LavaServer.masterConfig": asks(1),
  "LavaServer.tags": list(asks(1), NAMES),
  "LavaServer.aliases": list(asks(1), NAMES),
  "LavaServer.permissions": list(asks(2), NAMES),
  // The query, then the jobs that it found.
  "LavaServer.customQuery": list(asks(2), countOf("first")),
  "DeviceTypeAlias.deviceType": batched(DEVICE_TYPES),
  "LabPermission.device": batched(DEVICES),
  "LabPermission.deviceType": batched(DEVICE_TYPES),

  "ServerEvent.server": FREE,
  "ServerEvent.testJob": batched(JOBS),
  "ServerEvent.device": batched(DEVICES),
  "ServerEvent.worker": batched(WORKERS),

  // A subscription's cost is that of each of its updates.
  "Subscription.testJobUpdates": perLava,
  "Subscription.deviceUpdates": perLava,
  "Subscription.workerUpdates": perLava,
  "Subscription.serverEvents": asks(1),

  "Mutation.submitTestJob": asks(2),
  "Mutation.resubmitTestJob": asks(2),
  "Mutation.validateTestJob": asks(2),
  "Mutation.cancelTestJob": asks(3),
  "Mutation.cancelTestJobs": list(asks(3), countOf("testJobs")),
  "Mutation.setDeviceHealth": asks(3),
  "Mutation.setWorkerHealth": asks(3),
};
