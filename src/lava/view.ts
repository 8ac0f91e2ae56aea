// One LAVA server as one viewer sees it, for one operation: loaders that batch what the resolvers ask for one by one.

import DataLoader from "dataloader";
import { audited } from "../ci/audit.js";
import type { AuditDetails, AuditedChange } from "../ci/audit.js";
import type { ServerCapability } from "../ci/enums.js";
import { encodeGlobalId } from "../ci/global-id.js";
import { make } from "../ci/graph/make.js";
import type { Page, PageRequest } from "../ci/page.js";
import type { LogSource } from "../ci/log.js";
import type { Credentials } from "../ci/viewer.js";
import type { OperationScope } from "../cache/operation-scope.js";
import { Overflow, UpstreamError } from "../errors.js";
import type { ViewerReads } from "../ci/live/reads.js";
import { asFollower } from "../net/ask.js";
import type { Ask } from "../net/ask.js";
import { placed } from "../net/rows.js";
import type { LavaClient } from "./client/client.js";
import { readDefinition } from "./protocol/definition.js";
import type { JobDefinition } from "./protocol/definition.js";
import type { DeviceSearch } from "./model/device-filter.js";
import { deviceWindows } from "./graph/device-windows.js";
import { toDevice, toDeviceType, toWorker } from "./model/device.type.js";
import type { Device, DeviceType, Worker } from "./model/device.type.js";
import { metadataOf } from "./protocol/job-metadata.js";
import { toJobId } from "./protocol/ids.js";
import type { LavaJobId, LavaSubId } from "./protocol/ids.js";
import { JobLoaders, LabLoaders } from "./client/loaders.js";
import { LavaServer as LavaServerType } from "./model/lava-server.type.js";
import { withMetadata } from "./client/metadata-search.js";
import { createFinalLog } from "./client/log/final-log.js";
import { createLogSource } from "./client/log/log-source.js";
import { offsetPage } from "./offset-page.js";
import { NEWEST_FIRST, OLDEST_FIRST, QUEUED, searchOf } from "./protocol/job-search.js";
import { queuePages } from "./client/queue-pages.js";
import type { QueueKey } from "./client/queue-pages.js";
import type { Query, FilteredSearch, JobOrder, JobSearch } from "./protocol/job-search.js";
import type { LogResult } from "./protocol/log-line.js";
import { HeldResults, RemoteResults } from "./client/job-results.js";
import type { JobResults } from "./protocol/job-results.js";
import type { CaseResult } from "./protocol/test-case.js";
import { resultsOf } from "./client/final-results.js";
import { TOO_MANY } from "./client/results-client.js";
import type { Whole } from "./client/results-client.js";
import { toTestCase, toTestSuites } from "./model/results.type.js";
import type { TestCase, TestSuite } from "./model/results.type.js";
import { capabilitiesOf } from "./client/server-version.js";
import type { NamingQuery } from "./replica/definition-index.js";
import type { LavaServer } from "./server.js";
import { pageOfTestJobs } from "./client/test-job-pages.js";
import { toTestJob } from "./model/test-job.type.js";
import type { TestJob } from "./model/test-job.type.js";
import type {
  WireDevice,
  WireDeviceShow,
  WireDeviceType,
  WireJobShow,
  WireTestJob,
  WireWorker,
} from "./protocol/wire.js";

/** LAVA's names of hosts and types; anything else can't exist, and a comma would break a list of them. */
const NAME = /^[\w.+-]{1,200}$/;
/** How far behind the group's number the node of a multinode job is looked for. */
const GROUP_SPREAD = 20;

/** Searches by text of one operation that was reckoned to need none, and why there are no more. */
const SEARCHES_MAX = 60;
const TOO_OLD =
  "LAVA would have to be searched by text for each of many builds, which are older than the test jobs that Etna knows; ask for fewer";

/** The newest first; test jobs with the number `floor` and lower ones were not looked through. */
export interface NamingTestJobs {
  readonly jobs: readonly TestJob[];
  readonly floor: number;
}

/** Parsed once, for as long as the job is remembered. */
const DEFINITIONS = new WeakMap<WireTestJob, JobDefinition | null>();

/** One LAVA server as one viewer sees it. What is unknown or not visible is null; methods throw `UpstreamError`. */
export class LavaView {
  readonly name: string;
  /** With this viewer's rights, for this operation. */
  readonly ask: Ask;
  readonly client: LavaClient;
  readonly lab: LabLoaders;
  readonly jobs: JobLoaders;
  #probe: ReturnType<LavaServer["probe"]> | undefined;
  /** Whether its cost was reckoned without searches by text. */
  readonly #isIndexed: boolean;
  #searches = 0;

  readonly #jobs: DataLoader<LavaJobId, WireTestJob | null>;
  readonly #devices: DataLoader<string, WireDevice | null>;
  readonly #deviceTypes: DataLoader<string, WireDeviceType | null>;
  readonly #workers: DataLoader<string, WireWorker | null>;
  readonly #jobShows: DataLoader<LavaJobId | LavaSubId, WireJobShow | null>;
  readonly #deviceShows: DataLoader<string, WireDeviceShow | null>;
  readonly #queues: DataLoader<QueueKey, Page<WireTestJob>, string>;
  readonly #results: DataLoader<LavaJobId, JobResults | null>;
  readonly #lineCases = new Map<LavaJobId, DataLoader<LogResult, CaseResult | null>>();

  constructor(
    readonly server: LavaServer,
    credentials: Credentials,
    private readonly scope: OperationScope,
  ) {
    const ask = (this.ask = server.ask(credentials, scope));
    const client = (this.client = server.client);
    this.name = server.name;
    this.#isIndexed = server.isIndexed();
    this.lab = new LabLoaders(client.lab, (query) => client.allDevices(query, ask), ask);
    this.jobs = new JobLoaders(client.extras, ask);
    this.#jobs = byKey((ids) => client.shownJobs(ids, ask));
    this.#devices = byKey((names) => client.shownDevices(names.filter(isName), ask));
    this.#deviceTypes = byKey((names) => client.shownDeviceTypes(names.filter(isName), ask));
    this.#workers = byKey((names) => client.shownWorkers(names.filter(isName), ask));
    this.#jobShows = new DataLoader<LavaJobId | LavaSubId, WireJobShow | null>((ids) => client.showJobs(ids, ask));
    this.#deviceShows = new DataLoader<string, WireDeviceShow | null>((hostnames) =>
      client.showDevices(hostnames, ask),
    );
    this.#queues = new DataLoader<QueueKey, Page<WireTestJob>, string>(
      (keys) =>
        queuePages(
          (query) => client.jobs(query, ask),
          keys,
          (type) => this.lab.queueLengths.load(type),
        ),
      { cacheKeyFn: ({ deviceType, count }) => `${count} ${deviceType}`, maxBatchSize: 200 },
    );
    this.#results = new DataLoader<LavaJobId, JobResults | null>(async (ids) => {
      const rows = await this.#jobs.loadMany(ids);
      const answers = await resultsOf(ids, rows, client, ask);
      return ids.map((id, at) => this.#toResults(id, answers[at] ?? null));
    });
  }

  toServer(): LavaServerType {
    return make(LavaServerType, {
      id: encodeGlobalId("LavaServer", this.name, this.name),
      name: this.name,
      url: this.server.url,
      probe: () => {
        this.scope.forbidReuse();
        return (this.#probe ??= this.server.probe());
      },
      currentStatus: () => {
        this.scope.forbidReuse();
        return this.server.status;
      },
      currentEvents: () => {
        this.scope.forbidReuse();
        return this.server.feed.status();
      },
      currentCapabilities: () => this.capabilities(),
    });
  }

  /** By the version as it was some minutes ago at most. */
  async capabilities(): Promise<readonly ServerCapability[]> {
    return capabilitiesOf(await this.client.knownVersion(this.ask));
  }

  /** The viewer's name here; null for anonymous. Throws `UpstreamDenied` for a token that the server does not know. */
  user(): Promise<string | null> {
    return this.client.whoami(this.ask);
  }

  /** The same to be looked at: as it was, and marked so, while the server is down or hangs. */
  shownUser(): Promise<string | null> {
    const { ask, client } = this;
    if (ask.token === null) return Promise.resolve(null);
    const read = { key: "whoami", viewer: ask.viewer, keep: "brief", tags: [] } as const;
    return client.read(read, ask, (fetching) => client.whoami(fetching));
  }

  /** Asks LAVA for a change, which the audit trail has in the viewer's name. */
  change<T>(
    field: string,
    what: AuditDetails,
    ask: () => Promise<T>,
    outcome?: AuditedChange<T>["outcome"],
  ): Promise<T> {
    return audited(this.scope.origin, { field, server: this.name, what, user: () => this.user(), outcome }, ask);
  }

  /** A test job by `1234` or `2008.1`. */
  async testJob(id: LavaJobId | LavaSubId): Promise<TestJob | null> {
    const native = await this.nativeId(id);
    const wire = native === null ? null : await this.#jobs.load(native);
    return wire === null ? null : this.toTestJob(wire);
  }

  /** As it is since a moment on the clock of `clock.ts`: one request for all who have heard of it by then. */
  async testJobSince(id: LavaJobId, since: number): Promise<TestJob | null> {
    const wire = await this.#readSince(this.server.testJobs.reads, id, since);
    return wire === undefined ? this.testJob(id) : wire && this.toTestJob(wire);
  }

  /** The same for a device. */
  async deviceSince(hostname: string, since: number): Promise<Device | null> {
    const wire = await this.#readSince(this.server.devices.reads, hostname, since);
    return wire === undefined ? this.device(hostname) : wire && toDevice(this.name, wire);
  }

  /** Undefined where the server does not answer: what is remembered may stand in. */
  async #readSince<K, V>(viewers: ViewerReads<K, V>, key: K, since: number): Promise<V | null | undefined> {
    const { reads, close } = viewers.open(asFollower(this.ask));
    try {
      return (await reads.read([key], since)).get(key)?.value ?? null;
    } catch (error) {
      if (error instanceof UpstreamError) return undefined;
      throw error;
    } finally {
      close();
    }
  }

  /** The integer of a test job; null for a sub id that is unknown or not visible. */
  async nativeId(id: LavaJobId | LavaSubId): Promise<LavaJobId | null> {
    return typeof id === "number" ? id : this.#resolveSubId(id);
  }

  toTestJob(wire: WireTestJob): TestJob {
    return toTestJob(this.name, this.server.url, wire);
  }

  /** A page of test jobs in an order. Cursors hold values, so that new jobs don't shift the pages. */
  async testJobs(search: JobSearch, order: JobOrder, request: PageRequest): Promise<Page<TestJob>> {
    const list = (query: Query, counted = false) => this.client.jobs(query, this.ask, { counted });
    return this.#toPage(await pageOfTestJobs(list, search, order, request));
  }

  /** The newest finished test job below this one with its name and device type; null when there is none. */
  async testJobBefore({ wire }: TestJob): Promise<TestJob | null> {
    const { description, requested_device_type: type } = wire;
    // LAVA cuts blanks off a value, and takes an empty one for no filter at all.
    if (description === null || description.trim() !== description || description === "") return null;
    const query = { description, requested_device_type__name: type, state: "Finished" };
    const search = { ...searchOf(query), ids: { above: null, below: wire.id } };
    const page = await this.testJobs(search, NEWEST_FIRST, { direction: "forward", count: 1, cursor: null });
    const found = page.items[0]?.node ?? null;
    return found?.wire.requested_device_type === type ? found : null;
  }

  /** Test jobs that wait for a device of a type, oldest first. The first pages of many types are one request. */
  async queue(deviceType: string, request: PageRequest): Promise<Page<TestJob>> {
    if (request.cursor === null && request.direction === "forward" && NAME.test(deviceType))
      return this.#toPage(await this.#queues.load({ deviceType, count: request.count }));
    const search = searchOf({ ...QUEUED, requested_device_type__name: deviceType });
    return this.testJobs(search, OLDEST_FIRST, request);
  }

  #toPage({ items, ...page }: Page<WireTestJob>): Page<TestJob> {
    for (const { node } of items) if (node.lost === undefined) this.#jobs.prime(toJobId(node.id), node);
    return { ...page, items: items.map(({ cursor, node }) => ({ cursor, node: this.toTestJob(node) })) };
  }

  /** The jobs that a filter asks for, as this server can be asked for them. */
  async searchFor(filter: FilteredSearch): Promise<JobSearch> {
    return withMetadata(filter, this.client, this.ask, (wire) => this.#definitionOf(wire));
  }

  /** Test jobs whose definition holds this text, upper and lower case distinct, newest first; at most `count` below `before`. */
  async testJobsWithText(text: string, count: number, before: string | null): Promise<readonly TestJob[]> {
    const query = { definition__contains: text, id__lt: before, limit: count, ordering: "-id" };
    const search = async () => (await this.client.jobs(query, this.ask)).results;
    const texts = before === null ? (this.client.replica?.texts ?? null) : null;
    const wires = await (texts === null ? search() : texts.jobs({ text, count }, this.ask, search));
    for (const wire of placed(wires)) this.#jobs.prime(toJobId(wire.id), wire);
    return placed(wires).map((wire) => this.toTestJob(wire));
  }

  /**
   * Test jobs whose definition holds one of these texts, newest first, each of which names a build, an evaluation or a
   * commit: from what is known of definitions, or LAVA is searched for each text.
   */
  async testJobsNaming(query: NamingQuery): Promise<NamingTestJobs> {
    const { texts, count, before, since } = query;
    const after = since === null ? null : new Date(since).toISOString();
    const search = async (text: string, below: number | null) => {
      this.#searches += 1;
      if (this.#isIndexed && this.#searches > SEARCHES_MAX) throw new Overflow("LIMIT_EXCEEDED", TOO_OLD);
      const words = {
        definition__contains: text,
        id__lt: below,
        submit_time__gt: after,
        limit: count,
        ordering: "-id",
      };
      return (await this.client.jobs(words, this.ask)).results;
    };
    const known = await this.client.replica?.index.find(query, this.ask, search);
    const { jobs, floor } = known ?? joined(await Promise.all(texts.map((text) => search(text, before))), count);
    for (const wire of jobs) this.#jobs.prime(toJobId(wire.id), wire);
    return { jobs: jobs.map((wire) => this.toTestJob(wire)), floor };
  }

  async device(hostname: string): Promise<Device | null> {
    const wire = await this.#devices.load(hostname);
    return wire === null ? null : toDevice(this.name, wire);
  }

  async deviceType(name: string): Promise<DeviceType | null> {
    const wire = await this.#deviceTypes.load(name);
    return wire === null ? null : toDeviceType(this.name, wire);
  }

  async worker(hostname: string): Promise<Worker | null> {
    const wire = await this.#workers.load(hostname);
    return wire === null ? null : toWorker(this.name, wire);
  }

  async devices(search: DeviceSearch, request: PageRequest): Promise<Page<Device>> {
    const loadDevices = deviceWindows(this.client, this.ask);
    return offsetPage(request, async (window) => {
      const list = await loadDevices(search, window);
      for (const wire of placed(list.nodes)) this.#devices.prime(wire.hostname, wire);
      return { count: list.count, nodes: list.nodes.map((wire) => toDevice(this.name, wire)) };
    });
  }

  async deviceTypes(request: PageRequest): Promise<Page<DeviceType>> {
    return offsetPage(request, async (window) => {
      const list = await this.client.deviceTypes({ ...window, ordering: "name" }, this.ask);
      for (const wire of placed(list.results)) this.#deviceTypes.prime(wire.name, wire);
      return { count: list.count, nodes: list.results.map((wire) => toDeviceType(this.name, wire)) };
    });
  }

  async workers(request: PageRequest): Promise<Page<Worker>> {
    return offsetPage(request, async (window) => {
      const list = await this.client.workers({ ...window, ordering: "hostname" }, this.ask);
      for (const wire of placed(list.results)) this.#workers.prime(wire.hostname, wire);
      return { count: list.count, nodes: list.results.map((wire) => toWorker(this.name, wire)) };
    });
  }

  jobShow(id: LavaJobId): Promise<WireJobShow | null> {
    return this.#jobShows.load(id);
  }

  deviceShow(hostname: string): Promise<WireDeviceShow | null> {
    return this.#deviceShows.load(hostname);
  }

  /** Lines of the log of a test job that this viewer may see. */
  logSource(job: TestJob): LogSource {
    return job.wire.state === "Finished"
      ? createFinalLog(this.client, { id: job.nativeId, endedAt: job.wire.end_time }, this.ask)
      : createLogSource(this.client, job.nativeId, this.ask);
  }

  /** The results of a test job, to be asked for what is wanted; null when there is no job that the viewer may see. */
  jobResults(id: LavaJobId): Promise<JobResults | null> {
    return this.#results.load(id);
  }

  /** All results of a test job; null when there is no job that the viewer may see. Throws `Overflow` for a very large one. */
  async results(id: LavaJobId): Promise<readonly CaseResult[] | null> {
    return (await this.jobResults(id))?.whole() ?? null;
  }

  async suites(id: LavaJobId): Promise<TestSuite[] | null> {
    const results = await this.jobResults(id);
    return results === null ? null : toTestSuites(this.name, id, results);
  }

  /** The test case that a line of this job's log tells of. A page of lines asks once. */
  async caseOfLine(id: LavaJobId, line: LogResult): Promise<TestCase | null> {
    const results = await this.jobResults(id);
    if (results === null) return null;
    let loader = this.#lineCases.get(id);
    if (loader === undefined) {
      loader = new DataLoader((lines) => results.casesOf(lines));
      this.#lineCases.set(id, loader);
    }
    const found = await loader.load(line);
    return found === null ? null : toTestCase(this.name, id, found);
  }

  /** What its author noted about a job, as `filter.metadata` compares it. */
  metadataOf(job: TestJob): ReadonlyMap<string, string> {
    return metadataOf(job.wire, this.definitionOf(job));
  }

  #toResults(id: LavaJobId, answer: Whole | Error): JobResults | Error | null {
    if (answer === null || answer instanceof Error) return answer;
    return answer === TOO_MANY ? new RemoteResults(this.client.results, id, this.ask) : new HeldResults(answer);
  }

  /** The definition, parsed once; null when it is no YAML mapping. */
  definitionOf(job: TestJob): JobDefinition | null {
    return this.#definitionOf(job.wire);
  }

  #definitionOf(wire: WireTestJob): JobDefinition | null {
    let definition = DEFINITIONS.get(wire);
    if (definition === undefined) {
      definition = wire.definition === null ? null : readDefinition(wire.definition);
      DEFINITIONS.set(wire, definition);
    }
    return definition;
  }

  /**
   * The integer of a node of a multinode job. REST does not know sub ids and XML-RPC does not tell the integer, but a
   * group's nodes get their numbers one after the other from the group's own on, possibly with other jobs between.
   */
  async #resolveSubId(subId: LavaSubId): Promise<LavaJobId | null> {
    const [group = "", index = ""] = subId.split(".");
    const first = Number(group) + Number(index);
    const candidate = toJobId(first);
    if ((await this.#jobShows.load(candidate))?.id === subId) return candidate;
    if ((await this.#jobShows.load(subId)) === null) return null;
    const others = Array.from({ length: GROUP_SPREAD }, (_, at) => toJobId(first + at + 1));
    const shown = await Promise.all(others.map((id) => this.#jobShows.load(id)));
    return others.find((_, at) => shown[at]?.id === subId) ?? null;
  }
}

/** Answers in the keys' order, by key and never by position: LAVA leaves out what it does not show. */
function byKey<K extends string | number, V>(
  show: (keys: readonly K[]) => Promise<{ readonly values: ReadonlyMap<K, V> }>,
): DataLoader<K, V | null> {
  return new DataLoader(async (keys) => {
    const { values } = await show(keys);
    return keys.map((key) => values.get(key) ?? null);
  });
}

function isName(text: string): boolean {
  return NAME.test(text);
}

/** Lists of one text each as one, the newest first. */
function joined(lists: readonly (readonly WireTestJob[])[], count: number) {
  const jobs = new Map(lists.flat().map((job) => [job.id, job]));
  return {
    jobs: [...jobs.values()].sort((a, b) => b.id - a.id),
    // A full list may have left out jobs below its last one, which another list's jobs must not overtake.
    floor: Math.max(0, ...lists.flatMap((list) => (list.length < count ? [] : (list.at(-1)?.id ?? 0)))),
  };
}
