// Live evaluations: from the engine to the subscriber, one update for each change of status.

import { Arg, Ctx, Field, Int, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import type { SubscribeResolverData } from "type-graphql";
import { AFTER, ALL_SERVERS } from "../../ci/cursor.js";
import { LiveUpdate, makeUpdate, readTold } from "../../ci/graph/update.type.js";
import type { Told } from "../../ci/graph/update.type.js";
import { followAll } from "../../ci/live/merged-updates.js";
import type { Update } from "../../ci/live/subject.js";
import { InputRefused } from "../../errors.js";
import { startWith } from "../../events/stream.js";
import { EvaluationStatus } from "../protocol/enums.js";
import type { CountedEvaluation } from "../live/count-polls.js";
import { Evaluation, JobCounts, countJobs, toEvaluation, toJob } from "../model/evaluation.type.js";
import { readEvaluationId, readQueryText } from "../protocol/ids.js";
import { evaluationPart } from "./parts.js";
import type { EvaluationScope } from "../live/evaluation-polls.js";
import { ANYBODY } from "../../ci/live/polled-feed.js";
import type { CuirassContext, CuirassSession } from "../session.js";
import type { WireEvaluation } from "../protocol/wire.js";

@ObjectType({ implements: LiveUpdate, description: "An evaluation as of one change of its status." })
class EvaluationUpdate extends LiveUpdate {
  @Field(() => Evaluation, { description: "The evaluation as it is with this change." })
  readonly evaluation!: Evaluation;

  @Field(() => EvaluationStatus, { description: "Its status with this change." })
  readonly status!: EvaluationStatus;

  @Field(() => JobCounts, {
    nullable: true,
    description: "How many of its jobs were how far with this change; null unless its builds are followed (`builds`).",
  })
  readonly counts!: JobCounts | null;
}

interface FollowArgs {
  readonly evaluationId?: number | null;
  readonly builds?: boolean | null;
  readonly specification?: string | null;
  readonly server?: string | null;
  readonly after?: string | null;
}

@Resolver()
export class EvaluationSubscriptionResolver {
  @Subscription(() => EvaluationUpdate, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, FollowArgs, CuirassContext>) =>
      follow(context.cuirass, args),
    description:
      "Evaluations' statuses now, then each change that Etna's polls of the server find, once and in order. With " +
      "`evaluationId` it completes when that one has ended, or, with `builds`, all its builds have. Without, it begins with those under way and tells of new " +
      "ones and of their end, until you leave. Etna polls only while somebody follows: with `after`, what can still be " +
      "read of the time between is told, in its last state. " +
      ALL_SERVERS,
  })
  evaluationUpdates(
    @Root() told: Told<WireEvaluation | CountedEvaluation>,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("evaluationId", () => Int, { nullable: true, description: "One evaluation: Cuirass' number." })
    _evaluationId?: number | null,
    @Arg("builds", () => Boolean, {
      defaultValue: false,
      description:
        "With `evaluationId`: goes on until all its builds have ended, with an update for each change of their `counts`. " +
        "Costs the server its whole job list each poll.",
    })
    _builds?: boolean | null,
    @Arg("specification", () => String, { nullable: true, description: "Only of the specification with this name." })
    _specification?: string | null,
    @Arg("server", () => String, {
      nullable: true,
      description: "Only of this server; needed with `evaluationId` where there are several Cuirass servers.",
    })
    server?: string | null,
    @Arg("after", () => String, AFTER) _after?: string | null,
  ): EvaluationUpdate {
    // Whatever the loaders hold is from before this change.
    cuirass.renew();
    const update = readTold(told, () => cuirass.view(server).name);
    const { name, url, server: of } = cuirass.view(update.server);
    const { value } = update;
    const evaluation = toEvaluation(name, url, "jobs" in value ? value.evaluation : value);
    const counts = "jobs" in value ? countJobs(value.jobs.map((job) => toJob(name, job))) : null;
    const cursors = "jobs" in value ? of.cursors.counts : of.cursors.evaluations;
    return makeUpdate(EvaluationUpdate, cursors, update, { evaluation, status: evaluation.status, counts });
  }
}

async function follow(
  cuirass: CuirassSession,
  { evaluationId, builds, specification, server: serverName, after: cursor }: FollowArgs,
): Promise<AsyncIterableIterator<Told<WireEvaluation | CountedEvaluation>, undefined>> {
  const views = cuirass.views(serverName);
  if (evaluationId == null && builds !== true && views.length > 1) {
    const scope = toScope(specification);
    const parts = views.map((view) => evaluationPart(view, scope));
    return followAll(parts, cursor);
  }
  const { server } = cuirass.view(serverName);
  const after = (builds === true ? server.cursors.counts : server.cursors.evaluations).open(cursor);
  if (evaluationId == null) {
    if (builds === true) throw new InputRefused("builds", "goes with `evaluationId`");
    return server.evaluations.follow({ scope: toScope(specification) }, ANYBODY, { after });
  }
  if (specification != null) {
    throw new InputRefused("evaluationId", "give `evaluationId` or `specification`, not both of them");
  }
  const wanted = { keys: [readEvaluationId("evaluationId", evaluationId)] };
  const updates: AsyncIterableIterator<Update<WireEvaluation | CountedEvaluation>, undefined> = builds === true
    ? server.counts.follow(wanted, ANYBODY, { after })
    : server.evaluations.follow(wanted, ANYBODY, { after });
  // The first update is fetched here, so that a refusal answers the operation instead of breaking its stream.
  const first = await updates.next();
  if (first.done === true) {
    throw new InputRefused("evaluationId", `there is no evaluation ${evaluationId} that Cuirass can show`);
  }
  return startWith(first.value, updates);
}

function toScope(specification: string | null | undefined): EvaluationScope {
  return { specification: specification == null ? null : readQueryText("specification", specification) };
}
