// A Cuirass specification in the graph. From `/specifications`, without its notifications.

import { Field, Int, ObjectType } from "type-graphql";
import { encodeGlobalId } from "../../ci/global-id.js";
import { make } from "../../ci/graph/make.js";
import { Node } from "../../ci/graph/node.type.js";
import { withOddFields } from "../../ci/odd-fields.js";
import type { WireSpecification } from "../protocol/wire.js";

@ObjectType({ description: "A channel that a specification follows." })
export class Channel {
  @Field(() => String, { description: "Its name, e.g. `guix`." })
  readonly name!: string;

  @Field(() => String, { description: "Address of its repository." })
  readonly url!: string;

  @Field(() => String, { nullable: true, description: "The branch that is followed; null when a commit is fixed." })
  readonly branch!: string | null;

  @Field(() => String, { nullable: true, description: "The commit it is fixed at; null when it follows the branch." })
  readonly commit!: string | null;
}

@ObjectType({ description: "Which files of a specification's builds are offered for download, as `Build.products`." })
export class SpecificationOutput {
  @Field(() => String, { description: "Of which jobs: a regular expression, e.g. `iso9660-image.*`." })
  readonly job!: string;

  @Field(() => String, { description: "What the files are, e.g. `iso9660`." })
  readonly type!: string;

  @Field(() => String, { description: "In which output of the build; the main one is `out`." })
  readonly output!: string;

  @Field(() => String, { description: "Where in that output; empty for the output itself." })
  readonly path!: string;
}

@ObjectType({
  implements: Node,
  description: "What Cuirass is told to build again and again. The API also says jobset.",
})
export class Specification extends Node {
  /** Name of the configured server. */
  readonly serverName!: string;

  @Field(() => String, { description: "Its name, unique on its server." })
  readonly name!: string;

  @Field(() => String, { description: "What it builds: `all`, `guix`, `images`, `packages`, `custom` and so on." })
  readonly kind!: string;

  @Field(() => [String], { nullable: true, description: "The packages it builds; null for kinds but `packages`." })
  readonly packages!: readonly string[] | null;

  @Field(() => [Channel], { description: "The channels it follows." })
  readonly channels!: readonly Channel[];

  @Field(() => [String], { description: "What it builds for, e.g. `x86_64-linux`." })
  readonly systems!: readonly string[];

  @Field(() => Int, { description: "Seconds from one evaluation to the next at least; 0 for one at each new commit." })
  readonly period!: number;

  @Field(() => Int, { description: "0 to 9; 0 is the most urgent." })
  readonly priority!: number;

  @Field(() => [SpecificationOutput], { description: "Which files of its builds become products; often none." })
  readonly outputs!: readonly SpecificationOutput[];
}

export function toSpecification(serverName: string, wire: WireSpecification): Specification {
  const { name, build, systems, period, priority } = wire;
  const [kind = "unknown"] = typeof build === "string" ? [build] : Object.keys(build);
  const packages = typeof build === "string" ? undefined : build.packages;
  const specification = make(Specification, {
    id: encodeGlobalId("Specification", serverName, name),
    serverName,
    name,
    kind,
    packages: Array.isArray(packages) ? packages.filter((one) => typeof one === "string") : null,
    channels: wire.channels.map((channel) => make(Channel, channel)),
    systems,
    period,
    priority,
    outputs: (wire["build-outputs"] ?? []).map((output) => make(SpecificationOutput, output)),
  });
  const fields = {
    build: ["kind", "packages"],
    channels: ["channels"],
    period: ["period"],
    priority: ["priority"],
    systems: ["systems"],
    "build-outputs": ["outputs"],
  } as const;
  return withOddFields(specification, wire, fields, { server: serverName, what: `specification ${name}` });
}
