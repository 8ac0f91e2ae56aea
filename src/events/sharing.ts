// Things that are made once for all who want the same, and closed when the last of them has left.

export interface Held<T> {
  readonly value: T;
  /** Harmless when repeated. */
  readonly release: () => void;
}

/** As many things as keys are held; each holder has to release what it has taken. */
export class Sharing<T extends { close(): void }> {
  readonly #held = new Map<string, { readonly value: T; holders: number }>();

  /**
   * The thing of this key, made when nobody holds it.
   * @param create is given `retire`, which leaves the thing to its present holders: the next one has another made.
   */
  hold(key: string, create: (retire: () => void) => T): Held<T> {
    const entry = this.#held.get(key) ?? this.#make(key, create);
    entry.holders += 1;
    let released = false;
    return {
      value: entry.value,
      release: () => {
        if (released) return;
        released = true;
        entry.holders -= 1;
        if (entry.holders > 0) return;
        if (this.#held.get(key) === entry) this.#held.delete(key);
        entry.value.close();
      },
    };
  }

  #make(key: string, create: (retire: () => void) => T) {
    const retire = () => {
      if (this.#held.get(key) === entry) this.#held.delete(key);
    };
    const entry: { readonly value: T; holders: number } = { value: create(retire), holders: 0 };
    this.#held.set(key, entry);
    return entry;
  }
}
