// The block `notify` of a test job's definition in the graph: whom LAVA tells what when. Callback tokens are never shown.

import { Field, ObjectType, registerEnumType } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import { toEnum } from "../protocol/enums.js";
import { withoutSecrets } from "../protocol/notify.js";
import type { NotifyBlock, NotifyCall, NotifyTarget } from "../protocol/notify.js";
import { KeyValue } from "./test-job.type.js";

const unrecognized = { description: "A word that this version of Etna does not know." };

export enum NotifyStatus {
  RUNNING = "RUNNING",
  COMPLETE = "COMPLETE",
  INCOMPLETE = "INCOMPLETE",
  CANCELED = "CANCELED",
  FINISHED = "FINISHED",
  ALL = "ALL",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(NotifyStatus, {
  name: "NotifyStatus",
  description: "When people are told about a test job.",
  valuesConfig: {
    RUNNING: { description: "When it has begun." },
    COMPLETE: { description: "When it has run to its end." },
    INCOMPLETE: { description: "When it has broken off." },
    CANCELED: { description: "When it was canceled." },
    FINISHED: { description: "When it has ended, however." },
    ALL: { description: "When it has begun and when it has ended." },
    UNRECOGNIZED: unrecognized,
  },
});

export enum NotifyChange {
  REGRESSION = "REGRESSION",
  PROGRESSION = "PROGRESSION",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(NotifyChange, {
  name: "NotifyChange",
  description: "How a test job went, against the one before it.",
  valuesConfig: {
    REGRESSION: { description: "Incomplete after a complete one; goes with status INCOMPLETE." },
    PROGRESSION: { description: "Complete after an incomplete one; goes with status COMPLETE." },
    UNRECOGNIZED: unrecognized,
  },
});

export enum NotifyVerbosity {
  VERBOSE = "VERBOSE",
  QUIET = "QUIET",
  STATUS_ONLY = "STATUS_ONLY",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(NotifyVerbosity, {
  name: "NotifyVerbosity",
  description: "How much a mail says.",
  valuesConfig: {
    VERBOSE: { description: "The job, its device and its results." },
    QUIET: { description: "Less; LAVA's default." },
    STATUS_ONLY: { description: "How it went, nothing else." },
    UNRECOGNIZED: unrecognized,
  },
});

export enum NotifyMethod {
  EMAIL = "EMAIL",
  IRC = "IRC",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(NotifyMethod, {
  name: "NotifyMethod",
  description: "How somebody is told.",
  valuesConfig: {
    EMAIL: { description: "By mail." },
    IRC: { description: "By a message on IRC." },
    UNRECOGNIZED: unrecognized,
  },
});

export enum CallbackMethod {
  GET = "GET",
  POST = "POST",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(CallbackMethod, {
  name: "CallbackMethod",
  description: "How an address is called.",
  valuesConfig: {
    GET: { description: "Without a body; LAVA's default." },
    POST: { description: "With the test job's data." },
    UNRECOGNIZED: unrecognized,
  },
});

export enum CallbackDataset {
  MINIMAL = "MINIMAL",
  LOGS = "LOGS",
  RESULTS = "RESULTS",
  ALL = "ALL",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(CallbackDataset, {
  name: "CallbackDataset",
  description: "What a POST tells.",
  valuesConfig: {
    MINIMAL: { description: "The test job itself, its definition and metadata; LAVA's default." },
    LOGS: { description: "That, and the log." },
    RESULTS: { description: "That, and the results." },
    ALL: { description: "That, the log and the results." },
    UNRECOGNIZED: unrecognized,
  },
});

export enum CallbackContentType {
  JSON = "JSON",
  URLENCODED = "URLENCODED",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(CallbackContentType, {
  name: "CallbackContentType",
  description: "How a POST is encoded.",
  valuesConfig: {
    JSON: { description: "As JSON." },
    URLENCODED: { description: "As a form; LAVA's default." },
    UNRECOGNIZED: unrecognized,
  },
});

@ObjectType({ description: "When people are told." })
class NotifyCriteria {
  @Field(() => NotifyStatus, { description: "At which turn of the test job." })
  readonly status!: NotifyStatus;

  @Field(() => NotifyChange, { nullable: true, description: "Only when it went otherwise than the one before it." })
  readonly type!: NotifyChange | null;

  @Field(() => String, {
    nullable: true,
    description: "Conditions in LAVA's query language: only when all test jobs that fulfil them have this status too.",
  })
  readonly dependencyQuery!: string | null;
}

@ObjectType({ description: "Somebody who is told." })
class NotifyRecipient {
  @Field(() => NotifyMethod, { description: "How." })
  readonly method!: NotifyMethod;

  @Field(() => String, { nullable: true, description: "A user of the LAVA server, told as their profile there says." })
  readonly user!: string | null;

  @Field(() => String, { nullable: true, description: "A mail address." })
  readonly email!: string | null;

  @Field(() => String, { nullable: true, description: "A name on IRC." })
  readonly handle!: string | null;

  @Field(() => String, { nullable: true, description: "The IRC server of `handle`." })
  readonly server!: string | null;
}

@ObjectType({ description: "An address that LAVA calls." })
class NotifyCallback {
  @Field(() => String, {
    description:
      "The address. What may be a secret is shown as `***`: a user, the token, and all values in its query but LAVA's own substitutions such as `{STATUS}`.",
  })
  readonly url!: string;

  @Field(() => CallbackMethod, { description: "How it is called." })
  readonly method!: CallbackMethod;

  @Field(() => CallbackDataset, { description: "What a POST tells." })
  readonly dataset!: CallbackDataset;

  @Field(() => CallbackContentType, { description: "How a POST is encoded." })
  readonly contentType!: CallbackContentType;

  @Field(() => String, { nullable: true, description: "The header that carries the token; null for `Authorization`." })
  readonly header!: string | null;

  @Field(() => Boolean, { description: "Whether a token goes with it. The token itself is not shown." })
  readonly hasToken!: boolean;
}

@ObjectType({ description: "Test jobs that a mail compares with: those of a saved query, or of conditions." })
class NotifyCompareQuery {
  @Field(() => String, { nullable: true, description: "Owner of the saved query." })
  readonly username!: string | null;

  @Field(() => String, { nullable: true, description: "Name of the saved query." })
  readonly name!: string | null;

  @Field(() => String, { nullable: true, description: "What the conditions are of, e.g. `testjob`." })
  readonly entity!: string | null;

  @Field(() => [KeyValue], { description: "The conditions: field and value." })
  readonly conditions!: readonly KeyValue[];
}

@ObjectType({ description: "What a mail compares the results with." })
class NotifyCompare {
  @Field(() => NotifyCompareQuery, { nullable: true, description: "The test jobs to compare with." })
  readonly query!: NotifyCompareQuery | null;

  @Field(() => [String], { description: "Suites and cases that are left out." })
  readonly blacklist!: readonly string[];
}

@ObjectType({ description: "Whom LAVA tells about a test job, when and how: the definition's `notify` block." })
export class TestJobNotify {
  @Field(() => NotifyCriteria, { description: "When." })
  readonly criteria!: NotifyCriteria;

  @Field(() => NotifyVerbosity, { description: "How much a mail says." })
  readonly verbosity!: NotifyVerbosity;

  @Field(() => [NotifyRecipient], {
    description: "People. With none, and no callbacks either, LAVA writes a mail to the submitter.",
  })
  readonly recipients!: readonly NotifyRecipient[];

  @Field(() => [NotifyCallback], { description: "Addresses." })
  readonly callbacks!: readonly NotifyCallback[];

  @Field(() => NotifyCompare, { nullable: true, description: "What a mail compares the results with." })
  readonly compare!: NotifyCompare | null;
}

export function toNotify({ criteria, verbosity, recipients, callbacks, compare }: NotifyBlock): TestJobNotify {
  return make(TestJobNotify, {
    criteria: make(NotifyCriteria, {
      status: toEnum(NotifyStatus, criteria.status),
      type: criteria.type === null ? null : toEnum(NotifyChange, criteria.type),
      dependencyQuery: criteria.dependencyQuery,
    }),
    verbosity: toEnum(NotifyVerbosity, (verbosity ?? "quiet").replace("-", "_")),
    recipients: recipients.map(toRecipient),
    callbacks: callbacks.map(toCallback),
    compare:
      compare === null
        ? null
        : make(NotifyCompare, {
            query:
              compare.query === null
                ? null
                : make(NotifyCompareQuery, {
                    ...compare.query,
                    conditions: compare.query.conditions.map(([key, value]) => make(KeyValue, { key, value })),
                  }),
            blacklist: compare.blacklist,
          }),
  });
}

function toRecipient({ method, ...to }: NotifyTarget): NotifyRecipient {
  return make(NotifyRecipient, { ...to, method: toEnum(NotifyMethod, method) });
}

function toCallback(call: NotifyCall): NotifyCallback {
  return make(NotifyCallback, {
    url: withoutSecrets(call.url, call.token),
    method: toEnum(CallbackMethod, call.method ?? "GET"),
    dataset: toEnum(CallbackDataset, call.dataset ?? "minimal"),
    contentType: toEnum(CallbackContentType, call.contentType ?? "urlencoded"),
    header: call.header,
    hasToken: call.token !== null,
  });
}
