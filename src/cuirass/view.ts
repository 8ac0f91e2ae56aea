// One Cuirass server as one request sees it: loaders that ask once for what the resolvers ask for one by one.

import DataLoader from "dataloader";
import { audited } from "../ci/audit.js";
import type { AuditDetails, AuditedChange } from "../ci/audit.js";
import type { OperationScope } from "../cache/operation-scope.js";
import { encodeGlobalId } from "../ci/global-id.js";
import { make } from "../ci/graph/make.js";
import type { Page, PageRequest } from "../ci/page.js";
import type { RunFilter } from "../ci/session.js";
import type { ServerProbe } from "../ci/server.js";
import { pageOfEvaluationBuilds } from "./client/all-builds.js";
import { pageOfFinishedBuilds } from "./client/build-pages.js";
import type { FinishedFilter } from "./client/build-pages.js";
import { toBuild } from "./model/build.type.js";
import type { Build } from "./model/build.type.js";
import { Hidden } from "./client/client.js";
import { HISTORY_MAX } from "./protocol/build-query.js";
import type { CuirassClient } from "./client/client.js";
import type { BuildQuery, JobQuery } from "./protocol/build-query.js";
import { CuirassServer as CuirassServerType } from "./model/cuirass-server.type.js";
import { borderOf } from "./protocol/border.js";
import { BuildStatus } from "./protocol/enums.js";
import { incompleteness, pageOfEvaluations, pageOfFittingEvaluations } from "./client/evaluation-pages.js";
import { toEvaluation, toJob, toJobHistoryEntry } from "./model/evaluation.type.js";
import type { Evaluation, Job, JobHistoryEntry } from "./model/evaluation.type.js";
import { parseId, parseQueryText, parseStoreItem, toBuildId, toEvaluationId } from "./protocol/ids.js";
import type { CuirassBuildId, CuirassEvaluationId, QueryText, StoreItem } from "./protocol/ids.js";
import { readProducts } from "./client/products.js";
import { pageOfQueue } from "./client/queue-pages.js";
import { pageOfRuns } from "./run-pages.js";
import type { CuirassServer } from "./server.js";
import { toSpecification } from "./model/specification.type.js";
import type { Specification } from "./model/specification.type.js";
import type { WireBuild, WireEvaluation, WireJobHistory, WireSpecification } from "./protocol/wire.js";
import { shownThing } from "../ci/odd-fields.js";

/** Evaluations among which the newest one that is built lies as a rule. */
const NEWEST_FIRST = 10;
/** What says something of the build itself. */
const COMPARABLE = [BuildStatus.SUCCEEDED, BuildStatus.FAILED, BuildStatus.FAILED_OTHER];

/** One Cuirass server for one request. What does not exist is null; methods throw `UpstreamError` and `Overflow`. */
export class CuirassView {
  readonly name: string;
  /** The server as this operation asks it. */
  readonly client: CuirassClient;
  #probe: Promise<ServerProbe> | undefined;
  #specifications: Promise<readonly WireSpecification[]> | undefined;
  #products: ReturnType<typeof readProducts> | undefined;
  readonly #jobs = new Map<string, Promise<readonly Job[]>>();
  // Cuirass has no bulk form for any of these: a loader saves only the second request for the same thing.
  readonly #builds: DataLoader<CuirassBuildId, WireBuild | null>;
  readonly #outputs: DataLoader<StoreItem, WireBuild | null>;
  readonly #derivations: DataLoader<StoreItem, WireBuild | null>;
  readonly #evaluations: DataLoader<CuirassEvaluationId, WireEvaluation | null>;

  constructor(
    readonly server: CuirassServer,
    private readonly scope: OperationScope,
    viewer: string,
  ) {
    const client = server.within(scope, viewer);
    this.client = client;
    this.name = server.name;
    this.#builds = singly((id) => client.build(id));
    this.#outputs = singly((item) => client.buildByOutput(item));
    this.#derivations = singly((item) => client.buildByDerivation(item));
    this.#evaluations = singly((id) => client.shownEvaluation(id));
  }

  /** The server's address without a closing slash. */
  get url(): string {
    return this.server.url;
  }

  /** Asks Cuirass for a change, which the audit trail has in the name of the configured credentials. */
  change<T>(
    field: string,
    what: AuditDetails,
    ask: () => Promise<T>,
    outcome?: AuditedChange<T>["outcome"],
  ): Promise<T> {
    const user = () => Promise.resolve(this.server.admin?.user ?? null);
    return audited(this.scope.origin, { field, server: this.name, what, user, outcome }, ask);
  }

  toServer(): CuirassServerType {
    return make(CuirassServerType, {
      id: encodeGlobalId("CuirassServer", this.name, this.name),
      name: this.name,
      url: this.url,
      takesChanges: this.server.admin !== null,
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
        return this.server.events();
      },
      // Its version is a commit of Guix, if anything: it tells of no capability.
      currentCapabilities: () => Promise.resolve([]),
    });
  }

  /** Null also for a number that is no id. */
  async build(buildId: number): Promise<Build | null> {
    const id = parseId(String(buildId));
    return this.#toBuildOrNull(id === null ? null : await this.#builds.load(toBuildId(id)));
  }

  /** The build that has this store path among its outputs, whether it is built or not; null also for other text. */
  async buildByOutput(path: string): Promise<Build | null> {
    const item = parseStoreItem(path);
    return this.#toBuildOrNull(item === null ? null : await this.#outputs.load(item));
  }

  /** The build of a derivation, given by its store path; null also for other text. */
  async buildByDerivation(path: string): Promise<Build | null> {
    const item = parseStoreItem(path);
    return this.#toBuildOrNull(item?.endsWith(".drv") === true ? await this.#derivations.load(item) : null);
  }

  /** The build of a product, when it is among the newest ones that `readProducts` finds; they are read once. */
  async buildOfProduct(productId: number): Promise<Build | null> {
    const { client } = this;
    this.#specifications ??= client.specifications();
    this.#products ??= this.#specifications.then((specifications) => readProducts(client, specifications));
    return this.#toBuildOrNull((await this.#products).get(productId) ?? null);
  }

  /** A page of finished builds, in the order of their end, newest first; forward only. */
  async builds(query: BuildQuery, request: PageRequest, filter: FinishedFilter): Promise<Page<Build>> {
    return this.#toBuilds(await pageOfFinishedBuilds(this.client, query, request, filter));
  }

  /** The build of the same job and specification that ended last before this one did; null when there is none. */
  async buildBefore({ wire, specificationName, job, finishedAt }: Build): Promise<Build | null> {
    const [specification, name] = [parseQueryText(specificationName), parseQueryText(job)];
    // Names that Cuirass can't be asked for.
    if (specification === null || name === null) return null;
    const range = finishedAt === null ? {} : { below: borderOf(wire) };
    const request = { direction: "forward", count: 1, cursor: null } as const;
    const page = await this.builds({ specification, job: name }, request, { range, statuses: COMPARABLE });
    return page.items[0]?.node ?? null;
  }

  /** A page of all builds of an evaluation, unfinished ones first; forward only. */
  async buildsOf(
    query: BuildQuery & { readonly evaluation: CuirassEvaluationId },
    request: PageRequest,
    statuses: readonly BuildStatus[] | null,
  ): Promise<Page<Build>> {
    return this.#toBuilds(await pageOfEvaluationBuilds(this.client, query, request, statuses));
  }

  /** A page of unfinished builds, running ones first; forward only. */
  async queue(query: BuildQuery, request: PageRequest): Promise<Page<Build>> {
    return this.#toBuilds(await pageOfQueue(this.client, query, request));
  }

  /** A page of all builds, unfinished ones first; forward only. */
  async runs(filter: RunFilter, request: PageRequest): Promise<Page<Build>> {
    return this.#toBuilds(await pageOfRuns(this.client, filter, request));
  }

  /** Null for a number that is no id, too. Throws `Hidden` for an evaluation that exists, but that Cuirass can't show. */
  async evaluationOrHidden(evaluationId: number): Promise<Evaluation | null> {
    const evaluation = await this.evaluation(evaluationId);
    const id = evaluation === null ? parseId(String(evaluationId)) : null;
    if (id === null || !(await this.client.hasEvaluation(toEvaluationId(id)))) return evaluation;
    throw new Hidden(this.name, toEvaluationId(id));
  }

  /** Null also for a number that is no id, and for an evaluation that Cuirass can't show. */
  async evaluation(evaluationId: number): Promise<Evaluation | null> {
    const id = parseId(String(evaluationId));
    const wire = id === null ? null : await this.#evaluations.load(toEvaluationId(id));
    return wire === null ? null : toEvaluation(this.name, this.url, wire);
  }

  /**
   * A page of evaluations, newest first; forward only. Evaluations that Cuirass can't show are told to `report`.
   * What `fits`, Cuirass can't be asked for, so that more are read than are shown.
   */
  async evaluations(
    specification: QueryText | null,
    request: PageRequest,
    report: (error: unknown) => void,
    fits: ((wire: WireEvaluation) => boolean) | null = null,
  ): Promise<Page<Evaluation>> {
    const { client } = this;
    const page =
      fits === null
        ? await pageOfEvaluations(client, specification, request)
        : await pageOfFittingEvaluations(client, specification, request, fits);
    const fault = incompleteness(this.client, page);
    if (fault !== null) report(fault);
    return mapPage(page, (wire) => {
      this.#evaluations.prime(toEvaluationId(wire.id), wire);
      return toEvaluation(this.name, this.url, wire);
    });
  }

  /** The newest evaluation of a specification that succeeded; null when none has. */
  async latestEvaluation(name: string, report: (error: unknown) => void): Promise<Evaluation | null> {
    const specification = parseQueryText(name);
    if (specification === null) return null;
    const id = await this.client.latestEvaluation(specification);
    if (id !== null) return this.evaluationOrHidden(id);
    // None, or a server from before 2023-06, which has no such route.
    const request = { direction: "forward", count: 1, cursor: null } as const;
    const page = await this.evaluations(specification, request, report, ({ status }) => status === 0);
    return page.items[0]?.node ?? null;
  }

  /** All jobs of an evaluation by name; empty when it is unknown, failed, or not done yet. */
  jobs({ nativeId, evaluatedAt }: Evaluation, query: JobQuery = {}): Promise<readonly Job[]> {
    const key = JSON.stringify([nativeId, query.names, query.system]);
    let jobs = this.#jobs.get(key);
    if (jobs === undefined) {
      const seconds = evaluatedAt === null ? 0 : Date.parse(evaluatedAt) / 1_000;
      jobs = this.client.jobs(nativeId, query, seconds).then((wires) => wires.map((wire) => toJob(this.name, wire)));
      this.#jobs.set(key, jobs);
    }
    return jobs;
  }

  async jobHistory(specification: QueryText, names: readonly QueryText[], nr: number): Promise<JobHistoryEntry[]> {
    let history = await this.client.jobHistory(specification, names, nr);
    // Cuirass counts the evaluations before it leaves out those that have none of the jobs.
    if (history.length < nr && nr < HISTORY_MAX)
      history = await this.client.jobHistory(specification, names, HISTORY_MAX);
    return history.slice(0, nr).map((entry) => shownThing(toJobHistoryEntry(this.name, entry)));
  }

  /** Id of the newest of 100 evaluations that has all these jobs, built; null when none has. */
  async newestBuilt(specification: QueryText, names: readonly QueryText[]): Promise<number | null> {
    const isBuilt = ({ jobs }: WireJobHistory[number]) =>
      names.every((name) => jobs.some((job) => job.name === name && job.status === 0));
    for (const nr of [NEWEST_FIRST, HISTORY_MAX]) {
      const found = (await this.client.jobHistory(specification, names, nr)).find(isBuilt);
      if (found !== undefined) return found.evaluation;
    }
    return null;
  }

  /** The active specifications by name. */
  async specifications(): Promise<readonly Specification[]> {
    const wires = await (this.#specifications ??= this.client.specifications());
    return wires.map((wire) => toSpecification(this.name, wire));
  }

  async specification(name: string): Promise<Specification | null> {
    return (await this.specifications()).find((specification) => specification.name === name) ?? null;
  }

  #toBuildOrNull(wire: WireBuild | null): Build | null {
    return wire === null ? null : toBuild(this.name, this.url, wire);
  }

  #toBuilds(page: Page<WireBuild>): Page<Build> {
    return mapPage(page, (wire) => {
      this.#builds.prime(toBuildId(wire.id), wire);
      return toBuild(this.name, this.url, wire);
    });
  }
}

function singly<K, V>(load: (key: K) => Promise<V>): DataLoader<K, V> {
  return new DataLoader<K, V>((keys) =>
    Promise.all(
      keys.map((key) =>
        load(key).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
      ),
    ),
  );
}

function mapPage<T, U>(page: Page<T>, map: (node: T) => U): Page<U> {
  return { ...page, items: page.items.map(({ cursor, node }) => ({ cursor, node: map(node) })) };
}
