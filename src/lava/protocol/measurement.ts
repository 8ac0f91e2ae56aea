// A test case's measurement: a decimal in LAVA's database, text in every answer (lava.md, sections 3.3 and 4).

/** A measured number: `text` in the shortest decimal notation, `value` as the nearest double. */
export interface Measurement {
  readonly text: string;
  readonly value: number;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Far longer than any double written out; keeps the work small whatever comes. */
const TEXT_MAX_CHARACTERS = 400;
/** The precision `Number.prototype.toFixed` can show. */
const FIXED_MAX_DECIMALS = 100;

/**
 * Reads `4.2500000000` (REST), `4.25`, `0E-10` or `15.7699999999999995736743585439`; null for `None`, empty and other text.
 * Zero padding goes. Digits that only spell out the binary double behind `15.77` go too; digits that a double could
 * not hold stay in `text`.
 */
export function toMeasurement(text: string): Measurement | null {
  const match = text.length > TEXT_MAX_CHARACTERS ? null : DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", decimals = "", exponent] = match;
  const plain = plainDecimal(whole, decimals, Number(exponent ?? 0));
  const digits = sign === "-" && plain !== "0" ? `-${plain}` : plain;
  const value = Number(digits);
  if (!Number.isFinite(value)) return null;
  return { text: spellsOutDouble(digits, value) ? shortest(value) : digits, value };
}

function spellsOutDouble(digits: string, value: number): boolean {
  const point = digits.indexOf(".");
  const decimals = point === -1 ? 0 : digits.length - point - 1;
  return digits.length > 15 && decimals <= FIXED_MAX_DECIMALS && value.toFixed(decimals) === digits;
}

function shortest(value: number): string {
  const [mantissa = "", exponent] = String(Math.abs(value)).split("e");
  const [whole = "", decimals = ""] = mantissa.split(".");
  return `${value < 0 ? "-" : ""}${plainDecimal(whole, decimals, Number(exponent ?? 0))}`;
}

/** Moves the decimal point by `exponent` and drops the zeros that carry nothing. */
function plainDecimal(whole: string, decimals: string, exponent: number): string {
  if (exponent > 0)
    return plainDecimal(whole + decimals.padEnd(exponent, "0").slice(0, exponent), decimals.slice(exponent), 0);
  if (exponent < 0) {
    const padded = whole.padStart(1 - exponent, "0");
    return plainDecimal(padded.slice(0, exponent), padded.slice(exponent) + decimals, 0);
  }
  const integer = whole.replace(/^0+(?=\d)/, "");
  let end = decimals.length;
  while (decimals[end - 1] === "0") end -= 1;
  const fraction = decimals.slice(0, end);
  return fraction === "" ? integer : `${integer}.${fraction}`;
}
