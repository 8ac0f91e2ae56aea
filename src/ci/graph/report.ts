// A fault of a field that has a value nevertheless, such as a merged list without one of its servers.

import { locatedError } from "graphql";
import type { GraphQLResolveInfo, ResponsePath } from "graphql";
import { createParameterDecorator } from "type-graphql";
import type { RequestContext } from "../session.js";

/** Names a fault in the answer's `errors`, with the field's path. */
export type ReportFault = (error: unknown) => void;

/** Written out, since type-graphql's own type would be in the package's types, which need class-validator then. */
type ParameterOf = (target: object, method: string | symbol, index: number) => void;

/** The parameter of a resolver that reports with its own field's path: a client then knows which of its lists is short. */
export function Report(): ParameterOf {
  return createParameterDecorator<RequestContext>(({ context, info }) => reportAt(context, info));
}

function reportAt(context: RequestContext, { path, fieldNodes }: GraphQLResolveInfo): ReportFault {
  return (error) => context.report(locatedError(error, fieldNodes, keysOf(path)));
}

function keysOf(path: ResponsePath | undefined): (string | number)[] {
  return path === undefined ? [] : [...keysOf(path.prev), path.key];
}
