// `export` of test jobs and suites: the text of small ones, and where to download any.

import { Arg, Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import type { RequestContext } from "../../ci/session.js";
import { Overflow } from "../../errors.js";
import { ExportFormat } from "../protocol/enums.js";
import { contentTypeOf, exportPath, openExport } from "./export.js";
import type { ExportTarget } from "./export.js";
import { TestSuite } from "../model/results.type.js";
import type { LavaSession } from "../session.js";
import { TestJob } from "../model/test-job.type.js";

const TEXT_MAX_BYTES = 4 * 1024 * 1024;

@ObjectType({ description: "Results as a file." })
export class Export {
  readonly serverName!: string;
  readonly target!: ExportTarget;

  @Field(() => String, { description: "Its media type, e.g. `text/csv; charset=utf-8`." })
  readonly contentType!: string;

  @Field(() => String, {
    description:
      "Where this gateway serves it: an address where the gateway knows its own (`listen.url` of its configuration), else a path, in the folder of `listen.basePath`. Takes the same credentials as the graph, and has no limit of size.",
  })
  url(@Ctx() { gatewayUrl }: RequestContext): string {
    return `${gatewayUrl ?? ""}${exportPath(this.serverName, this.target)}`;
  }
}

@Resolver(() => Export)
export class ExportResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      "The file's text; at most 4 MiB, null and an error for more (take `url`). Null too when LAVA does not show it.",
  })
  async text(@Ctx("lava") lava: LavaSession, @Root() { serverName, target }: Export): Promise<string | null> {
    const download = await openExport(lava.view(serverName), target);
    if (download === null) return null;
    try {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of download.body) {
        size += chunk.length;
        if (size > TEXT_MAX_BYTES) {
          throw new Overflow(
            "LIMIT_EXCEEDED",
            `the export is larger than ${TEXT_MAX_BYTES} bytes; take it from \`url\``,
          );
        }
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, size).toString("utf8");
    } finally {
      download.close();
    }
  }
}

function toExport(serverName: string, target: ExportTarget): Export {
  return make(Export, { serverName, target, contentType: contentTypeOf(target.format) });
}

const FORMAT = { description: "In which form." };

@Resolver(() => TestJob)
export class TestJobExportResolver {
  @FieldResolver(() => Export, { description: "All its results as a file, as LAVA makes it." })
  export(@Root() job: TestJob, @Arg("format", () => ExportFormat, FORMAT) format: ExportFormat): Export {
    return toExport(job.serverName, { job: job.nativeId, suite: null, format });
  }
}

@Resolver(() => TestSuite)
export class TestSuiteExportResolver {
  @FieldResolver(() => Export, {
    description: "Its results as a file. LAVA makes CSV and YAML; JUnit and TAP are made by Etna, without log lines.",
  })
  export(@Root() suite: TestSuite, @Arg("format", () => ExportFormat, FORMAT) format: ExportFormat): Export {
    return toExport(suite.serverName, { job: suite.jobNativeId, suite: suite.name, format });
  }
}
