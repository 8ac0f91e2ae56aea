// What a search has found, as a link.

import type { SearchQuery } from "../generated/graphql.js";
import { routes, withChoices } from "../routes.js";

type Hit = NonNullable<SearchQuery["search"]>[number];

export interface Found {
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  readonly server: string;
  /** Below the gateway's folder. */
  readonly href: string;
  readonly matched: string;
}

/** Null for a kind that has no page. */
export function toFound({ node, server, matched }: Hit): Found | null {
  const common = { key: node.id, server: server.name, matched: matched.toLowerCase().replaceAll("_", " ") };
  switch (node.__typename) {
    case "TestJob":
      return { ...common, kind: "Job", title: `${node.jobId} ${node.name}`, href: routes.job(server.name, node.jobId) };
    case "Build":
      return {
        ...common,
        kind: "Build",
        title: `${node.buildId} ${node.job}`,
        href: routes.build(server.name, node.buildId),
      };
    case "Evaluation":
      return {
        ...common,
        kind: "Evaluation",
        title: `${node.evaluationId} ${node.specificationName}`,
        href: routes.evaluation(server.name, node.evaluationId),
      };
    case "Device":
      return { ...common, kind: "Board", title: node.hostname, href: routes.board(server.name, node.hostname) };
    case "DeviceType": {
      const href = withChoices(routes.boards, { type: node.typeName });
      return { ...common, kind: "Device type", title: node.typeName, href };
    }
    case "Worker": {
      const href = withChoices(routes.boards, { worker: node.workerName });
      return { ...common, kind: "Worker", title: node.workerName, href };
    }
    case "Specification": {
      const href = withChoices(routes.evaluations, { spec: node.specification });
      return { ...common, kind: "Specification", title: node.specification, href };
    }
    default:
      return null;
  }
}
