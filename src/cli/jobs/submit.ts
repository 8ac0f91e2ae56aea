// `etna submit`: sends a definition to LAVA through a gateway.

import { SubmitDefinitionDocument } from "../generated/graphql.js";
import { CommandError, EXIT } from "../exit.js";
import type { Remote } from "../remote/gateway.js";
import { request } from "../remote/request.js";
import { readInput } from "../tree/input.js";

/** Submits the file (`-`: standard input); the new ids, of each node of a multinode job. Throws `CommandError` for a refusal. */
export async function submit(remote: Remote, file: string, server: string | null): Promise<readonly string[]> {
  const definition = readInput(file);
  const { submitTestJob } = await request(remote, SubmitDefinitionDocument, { definition, server });
  if (submitTestJob == null) throw new CommandError("the gateway gave no answer to the submission", EXIT.unreachable);
  if (submitTestJob.__typename === "TestJobRefused") {
    throw new CommandError(`LAVA refuses the definition: ${submitTestJob.message}`, EXIT.refused);
  }
  return submitTestJob.jobIds;
}
