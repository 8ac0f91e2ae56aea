// The words that all systems share, as enums. Plain values: their descriptions are registered in `graph/enums.ts`.

export enum UpdateSource {
  SNAPSHOT = "SNAPSHOT",
  BUS = "BUS",
  POLL = "POLL",
  REPAIRED = "REPAIRED",
}

export enum ServerCapability {
  RESULTS_CHECKED = "RESULTS_CHECKED",
  METADATA_FILTER = "METADATA_FILTER",
  LOG_LINE_COUNT = "LOG_LINE_COUNT",
}

export enum EventFeed {
  ZMQ = "ZMQ",
  WEBSOCKET = "WEBSOCKET",
  POLL = "POLL",
  AWAY = "AWAY",
}

export enum RunKind {
  TEST_JOB = "TEST_JOB",
  BUILD = "BUILD",
}

export enum RunPhase {
  QUEUED = "QUEUED",
  RUNNING = "RUNNING",
  FINISHED = "FINISHED",
}

export enum RunOutcome {
  SUCCEEDED = "SUCCEEDED",
  FAILED = "FAILED",
  CANCELED = "CANCELED",
  PENDING = "PENDING",
  UNRECOGNIZED = "UNRECOGNIZED",
}

export enum RunVerdict {
  PASSED = "PASSED",
  FAILED = "FAILED",
  CANCELED = "CANCELED",
  PENDING = "PENDING",
  UNRECOGNIZED = "UNRECOGNIZED",
}

export enum LogLevel {
  DEBUG = "DEBUG",
  INFO = "INFO",
  WARNING = "WARNING",
  ERROR = "ERROR",
  EXCEPTION = "EXCEPTION",
  INPUT = "INPUT",
  TARGET = "TARGET",
  FEEDBACK = "FEEDBACK",
  RESULTS = "RESULTS",
  MARKER = "MARKER",
  UNRECOGNIZED = "UNRECOGNIZED",
}
