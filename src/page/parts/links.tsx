// Links to the things of the graph.

import type { ReactNode } from "react";
import { Link } from "wouter";
import { routes } from "../routes.js";

interface Named {
  readonly name: string;
}

export function JobLink(props: {
  readonly job: { readonly jobId: string; readonly name?: string | null; readonly server: Named };
  readonly hash?: string;
  readonly children?: ReactNode;
}) {
  const { job, hash = "", children } = props;
  return (
    <Link className="quiet cut" href={`${routes.job(job.server.name, job.jobId)}${hash}`}>
      {children ?? (
        <>
          <span className="mono id">{job.jobId}</span> {job.name}
        </>
      )}
    </Link>
  );
}

export function BoardLink(props: { readonly board: { readonly hostname: string }; readonly server: string }) {
  return <Link href={routes.board(props.server, props.board.hostname)}>{props.board.hostname}</Link>;
}

export function BuildLink(props: {
  readonly build: { readonly buildId: number; readonly job?: string | null; readonly server: Named };
}) {
  const { buildId, job, server } = props.build;
  return (
    <Link className="quiet cut" href={routes.build(server.name, buildId)}>
      <span className="mono id">{buildId}</span> {job}
    </Link>
  );
}

export function EvaluationLink(props: {
  readonly evaluation: { readonly evaluationId: number; readonly server: Named };
  readonly children?: ReactNode;
}) {
  const { evaluationId, server } = props.evaluation;
  return <Link href={routes.evaluation(server.name, evaluationId)}>{props.children ?? evaluationId}</Link>;
}

/** The first ten characters of a commit; whole in its title. */
export function Commit({ commit }: { readonly commit: string }) {
  return (
    <span className="mono" title={commit}>
      {commit.slice(0, 10)}
    </span>
  );
}
