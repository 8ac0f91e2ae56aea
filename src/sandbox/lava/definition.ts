// Job definitions: the light check, the split of a multinode definition into its nodes. lava.md sections 2, 3.3 and 6.2 say what is refused how.
import { randomUUID } from "node:crypto";
import { load, YAMLException } from "js-yaml";
import { canSeeType, DEVICE_TYPES, TAGS, USERS } from "./lab.js";
import type { JobRequest, Visibility } from "./model.js";
import { pyYaml } from "./text.js";

export type Fields = Readonly<Record<string, unknown>>;

/** Why a definition was refused; REST and XML-RPC word and number each kind differently. */
export class DefinitionRefused extends Error {
  constructor(
    readonly kind: "data" | "device" | "tag",
    message: string,
    /** Where, as voluptuous prints a path: `['actions']`; only for missing keys. */
    readonly path: string = "",
  ) {
    super(message);
    this.name = "DefinitionRefused";
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : value === undefined || value === null ? [] : [value];
}

export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** YAML that is not even YAML: LAVA's validate answers it with a 500, submission with a 400. */
export class NotYaml extends DefinitionRefused {
  constructor(message: string) {
    super("data", message);
    this.name = "NotYaml";
  }
}

const KEYS = ["job_name", "timeouts", "visibility", "actions"];
const OPTIONAL_KEYS = [
  ...["device_type", "context", "metadata", "priority", "tags", "secrets", "environment", "protocols", "notify"],
  "reboot_to_fastboot",
];

/** The definition's content when LAVA would accept its form; `strict` knows no other keys. Throws DefinitionRefused. */
export function parseDefinition(text: string, strict = false): Fields {
  let data: unknown;
  try {
    data = load(text);
  } catch (error) {
    const place =
      error instanceof YAMLException ? (error.mark as { line: number; column: number } | undefined) : undefined;
    const [line, column] = [(place?.line ?? 0) + 1, (place?.column ?? 0) + 1];
    const reason = error instanceof YAMLException ? error.reason : "not YAML";
    throw new NotYaml(`${reason}\n  in "<unicode string>", line ${line}, column ${column}`);
  }
  if (!isFields(data)) throw new DefinitionRefused("data", "expected a dictionary");
  for (const key of KEYS) {
    if (!(key in data)) throw new DefinitionRefused("data", "required key not provided", `['${key}']`);
  }
  const unknown = Object.keys(data).find((key) => !KEYS.includes(key) && !OPTIONAL_KEYS.includes(key));
  if (strict && unknown !== undefined) {
    throw new DefinitionRefused("data", "extra keys not allowed", `['${unknown}']`);
  }
  if (!Array.isArray(data["actions"]) || data["actions"].length === 0) {
    throw new DefinitionRefused("data", "expected a list", "['actions']");
  }
  if (typeof data["job_name"] !== "string") throw new DefinitionRefused("data", "expected str", "['job_name']");
  visibilityOf(data);
  return data;
}

function visibilityOf(data: Fields): Visibility {
  const value = data["visibility"];
  if (value === "public" || value === "personal") return { kind: value };
  if (isFields(value) && Array.isArray(value["group"])) return { kind: "group", groups: value["group"].map(textOf) };
  throw new DefinitionRefused("data", "invalid visibility", "['visibility']");
}

const PRIORITIES: Readonly<Record<string, number>> = { low: 0, medium: 50, high: 100 };

function priorityOf(data: Fields): number {
  const value = data["priority"] ?? "medium";
  return typeof value === "number" ? value : (PRIORITIES[textOf(value)] ?? 50);
}

/** Jobs to make of a definition: one, or one for each node; sub ids are filled in when the first id is known. */
export function requestsOf(submitter: string, text: string): JobRequest[] {
  const data = parseDefinition(text);
  const nodes = isMultinode(data) ? splitNodes(data) : [data];
  const targetGroup = nodes.length > 1 ? randomUUID() : null;
  return nodes.map((node, index) => {
    if (targetGroup !== null) withMultinode(node, { sub_id: index, target_group: targetGroup });
    const definition = pyYaml(node);
    return {
      submitter,
      description: textOf(node["job_name"]),
      deviceType: checkedType(textOf(node["device_type"]), submitter),
      tags: listOf(node["tags"]).map((tag) => checkedTag(textOf(tag))),
      visibility: visibilityOf(node),
      priority: priorityOf(node),
      definition,
      originalDefinition: targetGroup === null ? text : definition,
      multinodeDefinition: targetGroup === null ? "" : text,
      subId: "",
      targetGroup,
      healthCheck: false,
    };
  });
}

/** The node's definition once all ids are known: LAVA then adds who plays which role. */
export function withRoles(definition: string, roles: Readonly<Record<string, string>>): string {
  const node = fieldsOf(load(definition));
  withMultinode(node, { roles });
  return pyYaml(node);
}

/** The role of a node's definition. */
export function roleOf(definition: string): string {
  return textOf(multinodeOf(fieldsOf(load(definition)))["role"]);
}

function multinodeOf(data: Fields): Fields {
  return fieldsOf(fieldsOf(data["protocols"])["lava-multinode"]);
}

function withMultinode(node: Fields, more: Fields): void {
  Object.assign(multinodeOf(node), more);
}

function isMultinode(data: Fields): boolean {
  return isFields(multinodeOf(data)["roles"]);
}

function splitNodes(data: Fields): Fields[] {
  const roles = Object.entries(fieldsOf(multinodeOf(data)["roles"]));
  const nodes = roles.flatMap(([role, value]) => {
    const wish = fieldsOf(value);
    const count = typeof wish["count"] === "number" ? wish["count"] : 1;
    return Array.from({ length: count }, () => nodeOf(data, role, wish));
  });
  for (const node of nodes) withMultinode(node, { group_size: nodes.length });
  return nodes;
}

function nodeOf(data: Fields, role: string, wish: Fields): Fields {
  const actions = listOf(data["actions"]).flatMap((action) => {
    const [[kind, body] = ["", undefined]] = Object.entries(fieldsOf(action));
    const own = fieldsOf(body);
    if (own["role"] !== undefined && !listOf(own["role"]).includes(role)) return [];
    return [{ [kind]: { ...own, role } }];
  });
  const extra: Record<string, unknown> = {};
  for (const key of ["context", "tags"]) if (wish[key] !== undefined) extra[key] = wish[key];
  const protocol: Record<string, unknown> = { role };
  if (wish["timeout"] !== undefined) protocol["timeout"] = wish["timeout"];
  return {
    ...data,
    ...extra,
    actions,
    device_type: wish["device_type"],
    protocols: { "lava-multinode": protocol },
  };
}

function checkedType(name: string, submitter: string): string {
  const type = DEVICE_TYPES.find((one) => one.name === name || one.aliases.includes(name));
  if (type === undefined) throw new DefinitionRefused("device", `Device type '${name}' is unavailable.`);
  const user = USERS.find((one) => one.name === submitter);
  if (!canSeeType(type, user)) {
    throw new DefinitionRefused("device", `No devices of type ${name} are currently available to user ${submitter}`);
  }
  return type.name;
}

function checkedTag(name: string): string {
  if (!TAGS.some((tag) => tag.name === name)) {
    throw new DefinitionRefused("tag", `Device tag '${name}' does not exist in the database.`);
  }
  return name;
}
