// What two test jobs of different commits have in common in their names.

/** A name without its first word, where that holds a commit or a version. */
export function stemOf(name: string): string {
  const [first = "", ...rest] = name.split(" ");
  return /\d/.test(first) && rest.length > 0 ? rest.join(" ") : name;
}
