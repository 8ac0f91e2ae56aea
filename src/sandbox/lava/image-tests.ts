// What the live lab runs on each new image of the farm: the same suites on the same boards each time, so that what one
// evaluation broke and a later one mended stands out when they are compared.
import { imageOf, KERNELS, type BoardJob } from "./catalog.js";
import type { SandboxBuild } from "./options.js";

const SPECIFICATION = "images";
const BOARDS: Readonly<Record<string, readonly string[]>> = {
  "qcow2-image": ["qemu", "juno"],
  "iso9660-image": ["qemu"],
  "docker-image": ["qemu"],
  "pinebook-pro-image": ["bcm2711-rpi-4-b", "juno"],
};
const SUITES = ["boot-time", "ltp-syscalls", "kselftest-timers"];

/** Evaluations until the story begins anew. */
const STORY = 6;
const REGRESSION = { case: "rtcpie", deviceType: "bcm2711-rpi-4-b", from: 2, until: 4 };
/** Fails since ever, on one kind of board. */
const KNOWN_FAILURE = { case: "fcntl01", deviceType: "juno" };
/** A board that does not come up, and is blamed on nobody's commit. */
const BROKEN = { deviceType: "juno", turn: 4 };
const EVALUATIONS_REMEMBERED = 20;

/** Turns in the story by evaluation, as its first image is tested. */
export class ImageTests {
  readonly #turns = new Map<number, number>();
  #next = 0;

  /** None for a build of another specification. */
  of(build: SandboxBuild, number: number): readonly BoardJob[] {
    if (build.jobset !== SPECIFICATION) return [];
    const turn = this.#turnOf(build.evaluation) % STORY;
    return (BOARDS[imageOf(build)] ?? []).map((deviceType) => ({
      deviceType,
      kernel: KERNELS[0],
      suites: SUITES,
      visibility: "public",
      priority: "high",
      number,
      build,
      played: {
        fails: failsOf(deviceType, turn),
        error: deviceType === BROKEN.deviceType && turn === BROKEN.turn ? "Infrastructure" : null,
      },
    }));
  }

  #turnOf(evaluation: number): number {
    const known = this.#turns.get(evaluation);
    if (known !== undefined) return known;
    const turn = this.#next++;
    this.#turns.set(evaluation, turn);
    const [oldest] = this.#turns.keys();
    if (this.#turns.size > EVALUATIONS_REMEMBERED && oldest !== undefined) this.#turns.delete(oldest);
    return turn;
  }
}

function failsOf(deviceType: string, turn: number): readonly string[] {
  const known = deviceType === KNOWN_FAILURE.deviceType ? [KNOWN_FAILURE.case] : [];
  const isBroken = deviceType === REGRESSION.deviceType && turn >= REGRESSION.from && turn < REGRESSION.until;
  return isBroken ? [...known, REGRESSION.case] : known;
}
