// Registers LAVA's enums in the schema, with a description of each value.

import { registerEnumType } from "type-graphql";
import {
  TestJobState,
  TestJobHealth,
  DeviceState,
  DeviceHealth,
  WorkerState,
  WorkerHealth,
  TestResult,
  ExportFormat,
} from "../protocol/enums.js";

const unrecognized = { description: "A word that this version of Etna does not know." };

registerEnumType(TestJobState, {
  name: "TestJobState",
  description: "Where a test job is in its life.",
  valuesConfig: {
    SUBMITTED: { description: "It waits in the queue." },
    SCHEDULING: { description: "Some nodes of a multinode job have their devices, others wait." },
    SCHEDULED: { description: "A device is reserved for it." },
    RUNNING: { description: "It runs on its device." },
    CANCELING: { description: "It runs and has been told to stop." },
    FINISHED: { description: "It has ended; `health` says how." },
    UNRECOGNIZED: unrecognized,
  },
});

registerEnumType(TestJobHealth, {
  name: "TestJobHealth",
  description: "How a test job went.",
  valuesConfig: {
    UNKNOWN: { description: "It has not ended yet." },
    COMPLETE: { description: "It ran to its end. Test cases may have failed nevertheless: see `resultCounts`." },
    INCOMPLETE: { description: "It broke off; `failure` says why." },
    CANCELED: { description: "Somebody stopped it." },
    UNRECOGNIZED: unrecognized,
  },
});

registerEnumType(DeviceState, {
  name: "DeviceState",
  description: "What a device is doing.",
  valuesConfig: {
    IDLE: { description: "Nothing." },
    RESERVED: { description: "It is kept for a test job that has not begun." },
    RUNNING: { description: "It runs a test job." },
    UNRECOGNIZED: unrecognized,
  },
});

registerEnumType(DeviceHealth, {
  name: "DeviceHealth",
  description: "Whether a device can be used.",
  valuesConfig: {
    GOOD: { description: "It passed its last health check." },
    UNKNOWN: { description: "Its health has yet to be checked." },
    LOOPING: { description: "It runs health checks over and over, at an administrator's wish." },
    BAD: { description: "It failed its last health check; nothing is scheduled on it." },
    MAINTENANCE: { description: "Taken out of use by an administrator." },
    RETIRED: { description: "Gone for good." },
    UNRECOGNIZED: unrecognized,
  },
});

registerEnumType(WorkerState, {
  name: "WorkerState",
  description: "Whether a worker is heard of.",
  valuesConfig: {
    ONLINE: { description: "It pings the server." },
    OFFLINE: { description: "It has been silent for a minute or more." },
    UNRECOGNIZED: unrecognized,
  },
});

registerEnumType(WorkerHealth, {
  name: "WorkerHealth",
  description: "Whether a worker can be used.",
  valuesConfig: {
    ACTIVE: { description: "Its devices get test jobs." },
    MAINTENANCE: { description: "Taken out of use by an administrator." },
    RETIRED: { description: "Gone for good." },
    UNRECOGNIZED: unrecognized,
  },
});

registerEnumType(TestResult, {
  name: "TestResult",
  description: "Verdict of a test case.",
  valuesConfig: {
    PASS: { description: "It passed." },
    FAIL: { description: "It failed." },
    SKIP: { description: "It was not run." },
    UNKNOWN: { description: "It was run without a verdict." },
  },
});

registerEnumType(ExportFormat, {
  name: "ExportFormat",
  description: "Form of results as a file.",
  valuesConfig: {
    CSV: { description: "A row for each case, with LAVA's columns." },
    YAML: { description: "A list with a mapping for each case." },
    JUNIT: { description: "JUnit XML, as many CI servers read it." },
    TAP: { description: "Test Anything Protocol, version 13." },
  },
});
