// What a test job's definition says, and whom it concerns.

import { Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import { TestJobState } from "../protocol/enums.js";
import { Multinode } from "../model/multinode.type.js";
import { readNotifyBlock } from "../protocol/notify.js";
import { TestJobNotify, toNotify } from "../model/notify.type.js";
import type { LavaSession } from "../session.js";
import { KeyValue, TestJob, TestJobConfiguration } from "../model/test-job.type.js";

@Resolver(() => TestJob)
export class TestJobDefinitionResolver {
  @FieldResolver(() => [KeyValue], {
    description:
      "What its author noted in the definition's `metadata` block, in its order: scalars as text, lists and mappings as JSON. `filter.metadata` of `testJobs` finds jobs by what is shown here.",
  })
  metadata(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): KeyValue[] {
    return [...lava.view(job.serverName).metadataOf(job)].map(toKeyValue);
  }

  @FieldResolver(() => [KeyValue], {
    nullable: true,
    description:
      "What an old LAVA (before 2023 or so) noted itself about a job that it ran, in a table that can't be searched; a key may come twice. Empty for other jobs, null when it could not be read.",
  })
  async storedMetadata(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<KeyValue[] | null> {
    // Servers after 2026.07 answer with the author's block here.
    if (job.wire.metadata != null || job.state !== TestJobState.FINISHED) return [];
    return (await lava.view(job.serverName).jobs.storedMetadata.load(job.nativeId)).map(toKeyValue);
  }

  @FieldResolver(() => TestJobConfiguration, {
    nullable: true,
    description: "The files that its worker got to run it. Null until it has started. One request for each test job.",
  })
  async configuration(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<TestJobConfiguration | null> {
    const view = lava.view(job.serverName);
    const files = await view.client.configuration(job.nativeId, view.ask);
    if (files === null) return null;
    const [definition = null, device = null, dispatcher = null, environment = null, deviceEnvironment = null] = files;
    return make(TestJobConfiguration, { definition, device, dispatcher, environment, deviceEnvironment });
  }

  @FieldResolver(() => TestJobNotify, {
    nullable: true,
    description: "Whom LAVA tells about it, when and how: the definition's `notify` block. Null where there is none.",
  })
  notify(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): TestJobNotify | null {
    const block = readNotifyBlock(lava.view(job.serverName).definitionOf(job)?.notify);
    return block === null ? null : toNotify(block);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The definition of the whole multinode job as it was submitted, YAML; null for other jobs.",
  })
  multinodeDefinition(@Root() job: TestJob): string | null {
    return job.wire.multinode_definition === "" ? null : job.wire.multinode_definition;
  }

  @FieldResolver(() => Multinode, {
    nullable: true,
    description: "Its place among the nodes of its multinode job; null for other jobs.",
  })
  multinode(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Multinode | null {
    const note = lava.view(job.serverName).definitionOf(job)?.multinode;
    if (note === undefined || !job.wire.multinode_definition) return null;
    return make(Multinode, { job, group: note.targetGroup, role: note.role, size: note.size });
  }

  @FieldResolver(() => [String], {
    nullable: true,
    description:
      "Groups whose members may see it; a viewer has to be in all of them. A personal job has its submitter's. Empty for a public one; null when LAVA does not tell.",
  })
  async viewingGroups(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<readonly string[] | null> {
    // REST has only numbers; XML-RPC has the names, in bulk, joined by a comma that a name may hold too.
    const { viewing_groups: numbers } = job.wire;
    if (numbers.length === 0) return [];
    const shown = await lava.view(job.serverName).jobShow(job.nativeId);
    const [, names] = /^Group \((.*)\)$/s.exec(shown?.visibility ?? "") ?? [];
    if (names === undefined) return null;
    const groups = numbers.length === 1 ? [names] : names.split(", ");
    return groups.length === numbers.length ? groups : null;
  }
}

@Resolver(() => Multinode)
export class MultinodeResolver {
  @FieldResolver(() => ID, {
    nullable: true,
    description: "`2008.1`, where 2008 is the number of the group's first node.",
  })
  async subId(@Ctx("lava") lava: LavaSession, @Root() { job }: Multinode): Promise<string | null> {
    const id = (await lava.view(job.serverName).jobShow(job.nativeId))?.id;
    return typeof id === "string" ? id : null;
  }

  @FieldResolver(() => [TestJob], {
    nullable: true,
    description: "The other nodes of the group that you may see, by number.",
  })
  async siblings(@Ctx("lava") lava: LavaSession, @Root() { job, group, size }: Multinode): Promise<TestJob[] | null> {
    const view = lava.view(job.serverName);
    const nodes = await view.jobs.nodes.load({ targetGroup: group, size });
    return nodes.filter((wire) => wire.id !== job.wire.id).map((wire) => view.toTestJob(wire));
  }
}

function toKeyValue([key, value]: readonly [key: string, value: string]): KeyValue {
  return make(KeyValue, { key, value });
}
