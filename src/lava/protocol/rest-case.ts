// A test case as REST `jobs/ID/tests/` has it (lava.md, section 3.3): one by one, where the exports have all or nothing.

import yaml from "js-yaml";
import { z } from "zod";
import { toMeasurement } from "./measurement.js";
import type { Measurement } from "./measurement.js";
import { CaseMetadata, NO_METADATA, setOf, textOf, toOutcome } from "./test-case.js";
import type { CaseOutcome, CaseResult, Dict } from "./test-case.js";
import { toUtc } from "./time.js";
import { isMapping } from "../../codec/mapping.js";

const line = z.number().int().min(0).nullable();

/** An element of `jobs/ID/tests/`; fixtures `lava/rest/job_tests*.json`. */
export const wireCase = z.object({
  id: z.number().int(),
  suite: z.number().int(),
  name: z.string(),
  result: z.string(),
  unit: z
    .string()
    .nullable()
    .transform((unit) => unit ?? ""),
  /** Decimal text, padded with zeros. */
  measurement: z.string().nullable(),
  /** A YAML mapping. */
  metadata: z.string().nullable(),
  start_log_line: line,
  end_log_line: line,
  logged: z.string().refine((text) => toUtc(text) !== null, "not a time"),
});
export type WireCase = z.infer<typeof wireCase>;

/** An element of `jobs/ID/suites/`; fixture `lava/rest/suites.json`. */
export const wireSuite = z.object({ id: z.number().int(), name: z.string() });
export type WireSuite = z.infer<typeof wireSuite>;

/** The same case as the export's. `suite` is its suite's name, since REST has only the number. */
export function toCaseResult(wire: WireCase, suite: string): CaseResult {
  return new RestCase(wire, suite);
}

class RestCase extends CaseMetadata implements CaseResult {
  readonly id: string;
  readonly name: string;
  readonly result: CaseOutcome;
  readonly unit: string | null;
  readonly logged: string;
  readonly startLogLine: number | null;
  readonly endLogLine: number | null;
  readonly #measurement: Measurement | null;
  readonly #metadata: string;
  #dict: Dict | undefined;

  constructor(
    wire: WireCase,
    readonly suite: string,
  ) {
    super();
    this.id = String(wire.id);
    this.name = wire.name;
    this.result = toOutcome(wire.result);
    this.unit = wire.unit === "" ? null : wire.unit;
    this.logged = toUtc(wire.logged) ?? wire.logged;
    // The exports leave out line 0, as Python does with what is false: alike in both, so that no case has two faces.
    this.startLogLine = wire.start_log_line || null;
    this.endLogLine = wire.end_log_line || null;
    this.#measurement = toMeasurement(wire.measurement ?? "");
    this.#metadata = wire.metadata ?? "";
  }

  get set(): string | null {
    return setOf(this.parsed().set);
  }

  get level(): string | null {
    return textOf(this.parsed().level);
  }

  get measurement(): string | null {
    return this.#measurement?.text ?? null;
  }

  get measurementValue(): number | null {
    return this.#measurement?.value ?? null;
  }

  protected override parsed(): Dict {
    return (this.#dict ??= parseYaml(this.#metadata));
  }
}

/** Not for people's definitions: LAVA's own writer made this text. Aliases could only come from elsewhere. */
function parseYaml(text: string): Dict {
  try {
    const value = yaml.load(text, { schema: yaml.CORE_SCHEMA });
    return isMapping(value) ? value : NO_METADATA;
  } catch (error) {
    if (error instanceof yaml.YAMLException) return NO_METADATA;
    throw error;
  }
}
