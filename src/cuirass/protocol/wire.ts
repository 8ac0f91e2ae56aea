// Cuirass' JSON as it is on the wire (cuirass.md, sections 3 and 4.1). A field that is not named here does not get in:
// a specification's `notifications` carry mail addresses, for one. Times are Unix seconds; 0 is "not yet".

import { z } from "zod";
import { rowsOf } from "../../net/rows.js";
import type { OddRow } from "../../net/rows.js";

const text = z.string();
const integer = z.int32();
const id = z.int32().positive();
/** Up to the year 9999. */
const time = z.int().nonnegative().max(253_402_300_799);
/** Absent text is `false` on Cuirass' wire. */
const textOrNull = z.union([text, z.literal(false), z.null()]).transform((value) => (value === false ? null : value));

/** Each product comes once for each output of its build (a cross product in Cuirass' SQL), so only the first counts. */
const products = z
  .array(z.object({ id, type: text, path: text, "file-size": z.int().nonnegative() }))
  .nullish()
  .transform((all) => [...new Map((all ?? []).map((product) => [product.id, product])).values()]);

/** `/build/N`, and the elements of `/api/latestbuilds` and `/api/queue`; fixtures `cuirass/build-*.http`. */
export const wireBuild = z.object({
  id,
  evaluation: id,
  jobset: text,
  job: text,
  /** Creation while unfinished; once finished the same as `stoptime`. */
  timestamp: time,
  starttime: time,
  stoptime: time,
  derivation: text,
  /** By name. A build with products repeats its keys; parsing keeps one of each. */
  buildoutputs: z.record(text, z.object({ path: text })),
  system: text,
  nixname: text,
  buildstatus: integer,
  weather: integer,
  priority: integer,
  buildproducts: products,
});
export type WireBuild = z.infer<typeof wireBuild> & OddRow;
/** What says in which list of builds a row stands, and where. */
export const BUILD_PLACE = ["evaluation", "buildstatus", "priority", "timestamp", "starttime", "stoptime"] as const;
export const wireBuilds = rowsOf(
  wireBuild,
  wireBuild.extend({
    jobset: text.catch(""),
    job: text.catch(""),
    derivation: text.catch(""),
    buildoutputs: wireBuild.shape.buildoutputs.catch({}),
    system: text.catch(""),
    nixname: text.catch(""),
    weather: integer.catch(-1),
    buildproducts: products.catch([]),
    evaluation: id.catch(1),
    timestamp: time.catch(0),
    starttime: time.catch(0),
    stoptime: time.catch(0),
    buildstatus: integer.catch(-2),
    priority: integer.catch(0),
  }),
  { key: "id", order: BUILD_PLACE },
);

/** `/output/NAME`; fixture `cuirass/output.http`. */
export const wireOutput = z.object({ name: text, derivation: text, build: wireBuild.nullable() });

const wireCheckout = z.object({ commit: text, channel: text, directory: text });
export type WireCheckout = z.infer<typeof wireCheckout>;

/** `/api/evaluation`, and the elements of `/api/evaluations`; fixtures `cuirass/evaluation*.http`. */
export const wireEvaluation = z.object({
  id,
  specification: text,
  status: integer,
  timestamp: time,
  checkouttime: time,
  evaltime: time,
  checkouts: z.array(wireCheckout),
});
export type WireEvaluation = z.infer<typeof wireEvaluation> & OddRow;
/** The same for evaluations. */
export const EVALUATION_PLACE = ["specification", "status", "timestamp"] as const;
export const wireEvaluations = rowsOf(
  wireEvaluation,
  wireEvaluation.extend({
    checkouttime: time.catch(0),
    evaltime: time.catch(0),
    checkouts: wireEvaluation.shape.checkouts.catch([]),
    specification: text.catch(""),
    status: integer.catch(-1),
    timestamp: time.catch(0),
  }),
  { key: "id", order: EVALUATION_PLACE },
);

const wireJob = z.object({ build: id, status: integer, name: text });
export type WireJob = z.infer<typeof wireJob> & OddRow;
/** `/api/jobs`; fixtures `cuirass/jobs-*.http`. */
export const wireJobs = rowsOf(wireJob, wireJob.extend({ name: text.catch(""), status: integer.catch(-2) }), {
  key: "build",
  order: ["name", "status"],
});

/** `/api/jobs/history`; fixture `cuirass/jobs-history.http`. Its checkouts are only those that changed. */
const wireHistoryEntry = z.object({ evaluation: id, checkouts: z.array(wireCheckout), jobs: wireJobs });
export const wireJobHistory = rowsOf(
  wireHistoryEntry,
  wireHistoryEntry.extend({ checkouts: wireHistoryEntry.shape.checkouts.catch([]), jobs: wireJobs.catch([]) }),
  { key: "evaluation", order: [] },
);
export type WireJobHistory = z.infer<typeof wireJobHistory>;

/** `/specifications`; fixture `cuirass/specifications.http`. */
const wireSpecification = z.object({
  name: text,
  build: z.union([text, z.record(text, z.unknown())]),
  channels: z.array(z.object({ name: text, url: text, branch: textOrNull, commit: textOrNull })),
  period: integer,
  priority: integer,
  systems: z.array(text),
  /** Which files of which jobs become build products. */
  "build-outputs": z.array(z.object({ job: text, type: text, output: text, path: text })).optional(),
});
export const wireSpecifications = rowsOf(
  wireSpecification,
  wireSpecification.extend({
    build: wireSpecification.shape.build.catch(""),
    channels: wireSpecification.shape.channels.catch([]),
    period: integer.catch(0),
    priority: integer.catch(0),
    systems: z.array(text).catch([]),
    "build-outputs": wireSpecification.shape["build-outputs"].catch([]),
  }),
  { key: "name", order: [] },
);
export type WireSpecification = z.infer<typeof wireSpecifications>[number];

/** `/api/dashboard/register`; fixture `cuirass/dashboard-register.http`. */
export const wireDashboard = z.object({ id: z.string().regex(/^\w{1,64}$/) });
