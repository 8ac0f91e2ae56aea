// How builds and evaluations are written as JSON (cuirass.md, section 3), with the duplicates its SQL makes.

import type { Build, Evaluation } from "./farm.js";

/** A build with O outputs and P products: each product O times, each output P times, as a duplicate key. */
export function buildToJson(build: Build): string {
  const finished = build.status >= 0;
  const outputs = build.outputs.flatMap(({ name, path }) => {
    const member = `${JSON.stringify(name)}:${JSON.stringify({ path })}`;
    return Array<string>(Math.max(1, build.products.length)).fill(member);
  });
  const products = build.products.flatMap(({ id, type, path, fileSize }) => {
    const member = JSON.stringify({ id, type, path, "file-size": fileSize });
    return Array<string>(build.outputs.length).fill(member);
  });
  const before = JSON.stringify({
    id: build.id,
    evaluation: build.evaluation,
    jobset: build.jobset,
    job: build.job,
    timestamp: finished ? build.stoptime : build.createdAt,
    starttime: build.starttime,
    stoptime: build.stoptime,
    derivation: build.derivation,
  });
  const after = JSON.stringify({
    system: build.system,
    nixname: build.nixname,
    buildstatus: build.status,
    weather: build.weather,
    busy: build.status === -1 ? 1 : 0,
    priority: build.priority,
    finished: finished ? 1 : 0,
  });
  return `${before.slice(0, -1)},"buildoutputs":{${outputs.join(",")}},${after.slice(1, -1)},"buildproducts":[${products.join(",")}]}`;
}

export function evaluationToJson(evaluation: Evaluation): string {
  const { id, specification, status, timestamp, checkouttime, evaltime, checkouts } = evaluation;
  return JSON.stringify({ id, specification, status, timestamp, checkouttime, evaltime, checkouts });
}
