// The results of a test job as CSV: REST `jobs/ID/csv/` and XML-RPC `results.get_testjob_results_csv` (lava.md, section 4).

import Papa from "papaparse";
import { found } from "../../codec/found.js";
import { toMeasurement } from "./measurement.js";
import type { Measurement } from "./measurement.js";
import { parsePythonLiteral, PythonLiteralError } from "./python-literal.js";
import { CaseMetadata, NO_METADATA, setOf, toOutcome } from "./test-case.js";
import type { CaseOutcome, CaseResult, Dict } from "./test-case.js";
import { toUtc } from "./time.js";
import { isMapping } from "../../codec/mapping.js";

/** The text is no results CSV; the message is one line with the row (the header is row 1) and what was found there. */
export class ResultsSyntaxError extends Error {
  override readonly name = "ResultsSyntaxError";
}

const COLUMNS = [
  "id",
  "suite",
  "name",
  "result",
  "measurement",
  "unit",
  "logged",
  "level",
  "metadata",
  "log_start_line",
  "log_end_line",
] as const;
type Column = (typeof COLUMNS)[number];
type Columns = Readonly<Record<Column, number>>;

/** All cases in the order of the text; columns are found by name, unknown ones are skipped. Throws `ResultsSyntaxError`. */
export function decodeResultsCsv(text: string): readonly CaseResult[] {
  const headerEnd = text.indexOf("\n");
  const newline = text[headerEnd - 1] === "\r" ? "\r\n" : "\n";
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ",", newline, skipEmptyLines: true });
  const error = errors[0];
  if (error !== undefined) throw new ResultsSyntaxError(`row ${(error.row ?? 0) + 1}: ${error.message}`);
  const [header, ...rows] = data;
  if (header === undefined) throw new ResultsSyntaxError("row 1: no column names, the text is empty");
  const columns = readHeader(header);
  return rows.map((row, index) => {
    if (row.length !== header.length) {
      throw new ResultsSyntaxError(`row ${index + 2}: ${row.length} fields instead of ${header.length}`);
    }
    return new CsvCase(readCells(row, columns, index + 2));
  });
}

function readHeader(header: readonly string[]): Columns {
  const columns = Object.fromEntries(header.map((name, index) => [name, index]));
  const missing = COLUMNS.find((name) => columns[name] === undefined);
  if (missing !== undefined) {
    throw new ResultsSyntaxError(`row 1: no column ${missing}, it begins with ${found(header[0])}`);
  }
  return columns as Columns;
}

/** What a row says, checked: in this order in a compact copy. */
interface Cells {
  readonly id: string;
  readonly suite: string;
  readonly name: string;
  readonly result: CaseOutcome;
  readonly unit: string | null;
  /** RFC 3339, UTC. */
  readonly logged: string;
  readonly level: string | null;
  readonly startLogLine: number | null;
  readonly endLogLine: number | null;
  /** As LAVA has them. */
  readonly measurement: string;
  readonly metadata: string;
}

function readCells(row: readonly string[], columns: Columns, number: number): Cells {
  const cell = (column: Column): string => row[columns[column]] ?? "";
  const fault = (column: Column): ResultsSyntaxError =>
    new ResultsSyntaxError(`row ${number}: ${column} is ${found(cell(column))}`);
  const logLine = (column: Column): number | null => {
    const text = cell(column);
    if (text === "" || text === "None") return null;
    if (!/^\d{1,15}$/.test(text)) throw fault(column);
    return Number(text);
  };
  const id = cell("id");
  if (!/^\d+$/.test(id)) throw fault("id");
  const logged = toUtc(cell("logged"));
  if (logged === null) throw fault("logged");
  return {
    id,
    suite: cell("suite"),
    name: cell("name"),
    result: toOutcome(cell("result")),
    unit: orNull(cell("unit")),
    logged,
    level: orNull(cell("level")),
    startLogLine: logLine("log_start_line"),
    endLogLine: logLine("log_end_line"),
    measurement: cell("measurement"),
    metadata: cell("metadata"),
  };
}

/** A copy of results that came from `decodeResultsCsv`, as small as their text, for memory and disk. */
export function packResults(cases: readonly CaseResult[]): Buffer {
  return Buffer.from(JSON.stringify(cases.map((one) => Object.values<unknown>({ ...(one as CsvCase).cells }))));
}

/** The results in a copy. */
export function unpackResults(packed: Buffer): readonly CaseResult[] {
  const rows = JSON.parse(packed.toString()) as PackedCells[];
  return rows.map(
    ([id, suite, name, result, unit, logged, level, startLogLine, endLogLine, measurement, metadata]) =>
      new CsvCase({
        id,
        suite,
        name,
        result,
        unit,
        logged,
        level,
        startLogLine,
        endLogLine,
        measurement,
        metadata,
      }),
  );
}

type PackedCells = [
  id: string,
  suite: string,
  name: string,
  result: CaseOutcome,
  unit: string | null,
  logged: string,
  level: string | null,
  startLogLine: number | null,
  endLogLine: number | null,
  measurement: string,
  metadata: string,
];

class CsvCase extends CaseMetadata implements CaseResult {
  #dict: Dict | undefined;

  constructor(readonly cells: Cells) {
    super();
  }

  get id(): string {
    return this.cells.id;
  }

  get suite(): string {
    return this.cells.suite;
  }

  get name(): string {
    return this.cells.name;
  }

  get result(): CaseOutcome {
    return this.cells.result;
  }

  get unit(): string | null {
    return this.cells.unit;
  }

  get logged(): string {
    return this.cells.logged;
  }

  get level(): string | null {
    return this.cells.level;
  }

  get startLogLine(): number | null {
    return this.cells.startLogLine;
  }

  get endLogLine(): number | null {
    return this.cells.endLogLine;
  }

  get set(): string | null {
    const text = this.cells.metadata;
    if (this.#dict === undefined) {
      if (!text.includes("'set': ")) return null;
      // Without nested dicts, double quotes and escapes the pattern cannot match inside a value.
      const plain = text.lastIndexOf("{") === 0 && !/["\\]/.test(text);
      if (plain) return setOf(/'set': '([^']*)'/.exec(text)?.[1]);
    }
    return setOf(this.parsed().set);
  }

  get measurement(): string | null {
    return this.#measured()?.text ?? null;
  }

  get measurementValue(): number | null {
    return this.#measured()?.value ?? null;
  }

  #measured(): Measurement | null {
    return this.cells.measurement === "None" ? null : toMeasurement(this.cells.measurement);
  }

  protected override parsed(): Dict {
    return (this.#dict ??= parseMetadata(this.cells.metadata));
  }
}

function parseMetadata(text: string): Dict {
  if (text === "") return NO_METADATA;
  try {
    const value = parsePythonLiteral(text);
    return isMapping(value) ? value : NO_METADATA;
  } catch (error) {
    if (error instanceof PythonLiteralError) return NO_METADATA;
    throw error;
  }
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}
