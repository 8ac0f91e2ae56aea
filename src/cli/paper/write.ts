// Writes what is made from the tree of commands and from the configuration's checks: `npm run generate`. Run in the folder of
// the project.

import "reflect-metadata";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { configJsonSchema } from "../../config/json-schema.js";
import { createProgram } from "../tree/program.js";
import { manPage } from "./man.js";
import { referenceParts, withParts } from "./reference.js";
import { entryOf } from "./tree.js";

const DOCUMENT = "docs/command-line.md";

const root = entryOf(createProgram());
mkdirSync("man", { recursive: true });
writeFileSync("man/etna.1", manPage(root));
writeFileSync("etna.schema.json", `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
writeFileSync(DOCUMENT, withParts(readFileSync(DOCUMENT, "utf8"), referenceParts(root)));
