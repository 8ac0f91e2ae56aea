// The build farm behind the Cuirass sandbox: evaluations, job rows and builds, and how they change. Rules after
// cuirass.md, sections 2 (what moves a status), 3 (fields) and 5 (who belongs to whom). Times are Unix seconds.

import { GrowingLog, logBeginning, logCompilation, logEnd, type BuildLog } from "./logs.js";
import { Random } from "../random.js";
import { packagesOf, SPECIFICATIONS, type Package, type Specification } from "./specifications.js";

/** -3 submitted, -2 scheduled, -1 started, 0 succeeded, 1 failed, 2 failed dependency, 3 failed other, 4 canceled. */
export type BuildStatus = -3 | -2 | -1 | 0 | 1 | 2 | 3 | 4;
/** -1 unknown, 0 new success, 1 new failure, 2 still succeeding, 3 still failing. */
export type Weather = -1 | 0 | 1 | 2 | 3;
/** -1 started, 0 succeeded, 1 failed, 2 aborted. */
export type EvaluationStatus = -1 | 0 | 1 | 2;

export interface Product {
  readonly id: number;
  readonly type: string;
  readonly path: string;
  readonly fileSize: number;
  /** Its file was garbage-collected: `/download` answers 500. */
  readonly vanished: boolean;
}

export interface Build {
  readonly id: number;
  readonly evaluation: number;
  readonly jobset: string;
  readonly job: string;
  readonly system: string;
  readonly nixname: string;
  readonly derivation: string;
  readonly outputs: readonly { readonly name: string; readonly path: string }[];
  readonly priority: number;
  readonly createdAt: number;
  starttime: number;
  stoptime: number;
  status: BuildStatus;
  weather: Weather;
  worker: string | null;
  products: readonly Product[];
  /** null: no log file, or expired. A restarted build keeps its old one. */
  log: BuildLog | null;
  logLines: number;
}

export interface Checkout {
  readonly commit: string;
  readonly channel: string;
  readonly directory: string;
}

export interface Evaluation {
  readonly id: number;
  readonly specification: string;
  readonly timestamp: number;
  readonly checkouttime: number;
  status: EvaluationStatus;
  evaltime: number;
  /** One for each channel of the specification. */
  readonly checkouts: readonly Checkout[];
  /** Those whose commit is new, as /api/jobs/history shows them. */
  readonly changed: readonly Checkout[];
  /** Job name to build id; the build may belong to an older evaluation. */
  readonly jobs: Map<string, number>;
}

/** Outcomes a build can end with by itself. */
export type FinalStatus = 0 | 1 | 2 | 3;

/** A build older than this many evaluations is built anew, so that job rows never outlive their builds. */
const REUSE_EVALUATIONS_MAX = 15;

/** State of the farm; every change of it goes through a method. */
export class Farm {
  readonly builds = new Map<number, Build>();
  /** Those of one job of a specification, oldest first. */
  readonly #byJob = new Map<string, Build[]>();
  /** In ascending order of id. */
  readonly evaluations = new Map<number, Evaluation>();
  readonly random: Random;
  /** Told of each build that succeeds. */
  onSuccess: ((build: Build) => void) | undefined;
  /** By name, inactive ones among them. */
  #specifications: readonly Specification[] = SPECIFICATIONS;
  readonly #inactive = new Set<string>();
  /** Newest evaluation of a specification when it got another channel: this one and older ones lack a checkout of it. */
  readonly #channelAddedAfter = new Map<string, number>();
  #lastBuild = 0;
  #lastEvaluation = 0;
  #lastProduct = 0;
  #heads = new Map<string, Checkout>();
  readonly #newestCheckouts = new Map<string, readonly Checkout[]>();

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** The active ones, by name. */
  get specifications(): readonly Specification[] {
    return this.#specifications.filter(({ name }) => !this.#inactive.has(name));
  }

  deactivate(name: string): void {
    this.#inactive.add(name);
  }

  /** Whether active or not. */
  specification(name: string): Specification | undefined {
    return this.#specifications.find((specification) => specification.name === name);
  }

  /** An administrator adds a channel, of which no evaluation until now has a checkout. */
  addChannel(name: string, channel: string): void {
    const more = {
      name: channel,
      url: `https://git.example.org/${channel}.git`,
      branch: "master",
      commit: false,
    } as const;
    this.#specifications = this.#specifications.map((one) =>
      one.name === name ? { ...one, channels: [...one.channels, more] } : one,
    );
    this.#channelAddedAfter.set(name, this.#lastEvaluation);
  }

  /** As newer versions do with that of a pull request which is closed: its evaluations and builds go, too. */
  deleteSpecification(name: string): void {
    this.#specifications = this.#specifications.filter((one) => one.name !== name);
    for (const [id, { specification }] of this.evaluations) if (specification === name) this.evaluations.delete(id);
    for (const [id, build] of this.builds) {
      if (build.jobset !== name) continue;
      this.builds.delete(id);
      this.#byJob.delete(jobKey(build));
    }
  }

  /** Whether an evaluation has a checkout of each channel that its specification has now. */
  hasCheckouts({ id, specification }: Evaluation): boolean {
    return id > (this.#channelAddedAfter.get(specification) ?? 0);
  }

  /** Starts an evaluation because a channel has a new commit. */
  startEvaluation(specification: Specification, at: number): Evaluation {
    const previous = this.#newestCheckouts.get(specification.name);
    const moved = this.random.pick(specification.channels).name;
    const checkouts = specification.channels.map(({ name }) => {
      const before = previous?.find((checkout) => checkout.channel === name);
      if (before !== undefined && name !== moved) return before;
      const head = this.#heads.get(name);
      if (head !== undefined && head.commit !== before?.commit && this.random.chance(0.5)) return head;
      return this.#commit(name);
    });
    const evaluation: Evaluation = {
      id: ++this.#lastEvaluation,
      specification: specification.name,
      timestamp: at,
      checkouttime: at + 2,
      status: -1,
      evaltime: 0,
      checkouts,
      changed: checkouts.filter(({ commit }) => !previous?.some((before) => before.commit === commit)),
      jobs: new Map(),
    };
    this.#newestCheckouts.set(specification.name, checkouts);
    this.evaluations.set(evaluation.id, evaluation);
    return evaluation;
  }

  /**
   * Ends a started evaluation. A success registers its jobs; of those built before, `rebuilt` (0 to 1) get a new
   * scheduled build and the others point to the old one. Returns the new builds.
   */
  endEvaluation(evaluation: Evaluation, status: 0 | 1 | 2, at: number, rebuilt: number): Build[] {
    evaluation.status = status;
    if (status !== 0) return [];
    evaluation.evaltime = at;
    const specification = this.specification(evaluation.specification);
    if (specification === undefined || evaluation.jobs.size > 0) return [];
    const created: Build[] = [];
    for (const item of packagesOf(specification.name)) {
      for (const system of specification.systems) {
        const name = `${item.name}.${system}`;
        const old = this.#reusable(specification.name, name, evaluation.id);
        if (old !== undefined && !this.random.chance(rebuilt)) {
          evaluation.jobs.set(name, old.id);
          continue;
        }
        const build = this.#createBuild(evaluation, specification, item, system, at);
        evaluation.jobs.set(name, build.id);
        created.push(build);
      }
    }
    return created;
  }

  /** Gives an evaluation `count` more jobs, each with a new build for one of its systems. */
  addJobs(evaluation: Evaluation, count: number, at: number): Build[] {
    const specification = this.specification(evaluation.specification);
    if (specification === undefined) return [];
    return Array.from({ length: count }, (_, index) => {
      const item = { name: `package-${index + 1}`, version: "1.0", priority: index % 10 };
      const system = specification.systems[index % specification.systems.length] ?? "";
      const build = this.#createBuild(evaluation, specification, item, system, at);
      evaluation.jobs.set(build.job, build.id);
      return build;
    });
  }

  submit(build: Build): void {
    build.status = -3;
    build.worker = `worker-${this.random.word(8)}`;
  }

  /** Starts a build; its log exists at once, with 0 bytes. One that was mended keeps its old end. */
  start(build: Build, at: number): void {
    build.status = -1;
    build.starttime = at;
    build.weather = -1;
    build.worker ??= `worker-${this.random.word(8)}`;
    build.log = new GrowingLog();
    build.logLines = 0;
  }

  /** Writes more of a running build's log; a no-op for others. */
  growLog(build: Build, lines: number): void {
    if (build.status !== -1 || !(build.log instanceof GrowingLog)) return;
    const beginning = build.logLines === 0 ? logBeginning(build.id) : "";
    const withheldBytes = this.random.between(0, 60);
    build.log.append(beginning + logCompilation(build.id, build.logLines + 1, lines), withheldBytes);
    build.logLines += lines;
  }

  finish(build: Build, status: FinalStatus, at: number): void {
    if (build.log instanceof GrowingLog) {
      const beginning = build.logLines === 0 ? logBeginning(build.id) : "";
      build.log.end(beginning + logEnd(build.id, build.derivation, status === 0));
    }
    build.weather = this.#weather(build, status);
    build.status = status;
    build.stoptime = at;
    if (status === 2 || build.starttime === 0) build.starttime = at;
    if (status === 0 && build.products.length === 0) build.products = this.#createProducts(build);
    if (status === 0) this.onSuccess?.(build);
  }

  /** What a build needed is there now: it waits again, with the times of its failure. */
  mend(build: Build): void {
    build.status = -2;
  }

  /** A canceled build that has never ended has no stoptime. */
  cancel(build: Build): void {
    build.status = 4;
  }

  /** Schedules a build anew, whatever its status; `/admin/evaluation/E/restart` keeps the weather. */
  restart(build: Build, keepWeather = false): void {
    build.status = -2;
    build.starttime = 0;
    build.stoptime = 0;
    build.worker = null;
    if (!keepWeather) build.weather = -1;
  }

  buildsOf(evaluation: number): Build[] {
    return [...this.builds.values()].filter((build) => build.evaluation === evaluation);
  }

  /** What a build of an image or a system needs: the builds before it in its evaluation, three at most. */
  dependenciesOf(build: Build): Build[] {
    return this.buildsOf(build.evaluation)
      .filter(({ id, system }) => id < build.id && system === build.system)
      .slice(-3);
  }

  /** Drops the job rows of all but the newest evaluations, then whatever nothing points to any more. */
  prune(evaluationsKept: number): void {
    const dropped = [...this.evaluations.values()].slice(0, -evaluationsKept);
    for (const evaluation of dropped) evaluation.jobs.clear();
    const referenced = new Set([...this.evaluations.values()].flatMap(({ jobs }) => [...jobs.values()]));
    const droppedIds = new Set(dropped.map(({ id }) => id));
    const needed = new Set<number>();
    for (const build of this.builds.values()) {
      if (!droppedIds.has(build.evaluation)) continue;
      if (referenced.has(build.id)) {
        needed.add(build.evaluation);
      } else {
        this.builds.delete(build.id);
        const key = jobKey(build);
        this.#byJob.set(key, this.#byJob.get(key)?.filter((one) => one !== build) ?? []);
      }
    }
    for (const id of droppedIds) if (!needed.has(id)) this.evaluations.delete(id);
  }

  #commit(channel: string): Checkout {
    const commit = this.random.commit();
    const directory = `/gnu/store/${this.random.storeHash()}-${channel}-${commit.slice(0, 7)}`;
    const checkout = { commit, channel, directory };
    this.#heads.set(channel, checkout);
    return checkout;
  }

  #reusable(jobset: string, job: string, evaluation: number): Build | undefined {
    // Where two specifications have a derivation in common, the build belongs to the one that came first.
    if (jobset === "core-packages-team" && job === "hello.x86_64-linux") jobset = "master";
    const newest = this.#byJob.get(jobKey({ jobset, job }))?.at(-1);
    if (newest === undefined) return undefined;
    // Staggered, so that what was built in one evaluation is not all built anew in another.
    const limit = REUSE_EVALUATIONS_MAX - (newest.id % 8);
    return evaluation - newest.evaluation <= limit ? newest : undefined;
  }

  #createBuild(evaluation: Evaluation, spec: Specification, item: Package, system: string, at: number): Build {
    const id = ++this.#lastBuild;
    // One name with everything that JSON, HTML and shells stumble over (fixture build-unicode-nixname.http).
    const nixname = id === 30 ? 'café-“1.0” <&>"q' : `${item.name}-${item.version}`;
    const file = `${item.name}-${item.version}`;
    const output = (name: string): { name: string; path: string } => {
      return { name, path: `/gnu/store/${this.random.storeHash()}-${file}${name === "out" ? "" : `-${name}`}` };
    };
    const names = item.name === "qcow2-image" && evaluation.id % 2 === 1 ? ["debug", "out", "doc"] : ["out"];
    if (spec.name !== "images" && spec.name !== "guix" && this.random.chance(0.3)) names.unshift("doc");
    const build: Build = {
      id,
      evaluation: evaluation.id,
      jobset: spec.name,
      job: `${item.name}.${system}`,
      system,
      nixname,
      derivation: `/gnu/store/${this.random.storeHash()}-${file}.drv`,
      outputs: names.map(output),
      priority: 10 * spec.priority + item.priority,
      createdAt: at,
      starttime: 0,
      stoptime: 0,
      status: -2,
      weather: -1,
      worker: null,
      products: [],
      log: null,
      logLines: 0,
    };
    this.builds.set(id, build);
    const key = jobKey(build);
    this.#byJob.set(key, [...(this.#byJob.get(key) ?? []), build]);
    return build;
  }

  #createProducts(build: Build): Product[] {
    const out = build.outputs.find(({ name }) => name === "out")?.path ?? "";
    const create = (type: string, path: string, fileSize: number): Product => {
      const id = ++this.#lastProduct;
      return { id, type, path, fileSize, vanished: id === 1 };
    };
    const size = 2_600_000_000 + build.id * 1_048_577;
    if (build.job.startsWith("qcow2-image")) return [create("qcow2-image", out, size)];
    if (!build.job.startsWith("iso9660-image")) return [];
    return [create("iso9660", out, size), create("doc", `${out}/share/doc/manual.txt`, 4_321)];
  }

  #weather(build: Build, status: FinalStatus): Weather {
    if (status === 2) return -1;
    const before = this.#byJob
      .get(jobKey(build))
      ?.findLast((other) => other.id < build.id && (other.status === 0 || other.status === 1 || other.status === 3));
    if (before === undefined) return -1;
    const succeeded = before.status === 0;
    if (status === 0) return succeeded ? 2 : 0;
    return succeeded ? 1 : 3;
  }
}

function jobKey({ jobset, job }: Pick<Build, "jobset" | "job">): string {
  return `${jobset} ${job}`;
}
