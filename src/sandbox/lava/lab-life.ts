// A lab where something happens every few seconds: jobs of its users, tests of each new image of the farm, a cancel now
// and then, a device that goes Bad and comes back.
import { boardDefinition, KERNELS, SUITES } from "./catalog.js";
import type { ImageTests } from "./image-tests.js";
import type { SandboxBuild } from "./options.js";
import type { JobPlayer } from "./player.js";
import { Random } from "../random.js";
import type { LavaStore } from "./store.js";

const PAUSE_MS = { least: 2_000, most: 6_000 };
/** Jobs that may wait for one device type, so that the queue stays short. */
const QUEUE_MAX = 3;
/** The same for tests of images, which all get theirs unless the boards are taken away. */
const IMAGE_QUEUE_MAX = 20;
const TYPES = ["qemu", "qemu", "bcm2711-rpi-4-b", "bcm2711-rpi-4-b", "juno", "fvp"];

const PLAYED = (random: Random): string => `job_name: smoke test ${random.pick(KERNELS)} docker
visibility: public
priority: medium
timeouts:
  job: {minutes: 5}
  action: {minutes: 3}
  connection: {minutes: 2}
metadata:
  play-seconds: '${random.int(5, 15)}'
  play-suites: '2'
  play-cases: '${random.int(5, 15)}'
  play-lines: '200'
  play-result: ${random.chance(0.15) ? "fail" : "pass"}
  play-error: Infrastructure
  play-event: half way
device_type: docker
tags: [played]
actions:
- deploy: {to: docker, os: debian, image: {name: 'debian:12'}}
- boot: {method: docker, command: bash, prompts: ['root@']}
`;

export class LabLife {
  readonly #store: LavaStore;
  readonly #player: JobPlayer;
  readonly #imageTests: ImageTests;
  readonly #random = new Random(42);
  #timer: NodeJS.Timeout | undefined;
  #number = 5000;

  constructor(store: LavaStore, player: JobPlayer, imageTests: ImageTests) {
    this.#store = store;
    this.#player = player;
    this.#imageTests = imageTests;
  }

  /** Begins with a few jobs at once, so that there is something to see. */
  start(): void {
    for (let n = 0; n < 4; n++) this.#submit();
    this.#next();
  }

  /** Queues the tests of an image, as a farm's hook has them queued when it is built. */
  test(build: SandboxBuild): void {
    for (const job of this.#imageTests.of(build, this.#number++)) {
      if (this.#waiting(job.deviceType) < IMAGE_QUEUE_MAX) this.#player.submit("alice", boardDefinition(job));
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #next(): void {
    this.#timer = setTimeout(
      () => {
        this.#happen();
        this.#next();
      },
      this.#random.int(PAUSE_MS.least, PAUSE_MS.most),
    );
  }

  #happen(): void {
    const dice = this.#random.next();
    if (dice < 0.05) this.#cancelOne();
    else if (dice < 0.13) this.#flipDevice();
    else this.#submit();
  }

  #submit(): void {
    const random = this.#random;
    if (random.chance(0.25)) {
      if (this.#waiting("docker") < QUEUE_MAX) this.#player.submit(random.pick(["alice", "bob"]), PLAYED(random));
      return;
    }
    const deviceType = random.pick(TYPES);
    if (this.#waiting(deviceType) >= QUEUE_MAX) return;
    const user = deviceType === "fvp" ? "bob" : random.pick(["alice", "alice", "bob"]);
    const dice = random.next();
    this.#player.submit(
      user,
      boardDefinition({
        deviceType,
        kernel: random.pick(KERNELS),
        suites: random.sample(Object.keys(SUITES), random.int(1, 4)),
        visibility: user === "bob" && dice < 0.1 ? "secret-team" : dice > 0.97 ? "personal" : "public",
        priority: random.pick(["low", "medium", "medium", "high"]),
        number: this.#number++,
      }),
    );
  }

  #waiting(deviceType: string): number {
    return this.#store.jobs().filter((job) => job.state === "Submitted" && job.deviceType === deviceType).length;
  }

  #cancelOne(): void {
    const running = this.#store.jobs().filter((job) => job.state === "Running");
    if (running.length > 0) this.#player.cancel(this.#random.pick(running));
  }

  #flipDevice(): void {
    const device = this.#store.device("rpi4-02");
    if (device !== undefined) this.#player.setDeviceHealth(device, device.health === "Good" ? "Bad" : "Good");
  }
}
