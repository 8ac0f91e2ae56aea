// Why a job broke off: whose fault it was, in LAVA's words, with the last errors of its log.

import { JobErrorsDocument } from "../generated/graphql.js";
import { grouped } from "../format.js";
import { useAsk } from "../graph/use.js";
import { LineText } from "../log/line.js";
import { select } from "../log/range.js";
import { present } from "../parts/lists.js";
import { rangeHash } from "../routes.js";
import { failureWord } from "../words.js";
import type { Job } from "./types.js";

interface BrokeProps {
  readonly job: Job;
  readonly at: { readonly server: string; readonly jobId: string };
}

export function Broke({ job: { failure }, at }: BrokeProps) {
  if (failure === null) return null;
  return (
    <div className="banner warn broke">
      <p>
        <b>It broke off: {failureWord(failure.kind)}.</b> {failure.message ?? "LAVA gave no reason."}
        {failure.retryable && " Running it again may help."}
      </p>
      <LastErrors at={at} />
    </div>
  );
}

/** They lead to their place in the log. */
function LastErrors({ at }: Pick<BrokeProps, "at">) {
  const { data } = useAsk(JobErrorsDocument, at);
  const lines = present(data?.testJob?.log?.lines?.nodes);
  if (lines.length === 0) return null;
  return (
    <ol className="lines-few" aria-label="The last errors of its log">
      {lines.map(({ number, text }) => (
        <li key={number}>
          <a
            className="n"
            href={rangeHash({ first: number, last: number })}
            aria-label={`line ${number}`}
            onClick={(event) => {
              event.preventDefault();
              select({ first: number, last: number });
            }}
          >
            {grouped(number)}
          </a>{" "}
          <LineText text={text} />
        </li>
      ))}
    </ol>
  );
}
