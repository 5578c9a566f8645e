/** Whom a provider's claims name, as a SIP user. */
import type { UserUri } from "../../plugin/index.ts";

export type Claims = Readonly<Record<string, unknown>>;

const shape =
	/^[^@\s<>()[\]\\,;:?"&/#%]{1,120}@[a-z0-9](?:[a-z0-9.-]{0,120}[a-z0-9])?$/;

/** Undefined where the claim is missing, is no user of SIP, or is an e-mail address that nobody has verified. */
export function claimedUser(
	claims: Claims,
	claim: string,
	domain: string,
): { readonly uri: UserUri; readonly displayName?: string } | undefined {
	const value = claims[claim];
	if (typeof value !== "string") return undefined;
	if (claim === "email" && claims.email_verified !== true) return undefined;
	const plain = value
		.trim()
		.replace(/^sips?:/i, "")
		.toLowerCase();
	const address = plain.includes("@") ? plain : `${plain}@${domain}`;
	if (!shape.test(address)) return undefined;
	const { name } = claims;
	return {
		uri: `sip:${address}` as UserUri,
		...(typeof name === "string" && name !== "" && { displayName: name }),
	};
}
