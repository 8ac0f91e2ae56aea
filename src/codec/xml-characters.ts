// Carries characters that XML 1.0 forbids through an XML parser. LAVA does not escape them (lava.md, section 6.1), and
// one job name with an ESC would otherwise make every page with it unreadable.

// Each control character stands in as the noncharacter U+FDD0 plus its code. The places of TAB, LF and CR are free,
// since those are legal: U+FFFE and U+FFFF use two, the third marks a noncharacter that was in the text from the start.
const ILLEGAL = /[\0-\x08\x0b\x0c\x0e-\x1f\ufdd0-\ufdef\ufffe\uffff]/g;
const STAND_IN = /\ufdd9([\ufdd0-\ufdef])|[\ufdd0-\ufdef]/g;

/** The XML text (any part of it) with legal stand-ins for forbidden characters. */
export function withStandIns(xml: string): string {
  return xml.search(ILLEGAL) === -1 ? xml : xml.replace(ILLEGAL, standIn);
}

/** Undoes `withStandIns` in the text of one element. */
export function withoutStandIns(text: string): string {
  return text.search(STAND_IN) === -1 ? text : text.replace(STAND_IN, original);
}

/** The first character that an XML document we send cannot hold, with its index; null when there is none. */
export function findIllegal(text: string): { readonly code: number; readonly index: number } | null {
  const match = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u.exec(text);
  return match === null ? null : { code: match[0].charCodeAt(0), index: match.index };
}

function standIn(char: string): string {
  if (char === "\ufffe") return "\ufdda";
  if (char === "\uffff") return "\ufddd";
  const code = char.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0xfdd0 + code) : `\ufdd9${char}`;
}

function original(char: string, literal?: string): string {
  if (literal !== undefined) return literal;
  if (char === "\ufdda") return "\ufffe";
  if (char === "\ufddd") return "\uffff";
  return String.fromCharCode(char.charCodeAt(0) - 0xfdd0);
}
