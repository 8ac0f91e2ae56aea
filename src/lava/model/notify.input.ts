// What a client says to have somebody told about a test job, and our checks of it.

import { Field, InputType } from "type-graphql";
import { InputRefused } from "../../errors.js";
import type { NotifyBlock, NotifyCall, NotifyQuery, NotifyTarget } from "../protocol/notify.js";
import {
  CallbackContentType,
  CallbackDataset,
  CallbackMethod,
  NotifyChange,
  NotifyMethod,
  NotifyStatus,
  NotifyVerbosity,
} from "./notify.type.js";

const TEXT_MAX = 1000;
export const ITEMS_MAX = 50;
/** Widths of LAVA's columns for a name to leave out, all conditions together, and a header. */
const BLACKLISTED_MAX = 100;
const CONDITIONS_MAX = 400;
const HEADER_MAX = 64;

@InputType({ description: "When people are told." })
class NotifyCriteriaInput {
  @Field(() => NotifyStatus, { description: "At which turn of the test job." })
  status!: NotifyStatus;

  @Field(() => NotifyChange, {
    nullable: true,
    description: "Only when it went otherwise than the one before it; with status COMPLETE or INCOMPLETE.",
  })
  type?: NotifyChange | null;

  @Field(() => String, {
    nullable: true,
    description: "Conditions in LAVA's query language: only when all test jobs that fulfil them have this status too.",
  })
  dependencyQuery?: string | null;
}

@InputType({ description: "Somebody to tell: a user of the LAVA server, or an address in full." })
class NotifyRecipientInput {
  @Field(() => NotifyMethod, { description: "How." })
  method!: NotifyMethod;

  @Field(() => String, {
    nullable: true,
    description: "A user of the LAVA server; mail address or IRC name come from their profile there.",
  })
  user?: string | null;

  @Field(() => String, { nullable: true, description: "A mail address; with EMAIL." })
  email?: string | null;

  @Field(() => String, { nullable: true, description: "A name on IRC; with IRC, and with `server`." })
  handle?: string | null;

  @Field(() => String, { nullable: true, description: "The IRC server of `handle`." })
  server?: string | null;
}

@InputType({ description: "An address for LAVA to call." })
class NotifyCallbackInput {
  @Field(() => String, {
    description: "http or https. LAVA fills in fields of the test job: `https://ci.example.org/lava?id={ID}`.",
  })
  url!: string;

  @Field(() => CallbackMethod, { nullable: true, description: "How it is called; GET when left out." })
  method?: CallbackMethod | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Goes with the call as a secret. LAVA shows the definition, this text included, to everybody who may see the test job: better give the description of one of your tokens at the LAVA server, which then takes that token.",
  })
  token?: string | null;

  @Field(() => String, { nullable: true, description: "The header for the token; `Authorization` when left out." })
  header?: string | null;

  @Field(() => CallbackDataset, { nullable: true, description: "What a POST tells; MINIMAL when left out." })
  dataset?: CallbackDataset | null;

  @Field(() => CallbackContentType, {
    nullable: true,
    description: "How a POST is encoded; URLENCODED when left out.",
  })
  contentType?: CallbackContentType | null;
}

@InputType({ description: "A condition on a field of what is asked for." })
class NotifyConditionInput {
  @Field(() => String, { description: "The field, in LAVA's words, e.g. `submitter`." })
  key!: string;

  @Field(() => String, { description: "The value." })
  value!: string;
}

@InputType({ description: "Test jobs to compare with: `username` and `name`, or `entity` with `conditions`." })
class NotifyQueryInput {
  @Field(() => String, { nullable: true, description: "Owner of a saved query." })
  username?: string | null;

  @Field(() => String, { nullable: true, description: "Name of the saved query." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "What the conditions are of, e.g. `testjob`." })
  entity?: string | null;

  @Field(() => [NotifyConditionInput], { nullable: true, description: "All must hold; with `entity`." })
  conditions?: NotifyConditionInput[] | null;
}

@InputType({ description: "What a mail compares the results with." })
class NotifyCompareInput {
  @Field(() => NotifyQueryInput, { nullable: true, description: "The test jobs to compare with." })
  query?: NotifyQueryInput | null;

  @Field(() => [String], { nullable: true, description: "Suites and cases to leave out." })
  blacklist?: string[] | null;
}

@InputType({ description: "Whom LAVA tells about a test job, when and how." })
export class NotifyInput {
  @Field(() => NotifyCriteriaInput, { description: "When." })
  criteria!: NotifyCriteriaInput;

  @Field(() => NotifyVerbosity, { nullable: true, description: "How much a mail says; QUIET when left out." })
  verbosity?: NotifyVerbosity | null;

  @Field(() => [NotifyRecipientInput], {
    nullable: true,
    description: "People. With none, and no callbacks either, LAVA writes a mail to you.",
  })
  recipients?: NotifyRecipientInput[] | null;

  @Field(() => [NotifyCallbackInput], { nullable: true, description: "Addresses." })
  callbacks?: NotifyCallbackInput[] | null;

  @Field(() => NotifyCompareInput, { nullable: true, description: "What a mail compares the results with." })
  compare?: NotifyCompareInput | null;
}

/** The block in LAVA's words. Throws `InputRefused` that names the field; never quotes an address or a token. */
export function readNotify(notify: NotifyInput): NotifyBlock {
  const { criteria, compare } = notify;
  const status = word("notify.criteria.status", criteria.status);
  const type = word("notify.criteria.type", criteria.type);
  if (type !== null && status !== "complete" && status !== "incomplete")
    throw new InputRefused("notify.criteria.type", "goes with status COMPLETE or INCOMPLETE only");
  return {
    criteria: {
      status: status ?? "",
      type,
      dependencyQuery: text("notify.criteria.dependencyQuery", criteria.dependencyQuery),
    },
    verbosity: word("notify.verbosity", notify.verbosity),
    recipients: items("notify.recipients", notify.recipients, readRecipient),
    callbacks: items("notify.callbacks", notify.callbacks, readCallback),
    compare:
      compare == null
        ? null
        : {
            query: compare.query == null ? null : readQuery("notify.compare.query", compare.query),
            blacklist: items("notify.compare.blacklist", compare.blacklist, (name, at) => {
              if (name.length > BLACKLISTED_MAX) throw new InputRefused(at, `is longer than ${BLACKLISTED_MAX}`);
              return text(at, name) ?? "";
            }),
          },
  };
}

function readRecipient(input: NotifyRecipientInput, at: string): NotifyTarget {
  const { method } = input;
  const target = {
    method: word(`${at}.method`, method) ?? "",
    user: text(`${at}.user`, input.user),
    email: text(`${at}.email`, input.email),
    handle: text(`${at}.handle`, input.handle),
    server: text(`${at}.server`, input.server),
  };
  if (method === NotifyMethod.EMAIL) {
    if (target.handle !== null || target.server !== null)
      throw new InputRefused(at, "handle and server are for IRC; EMAIL takes user or email");
    if (target.user === null && target.email === null) throw new InputRefused(at, "EMAIL needs user or email");
  } else {
    if (target.email !== null) throw new InputRefused(at, "email is for EMAIL; IRC takes user, or handle and server");
    if (target.user === null && (target.handle === null || target.server === null))
      throw new InputRefused(at, "IRC needs user, or handle and server");
  }
  return target;
}

function readCallback(input: NotifyCallbackInput, at: string): NotifyCall {
  const url = text(`${at}.url`, input.url) ?? "";
  // LAVA puts fields in for `{ID}`, blanks allowed, before it calls.
  if (!/^https?:\/\/[^\s/?#]+/i.test(url)) throw new InputRefused(`${at}.url`, "is no http or https address");
  const header = text(`${at}.header`, input.header);
  if (header !== null && (header.length > HEADER_MAX || !/^[\w!#$%&'*+.^`|~-]+$/.test(header)))
    throw new InputRefused(`${at}.header`, "is no name of a header");
  const token = text(`${at}.token`, input.token);
  if (header !== null && token === null) throw new InputRefused(`${at}.header`, "goes with a token only");
  return {
    url,
    method: input.method == null ? null : recognized(`${at}.method`, input.method),
    token,
    header,
    dataset: word(`${at}.dataset`, input.dataset),
    contentType: word(`${at}.contentType`, input.contentType),
  };
}

function readQuery(at: string, input: NotifyQueryInput): NotifyQuery {
  const username = text(`${at}.username`, input.username);
  const name = text(`${at}.name`, input.name);
  const entity = text(`${at}.entity`, input.entity);
  const conditions = items(`${at}.conditions`, input.conditions, ({ key, value }, place) => {
    return [text(`${place}.key`, key) ?? "", text(`${place}.value`, value) ?? ""] as const;
  });
  const saved = username !== null && name !== null && entity === null && conditions.length === 0;
  const own = username === null && name === null && entity !== null;
  if (!saved && !own) throw new InputRefused(at, "takes username and name, or entity with conditions");
  if (new Set(conditions.map(([key]) => key)).size < conditions.length)
    throw new InputRefused(`${at}.conditions`, "has a key twice");
  if (conditions.flat().join("").length > CONDITIONS_MAX)
    throw new InputRefused(`${at}.conditions`, `are longer than ${CONDITIONS_MAX} characters together`);
  return { username, name, entity, conditions };
}

function items<T, U>(argument: string, list: readonly T[] | null | undefined, read: (item: T, at: string) => U): U[] {
  if (list == null) return [];
  if (list.length > ITEMS_MAX) throw new InputRefused(argument, `has ${list.length}; ${ITEMS_MAX} at most`);
  return list.map((item, index) => read(item, `${argument}[${index}]`));
}

/** An enum's member in LAVA's spelling: `STATUS_ONLY` is `status-only`. */
function word(argument: string, member: string | null | undefined): string | null {
  return member == null ? null : recognized(argument, member).toLowerCase().replace("_", "-");
}

function recognized(argument: string, member: string): string {
  if (member === "UNRECOGNIZED") throw new InputRefused(argument, "UNRECOGNIZED can't be asked for");
  return member;
}

function text(argument: string, value: string | null | undefined): string | null {
  if (value == null) return null;
  if (value.trim() === "") throw new InputRefused(argument, "is empty; leave it out");
  if (value.length > TEXT_MAX) throw new InputRefused(argument, `is longer than ${TEXT_MAX} characters`);
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufeff]/u.test(value))
    throw new InputRefused(argument, "has a line break or another control character");
  return value;
}
