// Several gateways over one Redis. It finds out by its heartbeat whether the engine is there, and joins each log anew when it
// is back; what is asked meanwhile is answered by each gateway alone.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { newGeneration } from "../../events/cursors.js";
import type { EventLog, Logged } from "../../events/event-log.js";
import { RING_MAX } from "../../events/ring.js";
import type { SealingKey } from "../../events/sealing-key.js";
import type { Budget } from "../../net/slots.js";
import type { Secret } from "../../net/secret.js";
import type { Cluster, ClusterNotice, ClusterStatus, LabName } from "../cluster.js";
import { RedisBudget } from "./budget.js";
import { EngineAway, RedisEngine } from "./engine.js";
import type { EngineAddress } from "./engine.js";
import { ClusterKeys } from "./keys.js";
import { RedisLog, newMark, streamOf } from "./log.js";
import type { Head, OpenEntry, Place } from "./log.js";
import { BEAT, LEAVE, RENEW } from "./scripts.js";
import type { Script } from "./scripts.js";

const BEAT_MS = 500;
/** How long a start waits for the engine. */
const START_MS = 3_000;
const PAGE_MAX = 1_000;
/** While nothing is to be read. */
const IDLE_MS = 50;

export interface RedisClusterOptions {
  readonly address: EngineAddress;
  readonly secret: Secret;
  readonly name: string;
  /** Whether a start without the engine fails. */
  readonly required: boolean;
  readonly onNotice?: (notice: ClusterNotice) => void;
}

type Run = (script: Script, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

export class RedisCluster implements Cluster {
  readonly cursorKey: SealingKey;
  readonly #keys: ClusterKeys;
  readonly #engine: RedisEngine;
  readonly #member = randomBytes(9).toString("base64url");
  readonly #logs = new Set<RedisLog>();
  /** Logs that have to be joined, each with the generation that was set back, if it was. */
  readonly #broken = new Map<RedisLog, string | null>();
  readonly #budgets = new Map<string, RedisBudget>();
  readonly #stop = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #isUp = false;
  #members = 1;
  #lost = 0;
  #reason: string | null = null;
  #count = 0;

  constructor(private readonly options: RedisClusterOptions) {
    this.#keys = new ClusterKeys(options.secret, options.name);
    this.cursorKey = this.#keys.cursors;
    this.#engine = new RedisEngine(options.address);
  }

  openLog<E extends Logged>(lab: LabName): EventLog<E> {
    const log = new RedisLog<E>({
      server: lab.name,
      keys: this.#keys.of(lab),
      cursorKey: this.cursorKey,
      members: this.#keys.members,
      hearer: `${this.#member}/${(this.#count += 1)}`,
      run: (...asked) => void this.#run(...asked).catch(() => undefined),
      onBroken: (wasSetBack) => this.#break(own, wasSetBack),
      onClose: () => {
        this.#logs.delete(own);
        this.#broken.delete(own);
      },
    });
    // What the events are makes no difference here.
    const own = log as unknown as RedisLog;
    this.#logs.add(own);
    if (this.#isUp) this.#break(own, false);
    return log;
  }

  budgetOf(lab: LabName): Budget {
    const { base } = this.#keys.of(lab);
    const budget =
      this.#budgets.get(base) ??
      new RedisBudget({
        base,
        member: this.#member,
        isShared: () => this.#isUp,
        members: () => this.#members,
        run: this.#run,
        unique: () => (this.#count += 1),
      });
    this.#budgets.set(base, budget);
    return budget;
  }

  status(): ClusterStatus {
    return {
      mode: this.#isUp ? "shared" : "degraded",
      members: this.#members,
      lost: this.#lost,
      reason: this.#reason,
      logs: [...this.#logs].map(({ status }) => status),
    };
  }

  async start(): Promise<void> {
    this.#engine.connect();
    const until = performance.now() + START_MS;
    while (performance.now() < until) {
      if (this.#engine.isConnected && (await this.#join())) break;
      await sleep(IDLE_MS);
    }
    if (!this.#isUp) {
      const reason = this.#reason ?? this.#engine.reason;
      if (this.options.required) throw new EngineAway(`the cluster's engine does not answer: ${reason}`);
      this.#away(reason);
    }
    this.#loops = Promise.all([this.#beatOn(), this.#readOn()]);
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#loops;
    const bases = [...this.#budgets.keys()];
    if (this.#isUp) await this.#run(LEAVE, [this.#keys.members, ...bases], [this.#member]).catch(() => undefined);
    this.#engine.close();
  }

  /** Whatever fails: the engine is away. */
  readonly #run: Run = async (script, keys, args) => {
    try {
      return await this.#engine.run(script, keys, args);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  };

  #failed(error: unknown): void {
    if (!this.#isUp || this.#stop.signal.aborted) return;
    this.#lost += 1;
    this.#isUp = false;
    this.#away(error instanceof Error ? error.message : "unknown reason");
  }

  #away(reason: string): void {
    this.#reason = reason;
    this.#broken.clear();
    for (const log of this.#logs) log.leave();
    this.options.onNotice?.({ kind: "away", reason, members: this.#members });
  }

  #break(log: RedisLog, wasSetBack: boolean): void {
    this.#broken.set(log, wasSetBack ? (log.place?.generation ?? null) : null);
    log.join();
  }

  /** A function, since the compiler takes the signal for what it was before an await. */
  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #beatOn(): Promise<void> {
    while (!this.#isStopped()) {
      const until = performance.now() + BEAT_MS;
      if (this.#isUp) await this.#beat().catch(() => undefined);
      else if (this.#engine.isConnected) await this.#join();
      while (performance.now() < until && !this.#isStopped()) {
        // Whatever is broken does not wait for the next heartbeat.
        if (this.#isUp && this.#broken.size > 0) await this.#mend().catch(() => undefined);
        await sleep(IDLE_MS, undefined, { ref: false });
      }
    }
  }

  async #readOn(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const reading = [...this.#logs].flatMap((log) => {
        const from = log.reading;
        return from === null || !this.#isUp ? [] : [{ log, from }];
      });
      if (reading.length === 0) {
        await sleep(IDLE_MS, undefined, { ref: false });
        continue;
      }
      try {
        for (const [stream, entries] of await this.#engine.next(reading.map(({ from }) => from))) {
          for (const { log, from } of reading) if (from[0] === stream) log.take(stream, entries);
        }
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  /** Joins everything, as a member that nobody relies on any more; whether that was possible. Never throws. */
  async #join(): Promise<boolean> {
    const logs = [...this.#logs];
    for (const log of logs) log.join();
    try {
      await this.#engine.prepare();
      const heads = await this.#heads(logs, true);
      for (const [log, head] of heads) await this.#load(log, head);
    } catch (error) {
      for (const log of this.#logs) log.leave();
      this.#reason = error instanceof Error ? error.message : "unknown reason";
      return false;
    }
    this.#isUp = true;
    this.#reason = null;
    this.options.onNotice?.({ kind: "joined", members: this.#members });
    for (const log of this.#logs) if (log.place === null) this.#break(log, false);
    return true;
  }

  async #mend(): Promise<void> {
    const broken = [...this.#broken];
    this.#broken.clear();
    for (const [log, setBack] of broken) {
      if (setBack === null) continue;
      await this.#run(RENEW, [log.base], [setBack, newGeneration()]);
      this.options.onNotice?.({ kind: "generation", server: log.status.server });
    }
    const logs = broken.map(([log]) => log).filter((log) => this.#logs.has(log));
    try {
      for (const [log, head] of await this.#heads(logs, true)) await this.#load(log, head);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #beat(): Promise<void> {
    const logs = [...this.#logs].filter((log) => log.reading !== null);
    const sent = new Map(logs.map((log) => [log, log.place]));
    let heads;
    try {
      heads = await this.#heads(logs, false);
    } catch (error) {
      this.#failed(error);
      return;
    }
    for (const [log, head] of heads) {
      const before = sent.get(log) ?? null;
      if (before === null || log.reading === null || log.place?.generation !== before.generation) continue;
      if (head.generation !== before.generation) {
        this.options.onNotice?.({ kind: "generation", server: log.status.server });
        this.#break(log, false);
      } else if (isSetBack(head, before)) this.#break(log, true);
      else log.beaten(head);
    }
  }

  /** A heartbeat for some logs. Throws `EngineAway`, and has told nobody of it. */
  async #heads(logs: readonly RedisLog[], joins: boolean): Promise<ReadonlyMap<RedisLog, Head>> {
    const args = logs.flatMap((log) => [
      ...[log.hearer, newGeneration(), newMark(), newMark(), newMark()],
      ...[joins ? "1" : "0", log.hearsAll ? "1" : "0"],
    ]);
    const keys = [this.#keys.members, ...logs.map(({ base }) => base)];
    const answer = await this.#engine.run(BEAT, keys, [this.#member, RING_MAX, ...args]);
    // As the script returns it.
    const [members, ...heads] = answer as [number, ...(readonly [string, number, string, number, number])[]];
    this.#members = Math.max(1, members);
    return new Map(
      logs.flatMap((log, at) => {
        const head = heads[at];
        if (head === undefined) return [];
        const [generation, sequence, mark, hearers, isHearer] = head;
        return [[log, { generation, sequence, mark, hearers, isHearer: isHearer === 1 }] as const];
      }),
    );
  }

  /** The log's end, page by page. Throws `EngineAway`. */
  async #load(log: RedisLog, head: Head): Promise<void> {
    const stream = streamOf(log.base, head.generation);
    const all: OpenEntry<Logged>[] = [];
    let from = `${Math.max(0, head.sequence - RING_MAX + 1)}-0`;
    for (;;) {
      const page = await this.#engine.entries(stream, from, PAGE_MAX);
      all.push(...log.read(page));
      const last = page.at(-1);
      if (page.length < PAGE_MAX || last === undefined) break;
      from = `(${last[0]}`;
    }
    log.joined(head, all);
  }
}

/** Whether the log lacks what was read from it, as of a heartbeat that was sent when it had been read to `before`. */
function isSetBack(head: Head, before: Place): boolean {
  return head.sequence < before.sequence || (head.sequence === before.sequence && head.mark !== before.mark);
}
