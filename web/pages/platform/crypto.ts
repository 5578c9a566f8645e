/**
 * Of `node:crypto` what the SIP stack uses. The browser's own digests know no MD5, are asynchronous and are absent on pages
 * that came over plain HTTP; random bytes are the browser's.
 */
import { md5 } from "@noble/hashes/legacy.js";
import { sha256, sha512_256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

const sums: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
	md5,
	sha256,
	"sha512-256": sha512_256,
};

/** The Buffer is `buffer.ts`’s. */
export function randomBytes(count: number): Buffer {
	return Buffer.from(crypto.getRandomValues(new Uint8Array(count)));
}

/** As far as digest authentication needs it. Throws `TypeError` for another algorithm. */
export function createHash(algorithm: string): {
	update(text: string, encoding: "utf8"): { digest(form: "hex"): string };
} {
	const sum = sums[algorithm];
	if (sum === undefined) throw new TypeError(`no ${algorithm} here`);
	return {
		update: (text) => ({ digest: () => bytesToHex(sum(utf8ToBytes(text))) }),
	};
}
