// `etna submit`: sends a definition to LAVA through a gateway.

import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { SubmitDefinitionDocument } from "../generated/graphql.js";
import { CommandError, EXIT } from "../exit.js";
import type { Remote } from "../remote/gateway.js";
import { request } from "../remote/request.js";

/** Submits the file (`-`: standard input); the new ids, of each node of a multinode job. Throws `CommandError` for a refusal. */
export async function submit(remote: Remote, file: string, server: string | null): Promise<readonly string[]> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new CommandError(`${file} can't be read (${code})`, EXIT.usage);
  }
  if (!isUtf8(bytes)) throw new CommandError(`${file} is not UTF-8 text; nothing was submitted`, EXIT.usage);
  const definition = bytes.toString("utf8");
  const { submitTestJob } = await request(remote, SubmitDefinitionDocument, { definition, server });
  if (submitTestJob == null) throw new CommandError("the gateway gave no answer to the submission", EXIT.unreachable);
  if (submitTestJob.__typename === "TestJobRefused") {
    throw new CommandError(`LAVA refuses the definition: ${submitTestJob.message}`, EXIT.refused);
  }
  return submitTestJob.jobIds;
}
