// The two inner modules of the npm package xmlrpc 1.3.2 that the codec uses; @types/xmlrpc covers the top level only.

declare module "xmlrpc/lib/serializer.js" {
  /** The XML of a call. Throws on control characters; see `xml-rpc-codec.ts` for what else must be checked before. */
  export function serializeMethodCall(method: string, params: readonly unknown[]): string;
}

declare module "xmlrpc/lib/customtype.js" {
  /** A value that writes itself as `<tagName>raw</tagName>`, `raw` escaped. */
  export default class CustomType {
    constructor(raw: string);
    tagName: string;
  }
}
