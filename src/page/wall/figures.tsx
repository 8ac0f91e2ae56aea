// Six figures: what a glance has to tell.

import type { ReactNode } from "react";
import { Link } from "wouter";
import { Icon } from "../parts/symbols.js";
import { Since } from "../parts/time.js";
import { routes, withChoices } from "../routes.js";
import { boardLook, failureLook, weatherWord } from "../words.js";
import type { Shape, Tone } from "../words.js";
import type { Farm } from "./farm.js";
import type { Lab } from "./lab.js";

interface FigureProps {
  /** False until all that it counts has come: nothing looks calm that is only unknown. */
  readonly known: boolean;
  readonly value: ReactNode;
  readonly word: string;
  readonly tone: Tone;
  readonly shape?: Shape;
  readonly href: string;
  readonly children: ReactNode;
}

export function Figure({ known, value, word, tone, shape = tone, href, children }: FigureProps) {
  return (
    <Link className="kpi" href={href}>
      <b>{known ? value : "…"}</b>
      <span className={`s ${known ? tone : "wait"}`}>
        <Icon name={known ? shape : "unk"} />
        {word}
      </span>
      <small>{known ? children : "not known yet"}</small>
    </Link>
  );
}

export function Figures({ lab, farm }: { readonly lab: Lab; readonly farm: Farm }) {
  return (
    <section className="kpis" aria-label="Figures">
      <BoardFigures lab={lab} />
      <JobFigures lab={lab} />
      <BuildFigures farm={farm} />
    </section>
  );
}

function isKnown(parts: readonly { readonly data: unknown }[]): boolean {
  return parts.length > 0 && parts.every(({ data }) => data !== null);
}

function BoardFigures({ lab: { boards, parts } }: { readonly lab: Lab }) {
  const known = isKnown(parts.boards);
  const inUse = boards.filter(({ health }) => health !== "RETIRED");
  // Nothing is known just now of the boards of a lab that does not answer.
  const looks = inUse.filter(({ staleSince }) => staleSince === null).map((board) => boardLook(board).word);
  const unknown = inUse.length - looks.length;
  const count = (word: string) => looks.filter((one) => one === word).length;
  const [failed, silent] = [count("Check failed"), count("Worker offline")];
  const why = [failed > 0 && `${failed} by its health check`, silent > 0 && `${silent} by a silent worker`];
  return (
    <>
      <Figure
        known={known}
        value={count("Running")}
        word="boards busy"
        tone="run"
        href={withChoices(routes.boards, { state: "running" })}
      >
        of {looks.length}, {count("Free")} free{unknown > 0 && `; ${unknown} not known`}
      </Figure>
      <Figure
        known={known}
        value={failed + silent}
        word="boards down"
        tone={failed + silent > 0 ? "fail" : "pass"}
        href={withChoices(routes.boards, { health: "bad" })}
      >
        {why.filter(Boolean).join(", ") || "none needs anybody"}
      </Figure>
    </>
  );
}

function JobFigures({ lab }: { readonly lab: Lab }) {
  const { waiting, waitingCount, broken, brokenCount, parts } = lab;
  const byLab = broken.filter(({ failure }) => failure !== null && failureLook(failure.kind).tone === "warn").length;
  const all = brokenCount ?? broken.length;
  return (
    <>
      <Figure known={isKnown(parts.queue)} value={waitingCount} word="jobs waiting" tone="wait" href={routes.queue}>
        {waiting[0] === undefined ? (
          "the queue is empty"
        ) : (
          <>
            longest <Since at={waiting[0].createdAt} />
          </>
        )}
      </Figure>
      <Figure
        known={isKnown(parts.broken)}
        value={brokenCount === null && broken.length > 0 ? `${all}+` : all}
        word="jobs broke off"
        tone={all > 0 ? "warn" : "pass"}
        href={withChoices(routes.jobs, { health: "incomplete", order: "ended" })}
      >
        in 24 h{broken.length > 0 && `; ${byLab} of the last ${broken.length} by the lab`}
      </Figure>
    </>
  );
}

function BuildFigures({ farm }: { readonly farm: Farm }) {
  const { building, openCount, failed, parts } = farm;
  const running = building.filter(({ status }) => status === "STARTED").length;
  const waiting = (openCount ?? building.length) - running;
  const fresh = failed.filter(({ weather }) => weatherWord(weather) === "new").length;
  return (
    <>
      <Figure
        known={isKnown(parts.building)}
        value={running}
        word="builds"
        tone="run"
        href={withChoices(routes.builds, { queue: "1" })}
      >
        {waiting > 0 ? `${waiting} waiting` : "none waits"}
      </Figure>
      <Figure
        known={isKnown(parts.failed)}
        value={fresh}
        word="newly broken"
        tone={fresh > 0 ? "fail" : "pass"}
        href={withChoices(routes.builds, { status: ["failed", "failed_other"] })}
      >
        {failed.length > 0 ? `of the last ${failed.length} failed builds` : "no build failed"}
      </Figure>
    </>
  );
}
