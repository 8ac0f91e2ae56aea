// Things that are made once for all who want the same.

import { describe, expect, it } from "vitest";
import { Sharing } from "../../src/events/sharing.js";

class Thing {
  closed = 0;
  close(): void {
    this.closed += 1;
  }
}

describe("Sharing", () => {
  it("makes one thing for each key, and closes it when its last holder has left", () => {
    const sharing = new Sharing<Thing>();
    const [first, second, other] = ["a", "a", "b"].map((key) => sharing.hold(key, () => new Thing()));
    expect(second?.value).toBe(first?.value);
    expect(other?.value).not.toBe(first?.value);
    first?.release();
    first?.release();
    expect(first?.value.closed).toBe(0);
    second?.release();
    expect(first?.value.closed).toBe(1);
    expect(other?.value.closed).toBe(0);
    expect(sharing.hold("a", () => new Thing()).value).not.toBe(first?.value);
  });

  it("leaves a retired thing to those who hold it, and makes another for the next", () => {
    const sharing = new Sharing<Thing>();
    let retire: () => void = () => undefined;
    const old = sharing.hold("a", (leave) => {
      retire = leave;
      return new Thing();
    });
    retire();
    const [next, after] = [sharing.hold("a", () => new Thing()), sharing.hold("a", () => new Thing())];
    expect(next.value).not.toBe(old.value);
    expect(after.value).toBe(next.value);
    // Late, and of another one by now: it must not take the new one out.
    retire();
    old.release();
    expect(old.value.closed).toBe(1);
    expect(next.value.closed).toBe(0);
    expect(sharing.hold("a", () => new Thing()).value).toBe(next.value);
  });
});
