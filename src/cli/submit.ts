// `etna submit`: sends a definition to LAVA through a gateway.

import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { toPlainText } from "../codec/terminal-text.js";
import { SubmitDefinitionDocument } from "./generated/graphql.js";
import { EXIT, RemoteError, request } from "./remote.js";
import type { Remote } from "./remote.js";

/** Submits the file (`-`: standard input) and prints the new ids, a line each. Throws `RemoteError` for a refusal. */
export async function submit(remote: Remote, file: string, server: string | null): Promise<readonly string[]> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new RemoteError(`${file} can't be read (${code})`, EXIT.usage);
  }
  if (!isUtf8(bytes)) throw new RemoteError(`${file} is not UTF-8 text; nothing was submitted`, EXIT.usage);
  const definition = bytes.toString("utf8");
  const { submitTestJob } = await request(remote, SubmitDefinitionDocument, { definition, server });
  if (submitTestJob == null) throw new RemoteError("the gateway gave no answer to the submission", EXIT.failed);
  if (submitTestJob.__typename === "TestJobRefused") {
    throw new RemoteError(`LAVA refuses the definition: ${submitTestJob.message}`, EXIT.failed);
  }
  process.stdout.write(submitTestJob.jobIds.map((id) => `${toPlainText(id)}\n`).join(""));
  return submitTestJob.jobIds;
}
