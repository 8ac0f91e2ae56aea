// Answers of both systems' JSON interfaces, damaged: refused with the path, or turned into types without a fault.

import { describe } from "vitest";
import type { z } from "zod";
import { toBuild } from "../../../src/cuirass/model/build.type.js";
import { toCheckouts, toEvaluation, toJob } from "../../../src/cuirass/model/evaluation.type.js";
import { toSpecification } from "../../../src/cuirass/model/specification.type.js";
import {
  wireBuild,
  wireBuilds,
  wireEvaluation,
  wireEvaluations,
  wireJobHistory,
  wireJobs,
  wireOutput,
  wireSpecifications,
} from "../../../src/cuirass/protocol/wire.js";
import { toDevice, toDeviceType, toWorker } from "../../../src/lava/model/device.type.js";
import { toHealthCheckPolicy, toMasterConfig } from "../../../src/lava/model/lab.type.js";
import { wireAlias, wireSettings, wireTag } from "../../../src/lava/protocol/lab-wire.js";
import { toJobId } from "../../../src/lava/protocol/ids.js";
import { readMessage } from "../../../src/lava/client/rest.js";
import { toCaseResult, wireCase, wireSuite } from "../../../src/lava/protocol/rest-case.js";
import { toTestCase } from "../../../src/lava/model/results.type.js";
import { toTestJob } from "../../../src/lava/model/test-job.type.js";
import {
  wireDevice,
  wireDeviceType,
  wireList,
  wireTestJob,
  wireVersion,
  wireWhoami,
  wireWorker,
} from "../../../src/lava/protocol/wire.js";
import { decode, parseJson } from "../../../src/net/decode.js";
import { readRetryAfter } from "../../../src/net/retry-after.js";
import { anyText, damaged, damagedJson, fuzz, recordedJson, recordedTexts } from "./cases.js";

const ORIGIN = { server: "lab", operation: "GET thing" };
const URL = "http://lab.example.org";
const lava = (...names: string[]) => recordedJson("lava/rest", new RegExp(`^(${names.join("|")})\\.json$`));
const cuirass = (pattern: RegExp) => recordedJson("cuirass", pattern);

function answers<T>(title: string, sound: readonly unknown[], schema: z.ZodType<T>, use: (wire: T) => unknown): void {
  fuzz(title, damagedJson(sound), (value) => use(decode(ORIGIN, schema, value)));
}

describe("LAVA", () => {
  answers("test jobs", lava("jobs-page", "jobs-id-in"), wireList(wireTestJob), ({ results }) =>
    results.map((wire) => toTestJob("lab", URL, wire)),
  );
  answers("a test job", lava("job", "job-multinode", "job-queued", "job-canceled"), wireTestJob, (wire) =>
    toTestJob("lab", URL, wire),
  );
  answers("devices", lava("devices"), wireList(wireDevice), ({ results }) =>
    results.map((wire) => toDevice("lab", wire)),
  );
  answers("device types", lava("devicetypes"), wireList(wireDeviceType), ({ results }) =>
    results.map((wire) => [toDeviceType("lab", wire), toHealthCheckPolicy(wire)]),
  );
  answers("workers", lava("workers"), wireList(wireWorker), ({ results }) =>
    results.map((wire) => toWorker("lab", wire)),
  );
  answers("suites", lava("job-suites"), wireList(wireSuite), ({ results }) => results.length);
  answers("cases", lava("job-tests", "job-suite-tests"), wireList(wireCase), ({ results }) =>
    results.map((wire) => toTestCase("lab", toJobId(1), toCaseResult(wire, "suite"))),
  );
  answers("tags", lava("tags"), wireList(wireTag), ({ results }) => results.length);
  answers("aliases", lava("aliases"), wireList(wireAlias), ({ results }) => results.length);
  answers("settings", lava("system-master_config"), wireSettings, toMasterConfig);
  answers("the version", lava("system-version"), wireVersion, ({ version }) => version);
  answers("the viewer", lava("system-whoami"), wireWhoami, ({ user }) => user);

  fuzz("refusals", damaged(recordedTexts("lava/rest", /^error/)), (body) =>
    readMessage({ status: 400, headers: {}, body: Buffer.from(body) }),
  );
});

describe("Cuirass", () => {
  answers(
    "a build",
    cuirass(/^build-(by-drv|canceled|failed|new|products|restarted|scheduled|started|succ|unicode).*\.http$/),
    wireBuild,
    (wire) => toBuild("guix", URL, wire),
  );
  answers("builds", cuirass(/^(latestbuilds|queue)-nr2\.http$/), wireBuilds, (wires) =>
    wires.map((wire) => toBuild("guix", URL, wire)),
  );
  answers("an output", cuirass(/^output\.http$/), wireOutput, ({ build }) =>
    build === null ? null : toBuild("guix", URL, build),
  );
  answers("an evaluation", cuirass(/^evaluation-(aborted|failed|started|succeeded)\.http$/), wireEvaluation, (wire) => [
    toEvaluation("guix", URL, wire),
    toCheckouts(wire.checkouts),
  ]);
  answers("evaluations", cuirass(/^evaluations-nr3\.http$/), wireEvaluations, (wires) =>
    wires.map((wire) => toEvaluation("guix", URL, wire)),
  );
  answers("jobs", cuirass(/^jobs-(eval198|names)\.http$/), wireJobs, (wires) =>
    wires.map((wire) => toJob("guix", wire)),
  );
  answers("the history of jobs", cuirass(/^jobs-history\.http$/), wireJobHistory, (entries) =>
    entries.map(({ jobs, checkouts }) => [jobs.map((wire) => toJob("guix", wire)), toCheckouts(checkouts)]),
  );
  answers("specifications", cuirass(/^specifications\.http$/), wireSpecifications, (wires) =>
    wires.map((wire) => toSpecification("guix", wire)),
  );
});

fuzz("text that should be JSON", damaged(recordedTexts("lava/rest", /^(job|devices|error).*\.(json|html)$/)), (text) =>
  parseJson(ORIGIN, Buffer.from(text)),
);
fuzz("when to ask again", anyText, (text) => {
  const ms = readRetryAfter(text, Date.now());
  if (ms !== null && !(ms >= 0)) throw new TypeError(`${ms} ms`);
});
