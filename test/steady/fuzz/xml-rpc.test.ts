// XML-RPC: damaged answers, and what is written of any argument.

import fc from "fast-check";
import { describe, expect } from "vitest";
import { XmlRpcSyntaxError, decodeResponse, encodeCall } from "../../../src/codec/xml-rpc-codec.js";
import { parsePythonLiteral, PythonLiteralError } from "../../../src/lava/protocol/python-literal.js";
import { anyText, damaged, damagedBytes, fuzz, recordedBytes, recordedTexts } from "./cases.js";

const ANSWERS = recordedBytes("lava/xmlrpc", /\.res\.xml$/);
const PIECES = [
  ...[
    "<value>",
    "</value>",
    "<struct>",
    "</struct>",
    "<member>",
    "</member>",
    "<name>a</name>",
    "<name>__proto__</name>",
  ],
  ...[
    "<array>",
    "</array>",
    "<data>",
    "</data>",
    "<int>1</int>",
    "<i8>99999999999999999999</i8>",
    "<nil/>",
    "<ex:nil/>",
  ],
  ...["<double>nan</double>", "<double>1e999</double>", "<base64>%%%</base64>", "<boolean>2</boolean>", "<!-- x -->"],
  ...["<dateTime.iso8601>20261332T99:00:00</dateTime.iso8601>", "<fault>", "</fault>", "&lt;", "&#0;", "&#x10ffff;"],
  ...["<params>", "</params>", "<param>", "</param>", "<methodResponse>", "</methodResponse>", "<?xml version='1.0'?>"],
] as const;

describe("XML-RPC", () => {
  fuzz("damaged answers", damagedBytes(ANSWERS), (bytes) => decodeResponse(bytes), [XmlRpcSyntaxError]);
  fuzz(
    "pieces of answers in any order",
    fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join("")),
    (text) => decodeResponse(`<methodResponse><params><param>${text}</param></params></methodResponse>`),
    [XmlRpcSyntaxError],
  );
  fuzz("any text", anyText, (text) => decodeResponse(text), [XmlRpcSyntaxError]);
  fuzz("any bytes", fc.uint8Array({ maxLength: 300 }), (bytes) => decodeResponse(Buffer.from(bytes)), [
    XmlRpcSyntaxError,
  ]);
  fuzz(
    "a text argument comes out as it went in, or is refused",
    fc.string({ unit: "grapheme" }),
    (text) => {
      const call = encodeCall("scheduler.jobs.show", [text]);
      const [, written = ""] = /<param>(.*)<\/param>/s.exec(call) ?? [];
      const answer = `<methodResponse><params><param>${written}</param></params></methodResponse>`;
      // XML makes one line feed of a carriage return.
      const expected = text.replace(/\r\n?/g, "\n");
      expect(decodeResponse(answer)).toEqual({ kind: "value", value: expected });
    },
    [],
  );
  fuzz(
    "Python's literals",
    damaged([
      ...recordedTexts("lava/exports", /\.csv$/, 4_000),
      "{'a': [1, None, True, 'x\\'y', {'b': 1.5}], \"c\": ()}",
    ]),
    (text) => parsePythonLiteral(text),
    [PythonLiteralError],
  );
});
