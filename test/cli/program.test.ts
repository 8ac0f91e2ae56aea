// The command line as a whole: help for each command, JSON from each, and quiet ends.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { describe, expect, it, test } from "vitest";
import { WebSocketServer } from "ws";
import { pathOf } from "../../src/cli/tree/command.js";
import { completionScript, SHELLS } from "../../src/cli/paper/completion.js";
import { manPage } from "../../src/cli/paper/man.js";
import { referenceParts, withParts } from "../../src/cli/paper/reference.js";
import { entryOf, flatten } from "../../src/cli/paper/tree.js";
import { configJsonSchema } from "../../src/config/json-schema.js";
import { createProgram } from "../../src/cli/tree/program.js";
import { readTime, toDurationMs } from "../../src/cli/tree/values.js";
import { MAIN, PROCESS_MS, runEtna } from "./etna.js";

const all = (command: CommandUnknownOpts): readonly CommandUnknownOpts[] => [
  command,
  ...command.commands.flatMap((one) => all(one)),
];
const leaves = all(createProgram()).filter(({ commands }) => commands.length === 0);

describe("each command", () => {
  it.each(leaves.map((command) => [pathOf(command), command] as const))("%s has help, and --json", (path, command) => {
    const help = command.helpInformation();
    expect(help).toContain(`Usage: ${path}`);
    expect(command.summary()).not.toBe("");
    expect(command.description()).not.toBe("");
    expect(command.options.map(({ long }) => long)).toContain("--json");
    for (const { description, flags } of command.options) expect(description, flags).not.toBe("");
  });
});

describe("what is written from the tree", () => {
  const root = entryOf(createProgram());
  const read = (file: string) => readFileSync(join(import.meta.dirname, "../..", file), "utf8");

  it("is what is committed: the man page, the document's tables, the configuration's schema", () => {
    expect(manPage(root)).toBe(read("man/etna.1"));
    const document = read("docs/command-line.md");
    expect(withParts(document, referenceParts(root))).toBe(document);
    expect(configJsonSchema()).toEqual(JSON.parse(read("etna.schema.json")));
  });

  it("completes commands, options and words in bash", async ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), "etna-completion-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = join(folder, "etna.bash");
    writeFileSync(script, completionScript("bash", root));
    const complete = `. ${script}; at() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _etna; echo "\${COMPREPLY[@]}"; }`;
    const { stdout, stderr } = await shell(
      `${complete}; at etna jo; at etna job lo; at etna jobs --state ru; at etna job log --fo; at etna completion z`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: "jobs job\nlog\nrunning\n--follow\nzsh\n", stderr: "" });
  });

  it.each(SHELLS)("has each command, option and word of an argument in %s", (name) => {
    const script = completionScript(name, root);
    for (const { name: word, options, words } of flatten(root).slice(1)) {
      expect(script).toContain(word);
      for (const one of words) expect(script).toContain(name === "zsh" ? `${one}:` : one);
      for (const { long } of options) expect(script).toContain(name === "fish" ? long.slice(2) : long);
    }
  });
});

describe("values", () => {
  it.each([
    ["90", 90_000],
    ["0.7", 700],
    ["3m", 180_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["2d", 172_800_000],
    ["soon", null],
    ["3 m", null],
    ["m", null],
    ["-1", null],
    ["", null],
  ])("a time of %j is %j ms", (text, ms) => expect(toDurationMs(text)).toBe(ms));

  it("a moment is so long ago, or a date", () => {
    expect(readTime("2026-11-30T08:00:00+02:00")).toBe("2026-11-30T06:00:00.000Z");
    expect(readTime("2026-11-30")).toBe("2026-11-30T00:00:00.000Z");
    expect(Date.parse(readTime("1h"))).toBeLessThanOrEqual(Date.now() - 3_600_000);
    expect(() => readTime("yesterday")).toThrow(/2h or 3d, or a date/);
  });
});

/** Runs it in a shell, as `etna`. */
async function shell(script: string, env: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      "/bin/bash",
      ["--norc", "-c", `etna() { '${process.execPath}' '${MAIN}' "$@"; }; ${script}`],
      { env: { PATH: process.env.PATH, XDG_CONFIG_HOME: "/nonexistent", ...env }, timeout: PROCESS_MS },
      (_, stdout, stderr) => resolve({ stdout, stderr }),
    );
  });
}

describe.concurrent("etna", { timeout: PROCESS_MS }, () => {
  test("ends quietly when nobody reads any more", async () => {
    expect(await shell('etna schema | head -1; echo "${PIPESTATUS[0]}"')).toEqual({
      stdout: expect.stringMatching(/^.+\n0\n$/),
      stderr: "",
    });
    // Its reader is gone before it writes.
    expect(await shell('etna schema | true; echo "${PIPESTATUS[0]}"')).toEqual({ stdout: "0\n", stderr: "" });
  });

  test("no success is made of a wait whose reader left before its outcome was known", async ({ onTestFinished }) => {
    const server = createServer();
    new WebSocketServer({ server, handleProtocols: () => "graphql-transport-ws" }).on("connection", (socket) => {
      socket.on("message", (data: Buffer) => {
        const { type, id } = JSON.parse(data.toString()) as { type: string; id?: string };
        if (type === "connection_init") socket.send(JSON.stringify({ type: "connection_ack" }));
        const update = {
          state: "RUNNING",
          health: "UNKNOWN",
          testJob: { id: "x", jobId: "1", name: "n", failure: null },
        };
        if (type === "subscribe")
          socket.send(JSON.stringify({ type: "next", id, payload: { data: { testJobUpdates: update } } }));
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const script = 'etna wait 1 --json | true; echo "${PIPESTATUS[0]}"';
    expect(await shell(script, { ETNA_URL: url })).toEqual({ stdout: "141\n", stderr: "" });
  });

  test("help for a command is on stdout, with status 0", async (scope) => {
    for (const args of [
      ["wait", "--help"],
      ["help", "wait"],
      ["wait", "-h"],
    ]) {
      const { status, stdout, stderr } = await runEtna(scope, args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/^Usage: etna wait \[options\] <runs\.\.\.>$/m);
    }
  });
});
