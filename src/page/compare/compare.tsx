// Two runs beside each other: test jobs, builds with their tests, or evaluations. They stand in the address.

import { useState } from "react";
import { useServers } from "../frame/servers.js";
import { useChoices, useTitle } from "../parts/address.js";
import { Empty } from "../parts/panel.js";
import { readText } from "../routes.js";
import { CompareBuilds } from "./builds.js";
import { CompareEvaluations } from "./evaluations.js";
import { CompareJobs } from "./jobs.js";
import { readRun } from "./run.js";
import type { PlacedRun } from "./run.js";

export function ComparePage() {
  useTitle("Compare");
  const [params, change] = useChoices();
  const [a, b] = [readText(params, "a"), readText(params, "b")];
  return (
    <>
      <h1>Compare</h1>
      <Choose key={`${a ?? ""} ${b ?? ""}`} a={a ?? ""} b={b ?? ""} onChoose={(next) => change(next)} />
      {a === null || b === null ? (
        <Empty>
          Name two runs, the earlier one first: a test job as 81, or lab/81 where there are several labs; a build as
          build/farm/111; an evaluation as evaluation/farm/7. The address of its page does as well.
        </Empty>
      ) : (
        <Compared a={a} b={b} />
      )}
    </>
  );
}

function Compared({ a, b }: { readonly a: string; readonly b: string }) {
  const { lava, cuirass } = useServers();
  const usual = { job: lava[0]?.name, build: cuirass[0]?.name, evaluation: cuirass[0]?.name };
  const place = (text: string): PlacedRun | null => {
    const run = readRun(text);
    const server = run === null ? undefined : (run.server ?? usual[run.kind]);
    return run === null || server === undefined ? null : { ...run, server };
  };
  const [before, after] = [place(a), place(b)];
  if (lava.length + cuirass.length === 0) return null;
  if (before === null || after === null) return <Empty>{before === null ? a : b} names no run.</Empty>;
  if (before.kind !== after.kind) return <Empty>Two of the same kind can be compared.</Empty>;
  switch (after.kind) {
    case "job":
      return <CompareJobs before={before} after={after} />;
    case "build":
      return <CompareBuilds before={before} after={after} />;
    case "evaluation":
      return <CompareEvaluations before={before} after={after} />;
  }
}

interface ChooseProps {
  readonly a: string;
  readonly b: string;
  readonly onChoose: (next: { readonly a: string; readonly b: string }) => void;
}

function Choose({ a, b, onChoose }: ChooseProps) {
  const [given, setGiven] = useState({ a, b });
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(given);
      }}
    >
      <label>
        Before
        <input type="text" value={given.a} onChange={({ target }) => setGiven({ ...given, a: target.value.trim() })} />
      </label>
      <label>
        After
        <input type="text" value={given.b} onChange={({ target }) => setGiven({ ...given, b: target.value.trim() })} />
      </label>
      <button type="submit">Compare</button>
      <button type="button" onClick={() => onChoose({ a: given.b, b: given.a })}>
        Swap
      </button>
    </form>
  );
}
