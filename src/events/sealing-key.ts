// Texts that say nothing to whoever has not the key, and that nobody else can make.

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM; what it seals is base64url, each time another text. */
export class SealingKey {
  /** @param key 32 bytes; those who have the same open each other's texts. */
  constructor(private readonly key: Buffer) {}

  seal(text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.key, iv);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
  }

  /** Null for what was not sealed with this key. */
  open(sealed: string): string | null {
    const bytes = Buffer.from(sealed, "base64url");
    try {
      // Refuses an IV or a tag that is too short, too.
      const iv = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", this.key, iv, { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)).toString("utf8") + decipher.final("utf8");
    } catch {
      return null;
    }
  }
}
