// The live tail of a run's log, for every CI system alike.

import { Arg, Field, ID, Int, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import type { SubscribeResolverData } from "type-graphql";
import { InputRefused, errorOf } from "../../errors.js";
import { decodeGlobalId } from "../global-id.js";
import { followLog } from "../live/log-tail.js";
import type { LogBatch } from "../live/log-tail.js";
import type { LogLine } from "../log.js";
import { LogLineType } from "./log.type.js";
import { make } from "./make.js";
import { inRange } from "../page.js";
import type { RequestContext } from "../session.js";

const LINE_MAX = 2_000_000_000;

@ObjectType({ description: "Lines that have come since the last update." })
class LogLinesUpdate {
  @Field(() => [LogLineType], { description: "The lines, in order." })
  readonly lines!: readonly LogLine[];

  @Field(() => Int, { description: "Number of the line that comes next: where to go on with `from` after a break." })
  readonly nextLine!: number;

  @Field(() => Boolean, { description: "Whether the run has ended and these are the last lines." })
  readonly finished!: boolean;
}

interface TailArgs {
  readonly run: string;
  readonly from: number;
}

@Resolver()
export class LogSubscriptionResolver {
  @Subscription(() => LogLinesUpdate, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, TailArgs, RequestContext>) => follow(context, args),
    description:
      "A run's log as it is written, in order and without gaps; completes when the run has ended and the last line is delivered.",
  })
  logLines(
    @Root() batch: LogBatch,
    @Arg("run", () => ID, { description: "`id` of a test job or a build." }) _run: string,
    @Arg("from", () => Int, { defaultValue: 0, description: "Number of the first line wanted, from 0." }) _from: number,
  ): LogLinesUpdate {
    return make(LogLinesUpdate, batch);
  }
}

async function follow(
  context: RequestContext,
  { run, from }: TailArgs,
): Promise<AsyncIterableIterator<LogBatch, undefined>> {
  inRange("from", from, LINE_MAX);
  const { typeName, server, key } = decodeGlobalId(run);
  for (const session of context.sessions) {
    const tail = session.tail(typeName, server, key);
    if (tail === undefined) continue;
    // The first read is made here, so that a refusal answers the operation instead of breaking its stream.
    const first = await tail.read(from).catch((error: unknown) => {
      tail.close();
      throw errorOf(error);
    });
    if (first !== null) return followLog(tail, from, first);
    tail.close();
    break;
  }
  throw new InputRefused("run", "there is no test job or build with this id that you may see");
}
