// XML-RPC scheduler.jobs.* (lava.md section 6.4).
import { DefinitionRefused, parseDefinition } from "./definition.js";
import { canChangeJob } from "./lab.js";
import { displayId, type Job, JOB_HEALTHS, JOB_STATES } from "./model.js";
import { refusal } from "./rest-jobs.js";
import {
  Fault,
  internal,
  type Methods,
  needsUser,
  type Params,
  required,
  type RpcContext,
  viewerName,
} from "./rpc-call.js";
import { RpcTime } from "./rpc-codec.js";
import { jobError } from "./store.js";
import { pyTime } from "./text.js";

const LIST_MAX = 100;

function idText(value: unknown): string {
  if (typeof value !== "number" && typeof value !== "string") throw internal("Field 'id' expected a number");
  const id = String(value);
  if (!/^\d+(\.\d+)?$/.test(id)) throw internal(`Field 'id' expected a number but got '${id}'.`);
  return id;
}

function jobOf(context: RpcContext, params: Params, where: string): Job {
  const id = idText(required(params, 0, "job_id", where));
  const job = context.server.store.jobByDisplayId(id);
  if (job === undefined) throw new Fault(404, `Job '${id}' was not found.`);
  if (!context.server.store.visible(job, context.viewer)) {
    throw new Fault(403, `Job '${id}' not available to user '${viewerName(context)}'.`);
  }
  return job;
}

function count(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}

function wanted(kind: string, value: unknown, choices: readonly string[]): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const found =
    typeof value === "string" ? choices.find((one) => one.toLowerCase() === value.toLowerCase()) : undefined;
  if (found === undefined) throw new Fault(400, `Invalid ${kind} '${typeof value === "string" ? value : "?"}'`);
  return found;
}

function listed(context: RpcContext): Job[] {
  const { store } = context.server;
  return store.jobs().filter((job) => store.visible(job, context.viewer));
}

function list(context: RpcContext, [state, health, start, limit, since, verbose]: Params): unknown[] {
  const inState = wanted("state", state, JOB_STATES);
  const inHealth = wanted("health", health, JOB_HEALTHS);
  const after = typeof since === "number" && since > 0 ? (Date.now() - since * 60_000) * 1000 : 0;
  const first = count(start, 0);
  return listed(context)
    .filter((job) => inState === undefined || job.state === inState)
    .filter((job) => inHealth === undefined || job.health === inHealth)
    .filter((job) => after === 0 || (job.endTime ?? 0) >= after)
    .sort((a, b) => b.id - a.id)
    .slice(first, first + Math.min(count(limit, 25), LIST_MAX))
    .map((job) => {
      const error = jobError(job);
      const more = {
        actual_device: job.device,
        start_time: job.startTime === null ? null : pyTime(job.startTime),
        end_time: job.endTime === null ? null : pyTime(job.endTime),
        error_msg: error?.error_msg ?? null,
        error_type: error?.error_type ?? null,
      };
      return {
        id: displayId(job),
        description: job.description,
        device_type: job.deviceType,
        health: job.health,
        state: job.state,
        submitter: job.submitter,
        ...(verbose === true ? more : {}),
      };
    });
}

function show(job: Job): unknown {
  const { visibility } = job;
  const groups = { public: [], personal: [job.submitter], group: visibility.kind === "group" ? visibility.groups : [] };
  const viewing = groups[visibility.kind];
  return {
    id: displayId(job),
    description: job.description,
    device: job.device,
    device_type: job.deviceType,
    health_check: job.healthCheck,
    pipeline: true,
    health: job.health,
    state: job.state,
    submitter: job.submitter,
    submit_time: new RpcTime(job.submitTime),
    start_time: job.startTime === null ? null : new RpcTime(job.startTime),
    end_time: job.endTime === null ? null : new RpcTime(job.endTime),
    tags: job.tags,
    visibility: viewing.length === 0 ? "Public" : `Group (${viewing.join(", ")})`,
    failure_comment: job.failureComment,
  };
}

function submit(context: RpcContext, definition: unknown): unknown {
  const user = needsUser(context);
  if (typeof definition !== "string") throw internal("expected string or bytes-like object");
  try {
    const jobs = context.server.player.submit(user.name, definition);
    const [first] = jobs;
    return jobs.length === 1 && first !== undefined ? first.id : jobs.map(displayId);
  } catch (error) {
    if (!(error instanceof DefinitionRefused)) throw error;
    switch (error.kind) {
      case "data":
        throw new Fault(400, `Problem with submitted job data: ${refusal(error)}`);
      case "device":
        throw new Fault(400, `Device unavailable: ${error.message}`);
      case "tag":
        throw new Fault(400, `Invalid job definition: ${error.message}`);
    }
  }
}

function validate(definition: unknown, strict: unknown): unknown {
  try {
    parseDefinition(typeof definition === "string" ? definition : "", strict === true);
    return {};
  } catch (error) {
    if (!(error instanceof DefinitionRefused)) throw error;
    return { path: error.path === "" ? "[]" : error.path, msg: error.message };
  }
}

function logs(job: Job, [, start, end]: Params): unknown {
  const finished = job.state === "Finished";
  if (job.log.length === 0) return [finished, Buffer.from("[]")];
  const lines = job.log.slice(count(start, 0), typeof end === "number" ? end : undefined);
  return [finished, Buffer.from(lines.map((line) => `${line}\n`).join(""))];
}

export const jobMethods: Methods = {
  "scheduler.jobs.list": list,
  "scheduler.jobs.show": (context, params) => show(jobOf(context, params, "SchedulerJobsAPI.show")),
  "scheduler.jobs.queue": (context, [types, start, limit]) =>
    listed(context)
      .filter(
        (job) =>
          job.state === "Submitted" && (!Array.isArray(types) || types.length === 0 || types.includes(job.deviceType)),
      )
      .sort((a, b) => b.priority - a.priority || a.id - b.id)
      .slice(count(start, 0), count(start, 0) + Math.min(count(limit, 25), LIST_MAX))
      .map((job) => ({
        id: displayId(job),
        description: job.description,
        requested_device_type: job.deviceType,
        submitter: job.submitter,
      })),
  "scheduler.jobs.logs": (context, params) => logs(jobOf(context, params, "SchedulerJobsAPI.logs"), params),
  "scheduler.jobs.logs_count": (context, params) => {
    if (!context.server.generation.countsLogLines)
      throw new Fault(-32601, "No such method: 'scheduler.jobs.logs_count'");
    return jobOf(context, params, "SchedulerJobsAPI.logs_count").log.length;
  },
  "scheduler.jobs.definition": (context, params) => {
    const job = jobOf(context, params, "SchedulerJobsAPI.definition");
    return job.multinodeDefinition === "" ? job.originalDefinition : job.multinodeDefinition;
  },
  "scheduler.jobs.configuration": (context, params) => {
    const job = jobOf(context, params, "SchedulerJobsAPI.configuration");
    const dictionary = context.server.store.device(job.device)?.dictionary ?? "";
    if (job.startTime === null || dictionary === "") return null;
    return [job.definition, dictionary, "dispatcher_ip: 127.0.0.1\n", "purge: false\n"]
      .map((part): Buffer | null => Buffer.from(part))
      .concat(null);
  },
  "scheduler.jobs.submit": (context, [definition]) => submit(context, definition),
  "scheduler.jobs.resubmit": (context, params) => {
    needsUser(context);
    const job = jobOf(context, params, "SchedulerJobsAPI.resubmit");
    return submit(context, job.multinodeDefinition === "" ? job.originalDefinition : job.multinodeDefinition);
  },
  "scheduler.jobs.cancel": (context, params) => {
    needsUser(context);
    const job = jobOf(context, params, "SchedulerJobsAPI.cancel");
    if (job.state !== "Finished" && !canChangeJob(job, context.viewer)) {
      throw new Fault(403, `Job '${String(displayId(job))}' not available to user '${viewerName(context)}'.`);
    }
    context.server.player.cancel(job);
    return true;
  },
  "scheduler.jobs.validate": (_, [definition, strict]) => validate(definition, strict),
};
