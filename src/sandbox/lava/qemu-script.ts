// What a guest says: boots, runs inline test definitions or shows results on its console. Log lines follow logs/real-job.yaml.
import { fieldsOf, type Fields, listOf, parseDefinition, textOf } from "./definition.js";
import type { CaseResult, Job } from "./model.js";
import { result, type Script, ScriptWriter } from "./scripts.js";
import type { LogEntry } from "./store.js";

/** A job on a guest: boots, runs the inline test definitions or watches the console. Takes 2 to 4 s, and what `sleep` steps add. */
export function qemuScript(job: Job): Script {
  const definition = parseDefinition(job.definition);
  const writer = new ScriptWriter();
  writer.line("info", "lava-dispatcher, installed at version: 2023.01");
  writer.line("info", "start: 0 validate");
  const missing = urlsOf(definition["actions"]).find((url) => url.includes("no-such"));
  if (missing !== undefined) {
    writer.say(result({ case: "validate", definition: "lava", result: "fail" }));
    writer.line("info", "Cleaning after the job");
    writer.line("error", "JobError: Your job cannot terminate cleanly.");
    const path = missing.replace(/^file:\/\//, "");
    const message = `Invalid job data: ["Image file '${path}' does not exist or is not readable"]\n`;
    return { batches: writer.batches, endMs: 400, error: { type: "Job", message } };
  }
  writer.line("info", "qemu-system-x86, installed at version: 1:7.2+dfsg-7+deb12u18+b3, host architecture: amd64");
  writer.say(result({ case: "validate", definition: "lava", result: "pass" }));
  const actions = listOf(definition["actions"]).map(fieldsOf);
  boot(writer, actions.flatMap((action) => listOf(fieldsOf(action["test"])["definitions"])).length);
  let runsForEver = false;
  let index = 0;
  for (const action of actions) {
    const test = fieldsOf(action["test"]);
    for (const definition of listOf(test["definitions"]).map(fieldsOf)) {
      const steps = listOf(fieldsOf(fieldsOf(definition["repository"])["run"])["steps"]).map(textOf);
      writer.wait(300);
      new TestShell(writer, `${index}_${textOf(definition["name"])}`).run(steps, `${job.id}_1.1.3.${4 * index + 1}`);
      index += 1;
    }
    for (const one of listOf(test["monitors"])) runsForEver = !monitor(writer, fieldsOf(one)) || runsForEver;
  }
  if (runsForEver) return { batches: writer.batches, endMs: null };
  writer.wait(400);
  writer.line("info", "Cleaning after the job");
  writer.line("info", "Job finished correctly");
  return { batches: writer.batches, endMs: writer.atMs + 300 };
}

function urlsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(urlsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === "url" ? [textOf(member)] : urlsOf(member)));
}

const KERNEL_LINES = [
  "Linux version 6.1.0-41-cloud-amd64 (debian-kernel@lists.debian.org)",
  "Command line: console=ttyS0 rdinit=/init",
  "BIOS-provided physical RAM map:",
  "smpboot: Allowing 1 CPUs, 0 hotplug CPUs",
  "Memory: 166112K/196088K available",
  "clocksource: Switched to clocksource tsc-early",
  "NET: Registered PF_INET protocol family",
  "\u001b[1;33mrandom: crng init done\u001b[0m",
  "Freeing unused kernel image (initmem) memory: 2764K",
  "Run /init as init process",
];

function boot(writer: ScriptWriter, definitions: number): void {
  const action = (name: string, level: string, duration: string): LogEntry =>
    result({
      case: name,
      definition: "lava",
      duration,
      level,
      namespace: "common",
      result: "pass",
      extra: { label: name },
    });
  writer.line("info", "start: 1 deployimages (timeout 00:03:00) [common]");
  for (let n = 0; n < definitions; n++) {
    for (const [offset, name] of ["test-overlay", "test-install-overlay", "test-runscript-overlay"].entries()) {
      writer.say(action(name, `1.1.3.${4 * n + offset + 2}`, "0.00"));
    }
  }
  writer.say(action("file-download", "1.4.1", "0.07"), action("file-download", "1.5.1", "0.12"));
  writer.line("info", "end: 1 deployimages (duration 00:00:00) [common]");
  writer.wait(400);
  writer.line("info", "start: 2 boot-image-retry (timeout 00:03:00) [common]");
  writer.say(action("execute-qemu", "2.1.1", "0.04"));
  for (let n = 0; n < 120; n++) {
    if (n % 40 === 20) writer.wait(300);
    const time = (n / 40).toFixed(6).padStart(12);
    writer.line("target", `[${time}] ${KERNEL_LINES[n % KERNEL_LINES.length] ?? ""}`);
  }
  writer.say(action("kernel-messages", "2.2.1", "1.48"), action("login-action", "2.2.1", "1.48"));
}

/** A test definition's steps: case, set, event, reference and sleep are obeyed, others only shown. */
class TestShell {
  readonly #writer: ScriptWriter;
  readonly #suite: string;
  #set: string | undefined;

  constructor(writer: ScriptWriter, suite: string) {
    this.#writer = writer;
    this.#suite = suite;
  }

  run(steps: readonly string[], uuid: string): void {
    const suite = this.#suite;
    this.#writer.line("info", `Starting test lava.${suite} (${uuid})`);
    for (const step of steps) {
      this.#writer.line("target", `+ ${step}`);
      this.#step(step.match(/"[^"]*"|'[^']*'|\S+/g)?.map((word) => word.replace(/^["']|["']$/g, "")) ?? []);
    }
    this.#signal("ENDRUN", `${suite} ${uuid}`);
    this.#writer.say(
      result({ case: suite, definition: "lava", duration: "0.28", namespace: "common", result: "pass" }),
    );
  }

  #step(words: readonly string[]): void {
    const [command = "", name = ""] = words;
    switch (command) {
      case "lava-test-set":
        this.#set = name === "start" ? words[2] : undefined;
        this.#signal("TESTSET", [name.toUpperCase(), ...words.slice(2)].join(" "));
        return;
      case "lava-test-event":
        this.#writer.line("event", name);
        return;
      case "sleep":
        this.#writer.wait(Number(name) * 1000);
        return;
      case "lava-test-reference": {
        const reference = optionOf(words, "--reference") ?? "";
        const outcome = outcomeOf(optionOf(words, "--result"));
        this.#signal("TESTREFERENCE", `${name} ${outcome} ${reference}`);
        this.#writer.say(result({ case: name, definition: this.#suite, reference, result: outcome }));
        return;
      }
      case "lava-test-case":
        this.#case(name, words);
        return;
      default:
        return;
    }
  }

  #case(name: string, words: readonly string[]): void {
    const shell = words.includes("--shell") ? words.slice(words.indexOf("--shell") + 1) : undefined;
    const outcome = shell === undefined ? outcomeOf(optionOf(words, "--result")) : shellOutcome(shell[0] ?? "");
    const measurement = shell === undefined ? optionOf(words, "--measurement") : undefined;
    const units = shell === undefined ? optionOf(words, "--units") : undefined;
    let lines: [start: number, end: number] | undefined;
    if (shell !== undefined) {
      const start = this.#signal("STARTTC", name);
      this.#writer.line("target", outcome === "pass" ? `${shell.join(" ")}: done` : `${shell[0] ?? ""}: not found`);
      lines = [start, this.#signal("ENDTC", name)];
    }
    const more = `${units === undefined ? "" : ` UNITS=${units}`}${measurement === undefined ? "" : ` MEASUREMENT=${measurement}`}`;
    const told = this.#signal("TESTCASE", `TEST_CASE_ID=${name} RESULT=${outcome}${more}`);
    const [starttc, endtc] = lines ?? [told, told];
    this.#writer.say(
      result({
        case: name,
        definition: this.#suite,
        endtc,
        ...(measurement === undefined ? {} : { measurement }),
        result: outcome,
        ...(this.#set === undefined ? {} : { set: this.#set }),
        starttc,
        ...(units === undefined ? {} : { units }),
      }),
    );
  }

  /** The guest's line and the dispatcher's answer to it; gives the number of the latter, where LAVA lets a case begin. */
  #signal(name: string, rest: string): number {
    this.#writer.line("target", `<LAVA_SIGNAL_${name} ${rest}>`);
    this.#writer.line("debug", `Received signal: <${name}> ${rest}`);
    return this.#writer.length - 1;
  }
}

function optionOf(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}

function outcomeOf(word: string | undefined): CaseResult {
  return word === "fail" || word === "skip" || word === "unknown" ? word : "pass";
}

// A shell command passes unless its name says that it can't.
function shellOutcome(command: string): CaseResult {
  return command === "false" || command.startsWith("no-such") ? "fail" : "pass";
}

/** What the guest prints for jobs that only watch the console; false when the monitor's end never comes. */
function monitor(writer: ScriptWriter, wanted: Fields): boolean {
  writer.wait(300);
  const suite = textOf(wanted["name"]).toLowerCase();
  if (wanted["end"] !== "ETNA-END") return false;
  writer.line("target", "ETNA-START");
  for (const [name, outcome] of [
    ["kernel-version", "pass"],
    ["modules-loaded", "skip"],
    ["selinux", "fail"],
  ] as const) {
    writer.line("target", `TEST ${name} ${outcome}`);
    writer.say(
      result({
        case: name.replaceAll("-", "_"),
        definition: suite,
        extra: { test_case_id: name },
        level: "3.1",
        result: outcome,
      }),
    );
  }
  writer.line("target", "ETNA-END");
  writer.say(
    result({
      case: "lava-test-monitor",
      definition: "lava",
      duration: "1.78",
      level: "3.1",
      namespace: "common",
      result: "pass",
    }),
  );
  return true;
}
