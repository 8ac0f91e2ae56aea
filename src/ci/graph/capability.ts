// What servers of different versions can and can't do, as far as it shows in the graph.

import { registerEnumType } from "type-graphql";

export enum ServerCapability {
  WEBSOCKET_AUTH = "WEBSOCKET_AUTH",
  JOB_ERRORS = "JOB_ERRORS",
  RESULTS_CHECKED = "RESULTS_CHECKED",
  BATCH_CANCEL = "BATCH_CANCEL",
  USERS_AND_GROUPS = "USERS_AND_GROUPS",
  METADATA_FILTER = "METADATA_FILTER",
}
registerEnumType(ServerCapability, {
  name: "ServerCapability",
  description: "Something that only newer servers can do.",
  valuesConfig: {
    WEBSOCKET_AUTH: {
      description: "Its event websocket knows users and shows each one only what they may see (LAVA 2023.02).",
    },
    JOB_ERRORS: { description: "It tells with a test job why the job failed (LAVA 2023.06)." },
    RESULTS_CHECKED: {
      description:
        "Its REST interface shows the results of a private job to nobody else (LAVA 2023.08). Etna keeps them private on older servers too.",
    },
    BATCH_CANCEL: { description: "It cancels many test jobs in one request (LAVA 2024.09)." },
    USERS_AND_GROUPS: { description: "It lists users and groups to administrators (LAVA 2026.04)." },
    METADATA_FILTER: {
      description:
        "It finds test jobs by metadata itself (LAVA after 2026.07). On others Etna reads candidates and looks.",
    },
  },
});
