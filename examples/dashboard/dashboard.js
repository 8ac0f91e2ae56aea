// A dashboard in one page: the newest images with the boards that tested them, and what the boards do now.
// `?etna=http://…` names the gateway; the demo by default.

import { query, subscribe } from "./etna.js";

export const IMAGES = `query Images {
  builds(first: 8, filter: { specification: "images", statuses: [SUCCEEDED] }) {
    nodes {
      name
      evaluation { checkouts { channel commit } }
      testJobs(first: 5) {
        nodes { jobId state health device { hostname } resultCounts { pass fail } }
      }
    }
  }
}`;

export const NOW = `subscription Now {
  testJobUpdates {
    state
    health
    testJob { jobId name device { hostname } }
  }
}`;

/** One line for a test job: `rpi4-01: 53 passed, 1 failed`. */
export function describe({ state, health, device, resultCounts }) {
  const board = device?.hostname ?? "waits for a board";
  if (state !== "FINISHED") return `${board}: ${state.toLowerCase()}`;
  if (health !== "COMPLETE") return `${board}: ${health.toLowerCase()}`;
  return `${board}: ${resultCounts.pass} passed, ${resultCounts.fail} failed`;
}

/** Whether somebody should look at it: complete is not yet good. */
export function isBad({ state, health, resultCounts }) {
  return state === "FINISHED" && (health !== "COMPLETE" || resultCounts.fail > 0);
}

/** An element with text, never markup: names come from others. */
function element(tag, text, isRed = false) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (isRed) made.className = "bad";
  return made;
}

async function showImages(origin) {
  const { builds } = await query(origin, IMAGES);
  const rows = builds.nodes.map((build) => {
    const row = document.createElement("tr");
    const guix = build.evaluation?.checkouts.find(({ channel }) => channel === "guix");
    const tested = document.createElement("td");
    for (const job of build.testJobs?.nodes ?? []) tested.append(element("div", describe(job), isBad(job)));
    row.append(element("td", build.name), element("td", guix?.commit.slice(0, 7) ?? ""), tested);
    return row;
  });
  document.querySelector("#images").replaceChildren(...rows);
}

async function main() {
  const origin = new URLSearchParams(location.search).get("etna") ?? "http://127.0.0.1:4000";
  const fault = (error) => (document.querySelector("#fault").textContent = String(error.message));
  const refresh = () => showImages(origin).catch(fault);
  await refresh();
  await subscribe(origin, NOW, ({ testJobUpdates: { state, health, testJob } }) => {
    const words = state === "FINISHED" ? health : state;
    const line = `${testJob.device?.hostname ?? "queue"}: ${testJob.name} (${testJob.jobId}) ${words.toLowerCase()}`;
    document.querySelector("#now").prepend(element("li", line));
    document.querySelector("#now").children[10]?.remove();
    // An answer from the cache as long as nothing has changed, so that this costs the servers nothing.
    if (state === "FINISHED") refresh();
  }).catch(fault);
}

if (typeof document !== "undefined") main();
