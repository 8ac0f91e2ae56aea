// Writes the tables of docs/configuration.md from the schema of the configuration's file, between the two markers.
// `npm run generate` runs it over dist/.

import "reflect-metadata";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import { z } from "zod";
import { fileSchemaOf } from "../dist/config/config.js";

const FILE = fileURLToPath(new URL("../docs/configuration.md", import.meta.url));
const [BEGIN, END] = ["<!-- keys: written by npm run generate -->", "<!-- end of keys -->"];

/** The shape of an object, or of the objects of a list; null for anything else. */
function shapeOf(check) {
  if (check instanceof z.ZodOptional) return shapeOf(check.unwrap());
  if (check instanceof z.ZodArray) return shapeOf(check.element);
  return check instanceof z.ZodObject ? check.shape : null;
}

function metaOf(check, path) {
  const { description, examples } = check.meta() ?? {};
  if (description === undefined || !Array.isArray(examples)) throw new Error(`${path} has no description or example`);
  return { description, example: String(examples[0]) };
}

/** A table of the keys of one level, and then one for each key that holds others. */
function tablesOf(shape, path) {
  const rows = [];
  const inner = [];
  for (const [name, check] of Object.entries(shape)) {
    const at = path === "" ? name : `${path}.${name}`;
    const { description, example } = metaOf(check, at);
    const below = shapeOf(check);
    if (below !== null) inner.push({ at, description, below });
    rows.push(
      `| \`${name}\` | ${below === null ? `\`${example}\`` : "see below"} | ${description.replaceAll("|", "\\|")} |`,
    );
  }
  const table = ["| Key | For example | What it is |", "| --- | --- | --- |", ...rows].join("\n");
  const others = inner.map(({ at, description, below }) => `### ${at}\n\n${description}\n\n${tablesOf(below, at)}`);
  return [table, ...others].join("\n\n");
}

const text = readFileSync(FILE, "utf8");
const [before, rest] = text.split(BEGIN);
const after = rest?.split(END)[1];
if (after === undefined) throw new Error(`docs/configuration.md lacks its markers: ${BEGIN} and ${END}`);
const written = `${before}${BEGIN}\n\n${tablesOf(fileSchemaOf().shape, "")}\n\n${END}${after}`;
writeFileSync(FILE, await prettier.format(written, { ...(await prettier.resolveConfig(FILE)), parser: "markdown" }));
