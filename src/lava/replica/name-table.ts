// Which jobs' definitions hold which names: addresses of builds, evaluations and products, store paths, numbers under a key
// of `metadata`, commits (docs/linking.md). Names are held as numbers, of which two names may have the same: whoever asks
// looks at the definitions that are found. Its test: test/lava/replica/definition-index.test.ts.

const NAMES =
  /\/(build|download|eval)\/(\d{1,10})|\b(build-id|evaluation): '?(\d{1,10})|\/gnu\/store\/([0-9a-df-np-sv-z]{32})|(?<![0-9a-f])([0-9a-f]{40})(?![0-9a-f])/g;
/** The part of a store path that is searched for. */
const STORE_HASH = /^[0-9a-df-np-sv-z]{32}$/;
/** A definition with more names is looked at for each of them. */
const NAMES_MAX = 200;
/** What a name of a job takes, with its places in both tables; and a job. */
const NAME_BYTES = 70;
const JOB_BYTES = 100;

/** The names in a text, each once. */
export function namesIn(text: string): readonly number[] {
  if (STORE_HASH.test(text)) return [hash(text)];
  const found = new Set<number>();
  for (const [, page = "", nr = "", key = "", of = "", store = "", commit = ""] of text.matchAll(NAMES))
    found.add(hash(page + nr + key + of + store + commit));
  return [...found];
}

export class NameTable {
  readonly #jobs = new Map<number, number[]>();
  readonly #names = new Map<number, readonly number[]>();
  readonly #wide = new Set<number>();
  #count = 0;

  /** An estimate. */
  get bytes(): number {
    return this.#names.size * JOB_BYTES + this.#count * NAME_BYTES;
  }

  /** Whether jobs can be found by a text. */
  isName(text: string): boolean {
    return namesIn(text).length === 1;
  }

  has(job: number): boolean {
    return this.#names.has(job);
  }

  add(job: number, definition: string): void {
    const names = namesIn(definition);
    const isWide = names.length > NAMES_MAX;
    this.#names.set(job, isWide ? [] : names);
    if (isWide) this.#wide.add(job);
    else for (const name of names) this.#addTo(name, job);
  }

  delete(job: number): void {
    for (const name of this.#names.get(job) ?? []) {
      const jobs = (this.#jobs.get(name) ?? []).filter((id) => id !== job);
      this.#count -= 1;
      if (jobs.length === 0) this.#jobs.delete(name);
      else this.#jobs.set(name, jobs);
    }
    this.#names.delete(job);
    this.#wide.delete(job);
  }

  clear(): void {
    this.#jobs.clear();
    this.#names.clear();
    this.#wide.clear();
    this.#count = 0;
  }

  /** Jobs that may hold one of these texts. */
  jobsOf(texts: readonly string[]): number[] {
    const found = new Set(this.#wide);
    for (const text of texts) {
      for (const name of namesIn(text)) for (const job of this.#jobs.get(name) ?? []) found.add(job);
    }
    return [...found];
  }

  #addTo(name: number, job: number): void {
    this.#count += 1;
    const jobs = this.#jobs.get(name);
    if (jobs === undefined) this.#jobs.set(name, [job]);
    else jobs.push(job);
  }
}

/** FNV-1a in 30 bits: a small whole number, which takes no memory of its own. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 2) | 0;
}
