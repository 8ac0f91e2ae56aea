// Registers the shared enums in the schema, with a description of each value.

import { registerEnumType } from "type-graphql";
import {
  UpdateSource,
  ServerCapability,
  EventFeed,
  RunKind,
  RunPhase,
  RunOutcome,
  RunVerdict,
  LogLevel,
} from "../enums.js";

registerEnumType(UpdateSource, {
  name: "UpdateSource",
  description: "How Etna learned of a change.",
  valuesConfig: {
    SNAPSHOT: { description: "The state at the time of the subscription." },
    BUS: { description: "The server's publisher told it." },
    POLL: { description: "A regular read found it, since there is no publisher in reach." },
    REPAIRED: { description: "A read found it that the publisher had not told: its event was lost." },
  },
});

registerEnumType(ServerCapability, {
  name: "ServerCapability",
  description: "Something that only newer servers can do, and that Etna uses where it is there.",
  valuesConfig: {
    RESULTS_CHECKED: {
      description:
        "Its REST interface shows the results of a private job to nobody else (LAVA 2023.08). Etna keeps them private on older servers too.",
    },
    METADATA_FILTER: {
      description:
        "It finds test jobs by metadata itself (LAVA after 2026.07). On others Etna reads candidates and looks.",
    },
    LOG_LINE_COUNT: {
      description:
        "It counts the lines of a log (LAVA after 2026.07). On others `Log.lineCount` and pages with `last` read the log.",
    },
  },
});

registerEnumType(EventFeed, {
  name: "EventFeed",
  description: "Where news of a server come from.",
  valuesConfig: {
    ZMQ: { description: "The server's own publisher, over ZeroMQ." },
    WEBSOCKET: { description: "The server's own publisher, over its websocket: ZeroMQ is out of reach." },
    POLL: {
      description: "Regular reads of what somebody watches: the server has no publisher, or it is out of reach.",
    },
    AWAY: {
      description:
        "None: a server that is polled does not answer. While somebody watches, it is tried every 5 seconds at least.",
    },
  },
});

registerEnumType(RunKind, {
  name: "RunKind",
  description: "Which system a run belongs to.",
  valuesConfig: {
    TEST_JOB: { description: "A test job of LAVA." },
    BUILD: { description: "A build of Cuirass." },
  },
});

registerEnumType(RunPhase, {
  name: "RunPhase",
  description: "Where a run is in its life.",
  valuesConfig: {
    QUEUED: { description: "It waits for a device or a worker." },
    RUNNING: { description: "It is under way." },
    FINISHED: { description: "It has ended; `outcome` says how." },
  },
});

registerEnumType(RunOutcome, {
  name: "RunOutcome",
  description:
    "How the run itself ended. LAVA's Complete succeeds even with failing test cases: those count in `verdict`.",
  valuesConfig: {
    SUCCEEDED: { description: "It ran to its end." },
    FAILED: { description: "It broke off or could not be done." },
    CANCELED: { description: "Somebody stopped it." },
    PENDING: { description: "It has not ended yet." },
    UNRECOGNIZED: { description: "It ended with a word or code that this version of Etna does not know." },
  },
});

registerEnumType(RunVerdict, {
  name: "RunVerdict",
  description: "Whether all is well with a run, its test cases included: what a wall shows in colours.",
  valuesConfig: {
    PASSED: {
      description:
        "It ran to its end, and none of its test cases failed. Those that were skipped or have no verdict don't count, and it may have none.",
    },
    FAILED: {
      description:
        "It broke off or could not be done, or at least one of its test cases failed. LAVA's own suite `lava` does not count, as in `resultCounts`.",
    },
    CANCELED: { description: "Somebody stopped it, whatever its test cases say." },
    PENDING: { description: "It has not ended yet, whatever its test cases say so far." },
    UNRECOGNIZED: { description: "It ended with a word or code that this version of Etna does not know." },
  },
});

registerEnumType(LogLevel, {
  name: "LogLevel",
  description: "LAVA's levels of a log line. Cuirass' logs are plain text and have none.",
  valuesConfig: {
    DEBUG: { description: "Detail of what the dispatcher does." },
    INFO: { description: "Progress of the dispatcher." },
    WARNING: { description: "Something odd that did not end the job." },
    ERROR: { description: "What ended the job, or part of it." },
    EXCEPTION: { description: "A fault inside the dispatcher." },
    INPUT: { description: "What was typed to the device." },
    TARGET: { description: "What the device printed." },
    FEEDBACK: { description: "What another device, or another namespace, printed meanwhile." },
    RESULTS: { description: "A test case's result." },
    MARKER: { description: "Start or end of a test case." },
    UNRECOGNIZED: { description: "A level that this version of Etna does not know, or a line that did not decode." },
  },
});
