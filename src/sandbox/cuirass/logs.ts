// Build and evaluation logs of the Cuirass sandbox: stored ones, and those of running builds, which are gzip streams
// without an end that only ever grow (cuirass.md, section 4.3; fixture log-growing-content-lengths.txt).

import { constants, crc32, deflateRawSync, gzipSync } from "node:zlib";
import { Random } from "../random.js";

/** How a log file is stored, which decides about its headers. */
export type LogKind = "gzip" | "bzip2" | "plain";

/** A log file as it lies on the server's disk. */
export interface BuildLog {
  readonly kind: LogKind;
  /** The bytes of the wire, as far as written. */
  bytes(): Buffer;
}

/** A log that is complete; its bytes are made when first asked for. */
export class StoredLog implements BuildLog {
  #bytes: Buffer | undefined;

  constructor(
    readonly kind: LogKind,
    private readonly content: () => Buffer,
  ) {}

  bytes(): Buffer {
    this.#bytes ??= this.kind === "gzip" ? gzipSync(this.content()) : this.content();
    return this.#bytes;
  }
}

/** The log of a build that runs: 0 bytes at first, then a gzip stream without an end until `end`. */
export class GrowingLog implements BuildLog {
  readonly kind = "gzip";
  readonly #parts: Buffer[] = [];
  #held: Buffer = Buffer.alloc(0);
  #checksum = 0;
  #size = 0;
  #ended = false;

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** Adds text; its last `withheldBytes` appear with the next call only, so a character may be cut. */
  append(text: string, withheldBytes = 0): void {
    if (this.#ended) return;
    const all = Buffer.concat([this.#held, Buffer.from(text)]);
    const shown = all.subarray(0, Math.max(0, all.length - withheldBytes));
    this.#held = all.subarray(shown.length);
    if (shown.length > 0) this.#write(shown, constants.Z_SYNC_FLUSH);
  }

  /** Writes the rest and ends the stream. */
  end(text: string): void {
    if (this.#ended) return;
    this.#write(Buffer.concat([this.#held, Buffer.from(text)]), constants.Z_FINISH);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#checksum, 0);
    trailer.writeUInt32LE(this.#size, 4);
    this.#parts.push(trailer);
    this.#ended = true;
  }

  #write(bytes: Buffer, finishFlush: number): void {
    // Each flushed part ends on a byte and refers to nothing before it, so the parts can be joined into one member.
    if (this.#parts.length === 0) this.#parts.push(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]));
    this.#parts.push(deflateRawSync(bytes, { finishFlush }));
    this.#checksum = crc32(bytes, this.#checksum);
    this.#size += bytes.length;
  }
}

const PHASES_BEFORE = ["set-SOURCE-DATE-EPOCH", "set-paths", "install-locale", "unpack", "bootstrap"];
const PHASES_MIDDLE = ["patch-usr-bin-file", "patch-source-shebangs", "configure", "patch-generated-file-shebangs"];
const PHASES_AFTER = ["check", "install", "patch-shebangs", "strip", "validate-runpath", "compress-documentation"];

function phases(names: readonly string[], random: Random): string {
  return names
    .map((name) => {
      const seconds = (random.between(1, 60) / 10).toFixed(1);
      return `starting phase \`${name}'\nphase \`${name}' succeeded after ${seconds} seconds\n`;
    })
    .join("");
}

/** How the log of every build begins. */
export function logBeginning(seed: number): string {
  return `${phases([...PHASES_BEFORE, ...PHASES_MIDDLE], new Random(seed))}starting phase \`build'\n`;
}

/** Lines of the build phase, numbered from `first`. */
export function logCompilation(seed: number, first: number, count: number): string {
  const random = new Random(seed * 7_919 + first);
  let text = "";
  for (let line = first; line < first + count; line++) {
    const [object, depend, source] = [random.word(12), random.word(12), random.word(12)];
    text += `gcc -DHAVE_CONFIG_H -I. -I.. -g -O2 -MT src/${object}.o -MD -MP -c -o src/${depend}.o src/${source}.c  # ‘${line}’\n`;
  }
  return text;
}

/** How the log of a build ends that succeeded or failed. */
export function logEnd(seed: number, derivation: string, succeeded: boolean): string {
  const random = new Random(seed);
  const seconds = (random.between(20, 900) / 10).toFixed(1);
  if (!succeeded) {
    return [
      "error: in phase 'build': uncaught exception:",
      '%exception #<&invoke-error program: "make" arguments: ("-j" "2") exit-status: 2 term-signal: #f stop-signal: #f>',
      `phase \`build' failed after ${seconds} seconds`,
      `builder for \`${derivation}' failed with exit code 1\n`,
    ].join("\n");
  }
  return `phase \`build' succeeded after ${seconds} seconds\n${phases(PHASES_AFTER, random)}`;
}

/** Invalid UTF-8, an ANSI colour and a CR LF: logs are bytes (fixture log-odd-bytes.gz). */
export const ODD_BYTES = Buffer.concat([
  Buffer.from("café ‘x’\n"),
  Buffer.from([0xe9, 0xff]),
  Buffer.from(" bad utf8\n\u001b[31mred\u001b[0m\r\n"),
]);

/** A bzip2 log: the first 24 and last 3 lines of fixture log-bz2.bz2. Node can read no bzip2, so it is kept as it is. */
export const BZIP2_LOG = Buffer.from(
  [
    "QlpoOTFBWSZTWRNDJskAAx7f4QAQW+P/9S/j3wD////wQAAAYBAAQAMc63GA23bKGk1RkPU0yaNBo00GjEABoDQA0A1NJoTTyTaTMoYBE8p6nq",
    "aGgGgAABpqUaA0NNGIAZAZAAAGgACKUTaEnomNTaQ0aGmhMJoMmmjNTEGQ/vlCVRG7Czjig+K1bta+EzeXjXIvivEuZe5ehaFpXye6AvwzCHch",
    "h8/tn2imxCOLLwmnTHHyXGgElCQShJI3rgBxm0icWotywAjz8iGOHi6rmt3UtRFEomr0fvq+JeWCBE4jQTLTzEy6K/MnWkkemDUJaBERQkSCK8",
    "wsEIbCDOSRL7Jzb594HlW/EVvDc8rrZgRfBGH1QcaqTYZFJona4zOhf6lTDjeVOU6Ud1+77/F5j5vcxk4RnGhcEVcEgwjp2ryDYhMEAjoUm0mZ",
    "0uP6bb1KudfPjM2yR6CAMleeyvPLYyWu1KXIXoobD2qXI2h08aFKvJuNQ4Rur3jlX9HKey/pehD0O8mPZf4vYtKyNhZC/tYRL6wvkUL6li957E",
    "idfUqIWhfZe1Q5c+7Mdl5Dq4enOU85ylfgRp1EHXZQh8ucQpGfr7MGTt7zplnPuXQa+tdpaFtRLsHmei6wM8ioDXtBbjNu1DGYbpxPmX6svbmp",
    "7t/FL6ZbALLxt8CE30EPGuTETYifgKEJDKCKwJAZIuQojepD1zH179Wee8cO5brg2Dbz048uwhtaKlrQ0rRpw82vAcWDRfNjDJ5NzOGHV46hBa",
    "Bqh5xXqulLKQ0MUJGFA4KBAQj4bTgZgTjrsKVH3XUZ5RJJROuwcboqMRAiBGWEnlIvW7FtFuxaglkdbgdMBPBQhhLLbC/QdFd0/StpEQQEBlM2",
    "XjlOppOHDJU8NhkKYlYn5i7t2GjTFvBfAcDE2CAkkkkkkklpuJPZfM3Ndjr1QGAnIqA/p0UhBgYWiMg/M3WnRK2dFj5gNmSUyGLVEUY9mYQ3UN",
    "8N8MUFBeRMJvoXp81ZMBs4gi4GwLkKL05jQtkFlxRNOBvNpkJExDEMtlO16a2dmnCOQoEO1OCFxF7boUYakO30HIJjxvkEVTCxFUuSn/C/4XEu",
    "Plqqtv7P/F3JFOFCQE0MmyQ=",
  ].join(""),
  "base64",
);
