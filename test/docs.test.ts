// README and docs/: every link leads somewhere, and every block of code is run, or compared with what it is of.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { buildSchema, getNamedType, isInputObjectType, isInterfaceType, isObjectType, parse, validate } from "graphql";
import yaml from "js-yaml";
import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config/config.js";
import { PROCESS_MS, startEtna } from "./cli/etna.js";

const ROOT = join(import.meta.dirname, "..");
const filesIn = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file));
const PAGES = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "client/README.md", ...filesIn("docs")].filter((file) =>
  file.endsWith(".md"),
);
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

interface Block {
  readonly page: string;
  readonly line: number;
  /** What stands behind the backquotes: the language, and what the block is of. */
  readonly language: string;
  readonly of: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const text = read(page);
  return [...text.matchAll(/^```(\w*) ?(.*)\n([^]*?)^```$/gm)].map((found) => {
    const [, language = "", of = "", block = ""] = found;
    return { page, line: text.slice(0, found.index).split("\n").length, language, of, text: block };
  });
}

const BLOCKS = PAGES.flatMap(blocksOf);
const titleOf = ({ page, line }: Block) => `${page}:${line}`;
const titled = (wanted: (block: Block) => boolean) =>
  BLOCKS.filter(wanted).map((block) => ({ at: titleOf(block), block }));

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const withoutCode = (text: string) => text.replace(/^```[^]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");

const withoutIndent = (text: string) => text.replace(/^ +/gm, "");

test("README can be read in one go, and holds no drafts", () => {
  const text = read("README.md");
  expect(text.split("\n").length).toBeLessThanOrEqual(150);
  expect(withoutCode(text)).not.toContain("<!--");
});

test.each(PAGES)("the links of %s lead somewhere", (page) => {
  const targets = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) =>
    /^[a-z]+:/.test(target) ? [] : [target],
  );
  const dead = targets.filter((target) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
    if (!existsSync(join(ROOT, file))) return true;
    if (anchor === undefined || statSync(join(ROOT, file)).isDirectory()) return anchor !== undefined;
    const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
    return !headings.includes(anchor);
  });
  expect(dead).toEqual([]);
});

test("no block of code is of a kind that nobody checks", () => {
  const known = new Set(["sh", "json", "graphql", "yaml", "js", "ts", "text", ""]);
  expect(BLOCKS.filter(({ language }) => !known.has(language)).map(titleOf)).toEqual([]);
});

describe("blocks that stand for themselves", () => {
  const schema = buildSchema(read("schema.graphql"));

  test.each(titled(({ language }) => language === "graphql"))("$at is an operation of the schema", ({ block }) => {
    expect(validate(schema, parse(block.text))).toEqual([]);
  });

  test.each(titled(({ language }) => language === "yaml"))(
    "$at is YAML, and a configuration where it says so",
    ({ block }) => {
      expect(yaml.load(block.text)).toBeTypeOf("object");
      if (block.of !== "config") return;
      const folder = mkdtempSync(join(tmpdir(), "etna-docs-"));
      try {
        const file = join(folder, "etna.yaml");
        writeFileSync(file, block.text);
        expect(readConfig({ config: file }, { LAVA_TOKEN: "secret" }).lava).toHaveLength(1);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test.each(titled(({ language }) => language === "json"))("$at is JSON", ({ block }) => {
    expect(JSON.parse(block.text)).toBeTypeOf("object");
  });

  // TypeScript is compiled against the packages by test/deploy/package.test.ts.
  test.each(titled(({ language }) => language === "js"))("$at is in the file that it names", ({ block }) => {
    expect(withoutIndent(read(block.of))).toContain(withoutIndent(block.text));
  });

  test.each(titled(({ language }) => language === "sh"))(
    "$at calls commands and scripts that there are",
    ({ block }) => {
      const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
      const commands = block.text
        // What a command is given in quotes.
        .replace(/'[^']*'/g, "''")
        .replaceAll("\\\n", " ")
        .split(/\n|&&|\|/)
        .map((line) => line.replace(/#.*/, "").trim())
        // A variable for one command.
        .map((line) => line.replace(/^[A-Z_]+=\S+ /, ""))
        .filter((line) => line !== "");
      for (const command of commands) {
        const script = /^npm (?:run )?(\S+)/.exec(command)?.[1];
        if (script === undefined)
          expect(command).toMatch(/^(curl|echo|\. |etna|python3|node|npx|cat|jq|sudo|systemctl|docker|git) ?/);
        else expect([...Object.keys(scripts), "ci", "install"]).toContain(script);
      }
    },
  );
});

/** What a page calls `Type.field(argument)`, `field(filter: { member })` or, after such a one, `.field`, and the schema has not. */
function unknownFields(page: string): string[] {
  const schema = buildSchema(read("schema.graphql"));
  const fieldsOf = (name: string) => {
    const type = schema.getType(name);
    return isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
  };
  let type = "";
  const spans = read(page)
    .replace(/^```[^]*?^```$/gm, "")
    .matchAll(/`([^`\n]+)`/g);
  return [...spans].flatMap(([, span = ""]) => {
    // `device(s)` is two fields.
    const [, owner, dot, name = "", text] =
      /^(?:([A-Z]\w+)\.|(\.))?([a-z]\w*)(?:\((?!s\))(.*)\)|\(s\))?(?: \{.*\})?$/.exec(span) ?? [];
    const isOfGraph = owner !== undefined || dot !== undefined || text !== undefined;
    if (name === "" || !isOfGraph) return [];
    type = owner ?? type;
    const owners = owner === undefined && dot === undefined ? ["Query", "Mutation", "Subscription"] : [type];
    const field = owners.map((one) => fieldsOf(one)[name]).find((one) => one !== undefined);
    if (field === undefined) return [span];
    const [, list = "", member = "", members = ""] = /^([^:{]*?)(?:(\w+): \{(.*)\})?$/.exec(text ?? "") ?? [];
    const words = [...(list.match(/\w+(?=[,\s]|$)/g) ?? []), ...(member === "" ? [] : [member])];
    const known = new Map(field.args.map((one) => [one.name, getNamedType(one.type)]));
    const input = known.get(member);
    const inner = isInputObjectType(input) ? Object.keys(input.getFields()) : [];
    const isKnown =
      words.every((word) => known.has(word)) && (members.match(/\w+/g) ?? []).every((word) => inner.includes(word));
    return isKnown ? [] : [span];
  });
}

test.each(["coverage", "lavacli", "linking", "live-updates", "caching", "page"])(
  "docs/%s.md names fields and arguments that there are",
  (page) => {
    expect(unknownFields(`docs/${page}.md`)).toEqual([]);
  },
);

/** Null for what stands for any value: the shape of an answer, with one element for a list. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== "object" || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
}

describe("commands of README, against the demo", { timeout: 2 * PROCESS_MS }, () => {
  const isCurl = ({ language, text }: Block) => language === "sh" && text.startsWith("curl ");
  const readme = BLOCKS.filter(({ page }) => page === "README.md");

  test("give what stands below them", async (scope) => {
    const etna = startEtna(scope, ["demo", "--port", "0"]);
    const origin = await etna.ready();
    const checked = readme.filter(isCurl).map(titleOf);
    expect(checked).toHaveLength(2);
    for (const [index, block] of readme.entries()) {
      if (!isCurl(block)) continue;
      const shown = readme[index + 1];
      const command = block.text.replaceAll("http://127.0.0.1:4000", origin).replace("curl ", "curl -sS ");
      if (shown?.language === "json") {
        const { stdout } = await promisify(execFile)("bash", ["-c", command]);
        expect(shapeOf(JSON.parse(stdout))).toEqual(shapeOf(JSON.parse(shown.text)));
        continue;
      }
      // A stream, which goes on: its first event is enough. `exec`, so that the signal is for curl.
      const child = spawn("bash", ["-c", `exec ${command}`]);
      let text = "";
      while (!/^data: .+\n/m.test(text)) text += String((await once(child.stdout, "data"))[0]);
      child.kill();
      const dataOf = (events: string) => JSON.parse(/^data: (.+)$/m.exec(events)?.[1] ?? "null") as unknown;
      expect(text).toMatch(/^event: next$/m);
      expect(shapeOf(dataOf(text))).toEqual(shapeOf(dataOf(shown?.text ?? "")));
    }
  });
});
