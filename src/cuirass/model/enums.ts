// Registers Cuirass's enums in the schema, with a description of each value.

import { registerEnumType } from "type-graphql";
import { BuildStatus, Weather, EvaluationStatus } from "../protocol/enums.js";

const unrecognized = { description: "A code that this version of Etna does not know." };

registerEnumType(BuildStatus, {
  name: "BuildStatus",
  description: "Where a build is, or how it ended. None is final: every build can be restarted under its old number.",
  valuesConfig: {
    SUBMITTED: { description: "Handed to a worker that has not begun it (code -3)." },
    SCHEDULED: { description: "It waits for a worker (code -2)." },
    STARTED: { description: "It runs, or its outputs are being fetched (code -1)." },
    SUCCEEDED: { description: "It was built (code 0)." },
    FAILED: { description: "Its builder failed (code 1)." },
    FAILED_DEPENDENCY: {
      description: "It never ran, since something it needs failed. Scheduled again when that is mended (code 2).",
    },
    FAILED_OTHER: { description: "It failed for a reason outside its builder, e.g. a time limit (code 3)." },
    CANCELED: { description: "Somebody stopped it (code 4)." },
    UNRECOGNIZED: unrecognized,
  },
});

registerEnumType(Weather, {
  name: "Weather",
  description: "A finished build compared with the one before it of the same job.",
  valuesConfig: {
    UNKNOWN: { description: "Not finished, the first of its job, or its dependency failed, or canceled." },
    NEW_SUCCESS: { description: "It succeeded, the one before failed: fixed." },
    NEW_FAILURE: { description: "It failed, the one before succeeded: broken." },
    STILL_SUCCEEDING: { description: "Both succeeded." },
    STILL_FAILING: { description: "Both failed." },
  },
});

registerEnumType(EvaluationStatus, {
  name: "EvaluationStatus",
  description: "How far the evaluation itself came; says nothing about its builds.",
  valuesConfig: {
    STARTED: { description: "It is under way (code -1)." },
    SUCCEEDED: { description: "Its jobs are known and its builds registered; they may all be waiting (code 0)." },
    FAILED: { description: "The evaluation broke off; see its `log` (code 1)." },
    ABORTED: { description: "It was given up (code 2)." },
    UNRECOGNIZED: unrecognized,
  },
});
