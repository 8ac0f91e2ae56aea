import { parse } from "graphql";
import { expect, test } from "vitest";
import { ValidDocuments } from "../../../src/server/pipeline/valid-documents.js";

/** Some 700 kB each as it is counted: 16 MiB hold 23 of them. */
const text = (name: string) => `query ${name} { ${"a ".repeat(1_390)}}`;
const keep = (documents: ValidDocuments, name: string) => documents.set(text(name), parse(text(name)));

test("is found by its text and by its hash", () => {
  const documents = new ValidDocuments();
  const valid = keep(documents, "A");
  expect(documents.get(text("A"))).toBe(valid);
  expect(documents.getByHash(valid.hash)).toBe(valid);
  expect(documents.get(text("B"))).toBeUndefined();
});

test("the one that was used least lately goes first, by both names", () => {
  const documents = new ValidDocuments();
  const [used, unused] = [keep(documents, "Used"), keep(documents, "Unused")];
  for (let at = 0; at < 40; at += 1) {
    keep(documents, `Q${at}`);
    expect(documents.get(used.text)).toBe(used);
  }
  expect(documents.getByHash(used.hash)).toBe(used);
  expect(documents.get(unused.text)).toBeUndefined();
  expect(documents.getByHash(unused.hash)).toBeUndefined();
});

test("one that would push out a quarter of all is not kept", () => {
  const documents = new ValidDocuments();
  const large = `{ ${"a ".repeat(10_000)}}`;
  const { hash } = documents.set(large, parse(large));
  expect(documents.get(large)).toBeUndefined();
  expect(documents.getByHash(hash)).toBeUndefined();
});
