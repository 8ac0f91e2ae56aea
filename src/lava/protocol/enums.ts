// LAVA's state and health words as enums. A word that a newer server adds becomes UNRECOGNIZED, so that no query breaks.

export enum TestJobState {
  SUBMITTED = "SUBMITTED",
  SCHEDULING = "SCHEDULING",
  SCHEDULED = "SCHEDULED",
  RUNNING = "RUNNING",
  CANCELING = "CANCELING",
  FINISHED = "FINISHED",
  UNRECOGNIZED = "UNRECOGNIZED",
}

export enum TestJobHealth {
  UNKNOWN = "UNKNOWN",
  COMPLETE = "COMPLETE",
  INCOMPLETE = "INCOMPLETE",
  CANCELED = "CANCELED",
  UNRECOGNIZED = "UNRECOGNIZED",
}

export enum DeviceState {
  IDLE = "IDLE",
  RESERVED = "RESERVED",
  RUNNING = "RUNNING",
  UNRECOGNIZED = "UNRECOGNIZED",
}

export enum DeviceHealth {
  GOOD = "GOOD",
  UNKNOWN = "UNKNOWN",
  LOOPING = "LOOPING",
  BAD = "BAD",
  MAINTENANCE = "MAINTENANCE",
  RETIRED = "RETIRED",
  UNRECOGNIZED = "UNRECOGNIZED",
}

export enum WorkerState {
  ONLINE = "ONLINE",
  OFFLINE = "OFFLINE",
  UNRECOGNIZED = "UNRECOGNIZED",
}

export enum WorkerHealth {
  ACTIVE = "ACTIVE",
  MAINTENANCE = "MAINTENANCE",
  RETIRED = "RETIRED",
  UNRECOGNIZED = "UNRECOGNIZED",
}

export enum TestResult {
  PASS = "PASS",
  FAIL = "FAIL",
  SKIP = "SKIP",
  UNKNOWN = "UNKNOWN",
}

type WordEnum = Readonly<Record<string, string>> & { readonly UNRECOGNIZED: string };

/** LAVA's word, e.g. `Running`, as a member of one of the enums above. */
export function toEnum<E extends WordEnum>(members: E, word: string): E[keyof E] {
  const name = word.toUpperCase();
  return (Object.hasOwn(members, name) ? members[name] : members.UNRECOGNIZED) as E[keyof E];
}

/** The way back: LAVA filters by its exact display name, `Running`, and answers any other word with a 500. */
export function toWord(member: string): string {
  return member.charAt(0) + member.slice(1).toLowerCase();
}

export enum ExportFormat {
  CSV = "CSV",
  YAML = "YAML",
  JUNIT = "JUNIT",
  TAP = "TAP",
}
