// A run's log as data, the same for every CI system.

import "./enums.js";
import { ArgsType, Field, Int, ObjectType } from "type-graphql";
import { LogLevel } from "../enums.js";
import { LongListArgs, connectionOf } from "./connection.type.js";
import type { LogSource } from "../log.js";
import { DateTime } from "./date-time.scalar.js";

@ObjectType("LogLine", { description: "One line of a log." })
export class LogLineType {
  @Field(() => Int, { description: "Its number, from 0." })
  readonly number!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it was written; null in Cuirass' logs, which do not say.",
  })
  readonly time!: string | null;

  @Field(() => LogLevel, { nullable: true, description: "Its level; null in Cuirass' logs, which have none." })
  readonly level!: LogLevel | null;

  @Field(() => String, {
    description: "The text, with the escape sequences that the device sent unless the page was asked for with `plain`.",
  })
  readonly text!: string;
}

export const LogLines = connectionOf("LogLine", () => LogLineType, "log lines");

@ArgsType()
export class LogLinesArgs extends LongListArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      "Number of the line to begin with, instead of a cursor; goes with `first`. Nothing before it is read where the server can begin in the middle. Empty when the log is not so long (yet).",
  })
  from?: number | null;

  @Field(() => [LogLevel], { nullable: true, description: "Only lines of these levels." })
  levels?: LogLevel[] | null;

  @Field(() => String, { nullable: true, description: "Only lines that hold this text, upper and lower case alike." })
  contains?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      "As a terminal would show the line in the end: without escape sequences and control characters, and of what was written over by carriage returns only the last state. `contains` looks at that, too.",
  })
  plain?: boolean;
}

@ObjectType({ description: "The log of a run, an evaluation or a test case." })
export class Log {
  readonly source!: LogSource;

  @Field(() => String, { description: "Address of the whole log at its server, with that server's own access rules." })
  readonly rawUrl!: string;
}
