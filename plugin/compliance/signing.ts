/** Signing what is said of the archive, and telling whether it was signed so: pure. */
import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { noHash } from "./chain.ts";
import type { Checkpoint, Statement, Unsigned } from "./evidence.ts";

/** SHA-256 of the public key (SPKI, DER), 64 hexadecimal digits. */
export function fingerprintOf(publicKey: KeyObject): string {
	const der = publicKey.export({ type: "spki", format: "der" });
	return createHash("sha256").update(der).digest("hex");
}

/** What the next statement says of this one. */
export function statementHash(statement: string | undefined): string {
	if (statement === undefined) return noHash;
	return createHash("sha256").update(statement).digest("hex");
}

export function signStatement(
	{ last, number, ...said }: Unsigned,
	key: { readonly id: string; readonly private: KeyObject },
	at: Date,
): Checkpoint {
	const statement = JSON.stringify({
		version: 1,
		number,
		at: at.toISOString(),
		previous: statementHash(last),
		...said,
	} satisfies Statement);
	return {
		number,
		at,
		position: said.position,
		statement,
		signature: sign(null, Buffer.from(statement), key.private).toString(
			"base64",
		),
		keyId: key.id,
	};
}

export function isSigned(
	{ statement, signature }: Pick<Checkpoint, "statement" | "signature">,
	publicKey: KeyObject,
): boolean {
	return verify(
		null,
		Buffer.from(statement),
		publicKey,
		Buffer.from(signature, "base64"),
	);
}
