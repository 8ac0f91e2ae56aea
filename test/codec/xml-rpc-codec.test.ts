// XML-RPC against what LAVA 2023.01 sent, and against what it must never be able to do to us.

import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InputRefused } from "../../src/errors.js";
import { XmlRpcSyntaxError, decodeResponse, encodeCall } from "../../src/codec/xml-rpc-codec.js";
import type { RpcParam, RpcValue } from "../../src/codec/xml-rpc-codec.js";

const FIXTURES = new URL("../fixtures/lava/xmlrpc/", import.meta.url);
const fixture = (name: string): Buffer => readFileSync(new URL(name, FIXTURES));

const answer = (xml: string): string => `<methodResponse><params><param>${xml}</param></params></methodResponse>`;
const value = (xml: string): RpcValue => {
  const decoded = decodeResponse(answer(`<value>${xml}</value>`));
  if (decoded.kind === "fault") throw new Error("a fault");
  return decoded.value;
};

describe("decodeResponse", () => {
  it("decodes every recorded answer", () => {
    const names = readdirSync(FIXTURES).filter((name) => name.endsWith(".res.xml"));
    expect(names.length).toBeGreaterThan(60);
    for (const name of names) {
      expect(decodeResponse(fixture(name)).kind, name).toBe(name.startsWith("fault-") ? "fault" : "value");
    }
  });

  it("reads a test job with its types: UTC dates, nil, booleans and an empty list", () => {
    expect(decodeResponse(fixture("jobs.show.res.xml"))).toEqual({
      kind: "value",
      value: {
        id: 2,
        description: "qemu shell tests",
        device: "qemu-02",
        device_type: "qemu",
        health_check: false,
        pipeline: true,
        health: "Complete",
        state: "Finished",
        submitter: "alice",
        submit_time: "2026-11-22T03:24:17Z",
        start_time: "2026-11-22T03:24:17Z",
        end_time: "2026-11-22T03:24:32Z",
        tags: [],
        visibility: "Public",
        failure_comment: null,
      },
    });
  });

  it("keeps base64 as bytes", () => {
    const decoded = decodeResponse(fixture("jobs.logs-queued.res.xml"));
    expect(decoded).toEqual({ kind: "value", value: [false, Buffer.from("[]")] });
  });

  it("reads a fault's code and text", () => {
    expect(decodeResponse(fixture("fault-403.res.xml"))).toEqual({
      kind: "fault",
      code: 403,
      text: "Job '2006' not available to user 'alice'.",
    });
  });

  it("reads a multicall's boxed values and faults in order", () => {
    const decoded = decodeResponse(fixture("system.multicall.res.xml"));
    expect(decoded).toMatchObject({
      value: [[{ id: 2 }], { faultCode: 403 }, { faultCode: -32601, faultString: "No such method: 'no.such'" }],
    });
  });

  it.each<[string, RpcValue]>([
    ["untagged text", "untagged text"],
    ["", ""],
    ["<string> a\n </string>", " a\n "],
    ["<string/>", ""],
    ["<string>&lt;&amp;&#233;<![CDATA[<raw>]]></string>", "<&é<raw>"],
    ["<int>-2147483648</int>", -2147483648],
    ["<i4>+7</i4>", 7],
    ["<i8>9007199254740991</i8>", 9007199254740991],
    ["<double>1.5e3</double>", 1500],
    ["<double>nan</double>", null],
    ["<double>-inf</double>", null],
    ["<boolean>1</boolean>", true],
    ["<nil/>", null],
    ["<dateTime.iso8601>20240229T00:00:00</dateTime.iso8601>", "2024-02-29T00:00:00Z"],
    ["<base64>\nAP8=\n</base64>", Buffer.from([0, 255])],
    ["<array><data><value>a</value><value><array><data/></array></value></data></array>", ["a", []]],
  ])("decodes %s", (xml, expected) => {
    expect(value(xml)).toEqual(expected);
  });

  it("keeps control characters that LAVA left unescaped, noncharacters included", () => {
    const text = "\u001b[31mred\u001b[0m \u0000\u0007\u001f\t\n \ufdd0\ufdd9\ufdef\ufffe\uffff 😀";
    expect(value(`<string>${text}</string>`)).toBe(text);
    expect(decodeResponse(Buffer.from(answer(`<value>${text}</value>`)))).toEqual({ kind: "value", value: text });
  });

  it("decodes characters that lie across the borders of its chunks", () => {
    const text = "é😀\u001b".repeat(40_000);
    expect(decodeResponse(Buffer.from(answer(`<value><string>${text}</string></value>`)))).toEqual({
      kind: "value",
      value: text,
    });
  });

  it("gives structs no prototype, so that a member __proto__ is only a member", () => {
    const member = (name: string, xml: string): string => `<member><name>${name}</name><value>${xml}</value></member>`;
    const struct = value(`<struct>${member("__proto__", `<struct>${member("admin", "yes")}</struct>`)}</struct>`);
    expect(Object.getPrototypeOf(struct)).toBeNull();
    expect(Object.keys(struct as object)).toEqual(["__proto__"]);
    expect((struct as Record<string, unknown>).admin).toBeUndefined();
  });

  it("stops at 64 values inside each other", () => {
    const nested = (depth: number): string =>
      `${"<array><data><value>".repeat(depth)}x${"</value></data></array>".repeat(depth)}`;
    expect(() => value(nested(64))).not.toThrow();
    expect(value(`<array><data>${"<value><struct/></value>".repeat(100)}</data></array>`)).toHaveLength(100);
    expect(() => value(nested(65))).toThrow(/^1:\d+: values nested more than 64 deep$/);
  });

  it.each([
    ["<int>12abc</int>", '<int> holds "12abc"'],
    ["<int>2147483648</int>", '<int> holds "2147483648"'],
    ["<i8>9007199254740993</i8>", '<i8> holds "9007199254740993"'],
    ["<boolean>yes</boolean>", '<boolean> holds "yes"'],
    ["<double>1,5</double>", '<double> holds "1,5"'],
    ["<base64>AP8</base64>", '<base64> holds "AP8"'],
    ["<dateTime.iso8601>20260231T00:00:00</dateTime.iso8601>", '<dateTime.iso8601> holds "20260231T00:00:00"'],
    ["<float>1</float>", "<float> in <value>"],
    ["<int>1</int><int>2</int>", "a second child, <int>, in <value>"],
    ["text<int>1</int>", 'text "text" before <int>'],
    ["<int>1</int>text", 'text "text" in <value>'],
    ["<struct><member><value>1</value><name>a</name></member></struct>", "<value> out of turn in <member>"],
    ["<struct><member><name>a</name></member></struct>", "a <member> without <name> and <value>"],
    [
      "<struct><member><name>a</name><value>1</value><value>2</value></member></struct>",
      "a second <value> in <member>",
    ],
    [
      "<struct><member><name>a</name><value/></member><member><name>a</name><value/></member></struct>",
      'a second member "a"',
    ],
    ["<string>&nbsp;</string>", "undefined entity"],
    ["<string>&#27;</string>", "malformed character entity"],
  ])("refuses %s", (xml, message) => {
    expect(() => value(xml)).toThrow(XmlRpcSyntaxError);
    expect(() => value(xml)).toThrow(message);
  });

  it("refuses damaged answers in one line that names the place", () => {
    const whole = fixture("jobs.show.res.xml").toString();
    const refused = (xml: string | Buffer): string => {
      try {
        decodeResponse(xml);
      } catch (error) {
        if (error instanceof XmlRpcSyntaxError && !error.message.includes("\n")) return error.message;
      }
      return "decoded or failed otherwise";
    };
    expect(refused(whole.slice(0, 400))).toMatch(/^\d+:\d+: unclosed tag: /);
    expect(refused("")).toMatch(/document must contain a root element/);
    expect(refused("<html><body>Login</body></html>")).toBe("1:6: <html> in place of <methodResponse>");
    expect(refused('<!DOCTYPE x [<!ENTITY a "b">]><methodResponse/>')).toMatch(/: a document type declaration$/);
    expect(refused("<methodResponse/>")).toMatch(/: no value in /);
    expect(refused("<methodResponse><params/></methodResponse>")).toMatch(/: no value in <methodResponse>$/);
    expect(refused("<methodResponse><fault><value>x</value></fault></methodResponse>")).toBe(
      "a fault without faultCode (int) and faultString (string)",
    );
    expect(refused(`<?xml version='1.0' encoding='latin1'?>${answer("<value/>")}`)).toMatch(/: encoding "latin1"$/);
    expect(refused(Buffer.from([0x3c, 0xff, 0xfe]))).toBe("the answer is not UTF-8");
    expect(refused(Buffer.from(`${answer("<value>é</value>")}é`).subarray(0, -1))).toBe("the answer is not UTF-8");
  });
});

describe("encodeCall", () => {
  const squeezed = (xml: string): string =>
    xml
      .replace(/<\?xml[^>]*\?>/, "")
      .replace(/>\n</g, "><")
      .trim();

  it.each(["jobs.show", "jobs.submit", "system.multicall", "system.version"])(
    "writes %s like Python's client",
    (name) => {
      const calls: Record<string, [string, RpcParam[]]> = {
        "jobs.show": ["scheduler.jobs.show", [2]],
        "jobs.submit": [
          "scheduler.jobs.submit",
          [/<string>([^]*)<\/string>/.exec(fixture("jobs.submit.req.xml").toString())?.[1] ?? ""],
        ],
        "system.multicall": [
          "system.multicall",
          [
            [
              { methodName: "scheduler.jobs.show", params: [2] },
              { methodName: "scheduler.jobs.show", params: [2006] },
              { methodName: "no.such", params: [] },
            ],
          ],
        ],
        "system.version": ["system.version", []],
      };
      const [method, params] = calls[name] ?? ["", []];
      const written = encodeCall(method, params)
        .replaceAll("<params/>", "<params></params>")
        .replaceAll("<data/>", "<data></data>");
      expect(squeezed(written)).toBe(squeezed(fixture(`${name}.req.xml`).toString()));
    },
  );

  it("gives back every kind of value through the decoder", () => {
    const params: RpcParam = [
      null,
      true,
      -1,
      1.5,
      "",
      " <a> & 'b' \"c\" ]]> ]]> \r\n\té😀\u0085 ",
      Buffer.from([0, 1, 255]),
      { "a<b": [], "": { c: null }, ["__proto__"]: 1 },
    ];
    const xml = encodeCall("m", [params])
      .replace("<methodCall><methodName>m</methodName>", "<methodResponse>")
      .replace("</methodCall>", "</methodResponse>");
    const decoded = decodeResponse(xml);
    const values = (decoded as { value: RpcValue[] }).value;
    expect(values.slice(0, -1)).toEqual(params.slice(0, -1));
    const struct = values.at(-1) as object;
    expect(Object.entries(struct)).toEqual([
      ["a<b", []],
      ["", { c: null }],
      ["__proto__", 1],
    ]);
  });

  it("lets no text end its own parameter", () => {
    const definition = "a & ]]> b ]]></string></value></param><param><value><boolean>1</boolean></value></param>";
    expect(encodeCall("m", [definition]).match(/<param>/g)).toHaveLength(1);
  });

  it.each<[string, unknown, string]>([
    ["undefined", undefined, "params[0]: XML-RPC has no undefined"],
    ["a bigint", 1n, "params[0]: XML-RPC has no bigint"],
    ["an int of 33 bits", 2 ** 31, "params[0]: 2147483648 is outside"],
    ["a huge integer", 1e21, "params[0]: 1e+21 is outside"],
    ["nan", NaN, "params[0]: NaN is outside"],
    ["a date", new Date(0), "params[0]: an instance of Date cannot be sent"],
    ["bytes that are no Buffer", new Uint8Array(1), "params[0]: an instance of Uint8Array cannot be sent"],
    ["a control character", "a\u001bb", "params[0]: character U+001B at 1 cannot be sent in XML"],
    ["half a surrogate pair", "\ud83d", "params[0]: character U+D83D at 0 cannot be sent in XML"],
    ["a hole in a list", { a: [0, undefined] }, "params[0].a[1]: XML-RPC has no undefined"],
    ["a control character in a name", { "\0": 1 }, "params[0]: character U+0000 at 0"],
  ])("refuses %s", (_, param, message) => {
    expect(() => encodeCall("m", [param as RpcParam])).toThrow(InputRefused);
    expect(() => encodeCall("m", [param as RpcParam])).toThrow(message);
  });

  it("refuses a list that holds itself, and a method name that is none", () => {
    const endless: RpcParam[] = [];
    endless.push(endless);
    expect(() => encodeCall("m", [endless])).toThrow(/nested more than 64 deep$/);
    expect(() => encodeCall("m<x>", [])).toThrow('method: "m<x>" is no method name');
  });
});
