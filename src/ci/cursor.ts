// The words of a live field's cursor, the same wherever there is one.

export const CURSOR = "Opaque position: a new subscription goes on from here with `after`.";

export const CURSOR_EXPIRED =
  "True with the first update after a cursor that Etna could not go on from: too old, or of another process. The " +
  "updates begin with a snapshot.";

export const AFTER = {
  nullable: true,
  description:
    "`cursor` of the last update that you had of the same: what came since is delivered in place of the snapshot.",
} as const;

export const ALL_SERVERS =
  "Without names and without `server`, of all servers in one stream: a server that fails is told of once, by a result with " +
  "`errors` and no data; the others go on, and its own part begins when it answers. Its cursor holds for all of them.";
