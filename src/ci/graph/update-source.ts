// How Etna learned of a change, the same for every live field.

import { registerEnumType } from "type-graphql";

export enum UpdateSource {
  SNAPSHOT = "SNAPSHOT",
  BUS = "BUS",
  POLL = "POLL",
  REPAIRED = "REPAIRED",
}
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
