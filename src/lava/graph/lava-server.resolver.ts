// Fields of a LAVA server that need a call, and who the viewer is there.

import { createHash } from "node:crypto";
import { Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import type { OperationScope } from "../../cache/operation-scope.js";
import { encodeGlobalId } from "../../ci/global-id.js";
import { make } from "../../ci/graph/make.js";
import type { RequestContext } from "../../ci/session.js";
import { viewerKey } from "../../ci/viewer.js";
import { LavaServer, SharedRows, Viewer, ViewerAccount } from "../model/lava-server.type.js";
import type { LavaSession } from "../session.js";

@Resolver(() => LavaServer)
export class LavaServerResolver {
  @FieldResolver(() => SharedRows, {
    nullable: true,
    description:
      "What is read of it once for all viewers; null where its entry in the configuration says `replica: off`.",
  })
  sharedRows(
    @Ctx("lava") lava: LavaSession,
    @Ctx("scope") scope: OperationScope,
    @Root() server: LavaServer,
  ): SharedRows | null {
    // Nothing in memory stands for what is counted.
    scope.forbidReuse();
    const shared = lava.view(server.name).server.shared();
    if (shared === null) return null;
    const { oldestJob, ...counts } = shared;
    return make(SharedRows, { ...counts, oldestJobId: oldestJob === null ? null : String(oldestJob) });
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "The user whose token came with this request; null for anonymous. Asks the server once for each token.",
  })
  async user(@Ctx("lava") lava: LavaSession, @Root() server: LavaServer): Promise<string | null> {
    return lava.view(server.name).shownUser();
  }
}

@Resolver(() => ViewerAccount)
export class ViewerResolver {
  @Query(() => Viewer, { description: "You, by the credentials that came with this request." })
  viewer(@Ctx() { credentials }: RequestContext, @Ctx("lava") lava: LavaSession): Viewer {
    return make(Viewer, {
      id: encodeGlobalId("Viewer", "etna", createHash("sha256").update(viewerKey(credentials)).digest("base64url")),
      accounts: lava.views(null).map((view) => make(ViewerAccount, { server: view.toServer() })),
    });
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "Your user's name there; null for anonymous. An error when the server does not know your token.",
  })
  async user(@Ctx("lava") lava: LavaSession, @Root() account: ViewerAccount): Promise<string | null> {
    return lava.view(account.server.name).shownUser();
  }
}
