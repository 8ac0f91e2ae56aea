// REST's jobs/: lists, details, logs, and what changes jobs.
import { DefinitionRefused, NotYaml, parseDefinition } from "./definition.js";
import { crash, json, notFound, type Reply, ReplyWith } from "./http.js";
import { canChangeJob, DEVICE_TYPES, GROUPS, TAGS, USERS } from "./lab.js";
import { boolean, choice, type Filters, list, names, numbers, text, texts, times } from "./lists.js";
import { displayId, type Job, JOB_HEALTHS, JOB_STATES } from "./model.js";
import { bodyFields, methodNotAllowed, needsLogin, notPermitted, type RestCall, type Routes } from "./rest-call.js";
import { metadataColumn, metadataFilters } from "./metadata.js";
import { isoZ, pyRepr } from "./text.js";

const TIME_LOOKUPS = ["exact", "lt", "gt", "isnull"] as const;

/** Ids of the groups that LAVA makes for each user with a personal job, called like the user. */
const PERSONAL_GROUPS = 100;

function groupIds(job: Job): number[] {
  if (job.visibility.kind === "personal") {
    return USERS.filter(({ name }) => name === job.submitter).map(({ id }) => PERSONAL_GROUPS + id);
  }
  const names = job.visibility.kind === "group" ? job.visibility.groups : [];
  return GROUPS.filter(({ name }) => names.includes(name)).map(({ id }) => id);
}

function showJob(job: Job, { server, viewer }: RestCall): Record<string, unknown> {
  const metadata = metadataColumn(server, job);
  return {
    id: job.id,
    submitter: job.submitter,
    viewing_groups: groupIds(job),
    description: job.description,
    health_check: job.healthCheck,
    requested_device_type: job.deviceType,
    tags: TAGS.filter(({ name }) => job.tags.includes(name)).map(({ id }) => id),
    actual_device: job.device,
    submit_time: isoZ(job.submitTime),
    start_time: job.startTime === null ? null : isoZ(job.startTime),
    end_time: job.endTime === null ? null : isoZ(job.endTime),
    state: job.state,
    health: job.health,
    priority: job.priority,
    definition: job.definition,
    ...(metadata === undefined ? {} : { metadata }),
    original_definition: job.originalDefinition,
    multinode_definition: job.multinodeDefinition,
    failure_tags: job.failureTags,
    failure_comment: job.failureComment,
    ...(viewer?.superuser === true ? { token: job.token } : {}),
  };
}

/** The lists of states and healths as LAVA had them before 2021.01. */
function wordNumbers(): Filters<Job> {
  return {
    ...numbers("state", (job: Job) => JOB_STATES.indexOf(job.state), ["in"]),
    ...numbers("health", (job: Job) => JOB_HEALTHS.indexOf(job.health), ["in"]),
  };
}

function filters({ server }: RestCall): Filters<Job> {
  const { store, generation } = server;
  const device = (job: Job) => store.device(job.device);
  const userId = (name: string): string => String(USERS.find((user) => user.name === name)?.id ?? "");
  return {
    ...numbers("id", (job) => job.id, ["exact", "lt", "gt", "in"]),
    ...times("submit_time", (job) => job.submitTime, TIME_LOOKUPS),
    ...times("start_time", (job) => job.startTime, TIME_LOOKUPS),
    ...times("end_time", (job) => job.endTime, TIME_LOOKUPS),
    ...names(generation, "state", (job) => job.state, JOB_STATES, { list: true }),
    ...names(generation, "health", (job) => job.health, JOB_HEALTHS, { list: true }),
    ...(generation.wordListsAreNumbers ? wordNumbers() : {}),
    ...numbers("priority", (job) => job.priority, ["exact", "in", "lt", "lte", "gt", "gte"]),
    ...boolean("health_check", (job) => job.healthCheck),
    ...text("description", (job) => job.description),
    ...text("definition", (job) => job.definition),
    ...text("original_definition", (job) => job.originalDefinition),
    ...text("multinode_definition", (job) => job.multinodeDefinition),
    ...text("failure_comment", (job) => job.failureComment),
    ...text("target_group", (job) => job.targetGroup),
    ...choice(
      "submitter",
      (job) => userId(job.submitter),
      () => USERS.map(({ id }) => String(id)),
    ),
    ...text("submitter__username", (job) => job.submitter),
    ...texts("submitter__group__name", (job) => USERS.find(({ name }) => name === job.submitter)?.groups ?? []),
    ...choice(
      "requested_device_type",
      (job) => job.deviceType,
      () => DEVICE_TYPES.map(({ name }) => name),
    ),
    ...text("requested_device_type__name", (job) => job.deviceType),
    ...text(
      "requested_device_type__architecture__name",
      (job) => DEVICE_TYPES.find(({ name }) => name === job.deviceType)?.architecture ?? null,
    ),
    ...choice(
      "actual_device",
      (job) => job.device,
      () => store.devices.map(({ hostname }) => hostname),
    ),
    ...text("actual_device__hostname", (job) => job.device),
    ...text("actual_device__worker_host__hostname", (job) => device(job)?.worker ?? null),
    ...text("actual_device__device_type__name", (job) => device(job)?.deviceType ?? null),
    ...texts("tags__name", (job) => job.tags),
    ...texts("viewing_groups__name", (job) => (job.visibility.kind === "group" ? job.visibility.groups : [])),
    ...metadataFilters(server),
  };
}

/** Without `ordering` LAVA's order is undefined; this one is neither by id nor by time, so that nobody relies on it. */
function heapOrder(jobs: readonly Job[]): Job[] {
  return [...jobs].sort((a, b) => (a.id % 7) - (b.id % 7) || a.id - b.id);
}

/** The job of the first id; 404 when it is unknown or not visible, without a hint which. */
export function visibleJob(call: RestCall): Job {
  const [id = ""] = call.ids;
  const job = /^\d+$/.test(id) ? call.server.store.job(Number(id)) : undefined;
  if (job === undefined || !call.server.store.visible(job, call.viewer)) throw new ReplyWith(notFound());
  return job;
}

function logs(call: RestCall): Reply {
  const job = visibleJob(call);
  const [start, end] = ["start", "end"].map((name) => {
    const value = call.query.get(name);
    if (value === null || value === "") return undefined;
    if (!/^\d+$/.test(value)) throw new ReplyWith(crash("'str' object cannot be interpreted as an integer"));
    return Number(value);
  });
  const lines = job.log.slice(start ?? 0, end);
  if (lines.length === 0) return notFound();
  return {
    status: 200,
    headers: { "content-type": "application/yaml", "content-disposition": `attachment; filename=job_${job.id}.yaml` },
    body: "",
    pieces: inPieces(lines),
  };
}

function* inPieces(lines: readonly string[]): Generator<string> {
  for (let at = 0; at < lines.length; at += 1000) yield `${lines.slice(at, at + 1000).join("\n")}\n`;
}

/** What Python's `strip` leaves. */
function stripped(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(letter = ""): boolean {
  return /[^\S\ufeff]/.test(letter);
}

function definitionIn(call: RestCall): string {
  const value = bodyFields(call)["definition"];
  if (value === undefined) throw new ReplyWith(json(400, { definition: ["This field is required."] }));
  if (value === "") throw new ReplyWith(json(400, { definition: ["This field may not be blank."] }));
  if (typeof value !== "string") throw new ReplyWith(json(400, { definition: ["Not a valid string."] }));
  return value;
}

function submit(call: RestCall, definition: string): Reply {
  const user = needsLogin(call);
  try {
    const ids = call.server.player.submit(user.name, definition).map(displayId);
    return json(201, { message: "job(s) successfully submitted", job_ids: ids });
  } catch (error) {
    if (!(error instanceof DefinitionRefused)) throw error;
    switch (error.kind) {
      case "data":
        return json(400, { message: `Problem with submitted job data: ${refusal(error)}` });
      case "device":
        return json(400, { message: `Devices unavailable: ${error.message}` });
      case "tag":
        return crash(error.message);
    }
  }
}

/** Voluptuous' words: `required key not provided @ data['actions']`. */
export function refusal(error: DefinitionRefused): string {
  return error.path === "" ? error.message : `${error.message} @ data${error.path}`;
}

function validate(call: RestCall): Reply {
  try {
    parseDefinition(definitionIn(call), bodyFields(call)["strict"] === true);
    return json(200, { message: "Job valid." });
  } catch (error) {
    if (error instanceof NotYaml) return crash(error.message);
    if (error instanceof DefinitionRefused) return json(200, { message: `Job invalid: ${error.message}` });
    throw error;
  }
}

function cancel(call: RestCall): Reply {
  const { cancelVerb } = call.server.generation;
  if (call.method !== cancelVerb) return methodNotAllowed(call);
  if (cancelVerb === "POST") needsLogin(call);
  const job = call.server.store.job(Number(call.ids[0]));
  if (job === undefined) return cancelVerb === "POST" ? notFound() : crash("TestJob matching query does not exist.");
  if (job.state !== "Finished") {
    if (!canChangeJob(job, call.viewer)) {
      throw cancelVerb === "POST" ? new ReplyWith(json(403, { detail: "Insufficient permissions" })) : notPermitted();
    }
    call.server.player.cancel(job);
  }
  return json(200, { message: "Job cancel signal sent." });
}

/** LAVA cancels them one after the other, and gives up at the first that the caller may see but not cancel. */
function cancelMany(call: RestCall): Reply {
  if (!call.server.generation.cancelsMany) return methodNotAllowed(call);
  needsLogin(call);
  const ids = bodyFields(call)["job_ids"];
  if (!Array.isArray(ids) || !ids.every((id) => /^\d+(\.\d+)?$/.test(String(id)))) {
    return json(400, { job_ids: "Job ids should be integers or multinode job ids like '1234.1'." });
  }
  const { store, player } = call.server;
  const jobs = ids.map((id) => store.jobByDisplayId(String(id)));
  const isKnown = (job: Job | undefined): job is Job => job !== undefined && store.visible(job, call.viewer);
  for (const job of jobs.filter(isKnown)) {
    if (job.state === "Finished") continue;
    if (!canChangeJob(job, call.viewer)) return json(403, { detail: "Insufficient permissions" });
    player.cancel(job);
  }
  return json(200, {
    message: "Job cancel signal sent for job ids.",
    job_ids: ids.filter((_, at) => isKnown(jobs[at])) as unknown[],
    invalid_job_ids: ids.filter((_, at) => !isKnown(jobs[at])) as unknown[],
  });
}

export const jobRoutes: Routes = {
  "GET jobs/": (call) =>
    list(call, {
      items: heapOrder(call.server.store.jobs().filter((job) => call.server.store.visible(job, call.viewer))),
      filters: filters(call),
      orderings: {
        id: (job) => job.id,
        submit_time: (job) => job.submitTime,
        start_time: (job) => job.startTime,
        end_time: (job) => job.endTime,
      },
      show: (job) => showJob(job, call),
    }),
  "POST jobs/": (call) => {
    needsLogin(call);
    const definition = stripped(definitionIn(call));
    if (definition === "") return json(400, { definition: ["This field may not be blank."] });
    return submit(call, definition);
  },
  "POST jobs/validate/": validate,
  "POST jobs/batch_cancel/": cancelMany,
  "GET jobs/ID/": (call) => json(200, showJob(visibleJob(call), call)),
  "GET jobs/ID/logs/": logs,
  "GET jobs/ID/metadata/": (call) => {
    const column = metadataColumn(call.server, visibleJob(call)) ?? {};
    const metadata = Object.entries(column).map(([key, value]) => ({
      [key]: typeof value === "string" ? value : pyRepr(value),
    }));
    return json(200, { metadata });
  },
  "GET jobs/ID/cancel/": cancel,
  "POST jobs/ID/cancel/": cancel,
  "POST jobs/ID/resubmit/": (call) => {
    needsLogin(call);
    const job = visibleJob(call);
    return submit(call, job.multinodeDefinition === "" ? job.originalDefinition : job.multinodeDefinition);
  },
};
