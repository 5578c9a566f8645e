/** What SIP is told by the options: whom it believes, how it asks for a password, how often anybody may ask. */
import { isIP } from "node:net";
import { z } from "zod";

const peerAddress = z
	.string()
	.refine(isPeer, "must be an IP address, or a network like 10.1.0.0/16");
const ownHeader = /^X-[A-Za-z0-9-]{1,60}$/i;

const peerSchema = z.strictObject({
	address: peerAddress.describe("Address, or network like 10.1.0.0/16"),
	behaves: z
		.enum(["proxy", "b2bua"])
		.default("proxy")
		.describe("b2bua: it makes dialogs of its own, like FreeSWITCH"),
	callerIn: z
		.string()
		.refine(
			(name) =>
				/^(P-Asserted-Identity|Remote-Party-ID)$/i.test(name) ||
				ownHeader.test(name),
			"must be P-Asserted-Identity, Remote-Party-ID, or a header of yours like X-Chat-User",
		)
		.default("P-Asserted-Identity")
		.describe("The header that says who calls"),
	deviceIn: z
		.string()
		.regex(ownHeader, "must be a header of yours like X-Chat-Device")
		.optional()
		.describe("The header that tells devices of a user apart"),
	over: z
		.literal("tls")
		.optional()
		.describe("tls: it is believed over TLS only"),
	idleSeconds: z
		.int()
		.min(60)
		.max(604_800)
		.optional()
		.describe("Its dialogs end after so long without a request"),
});

/** A SIP server that is believed when it says whose a request is. */
export type Peer = z.output<typeof peerSchema>;
/** The address or network alone, or with more to say. */
export type TrustedPeer = string | z.input<typeof peerSchema>;

const peer = z.preprocess(
	(given) => (typeof given === "string" ? { address: given } : given),
	peerSchema,
);

export const trustedPeersSchema = z
	.array(peer)
	.max(1_000)
	.default([])
	.describe(
		"SIP servers that are believed when they say whose a request is (RFC 3325): addresses and networks, or objects (docs/identity.md)",
	);

export const challengeSchema = z
	.literal([407, 401])
	.default(407)
	.describe(
		"Passwords are asked for as a proxy does (407) or as a server does (401); pidgin-sipe knows only 407",
	);

const perSecond = (count: number) => z.int().min(1).max(100_000).default(count);
const ratesOf = (
	words: string,
	count: Readonly<Record<keyof Rates, number>>,
) => {
	const rate = (method: keyof Rates) =>
		perSecond(count[method]).describe(
			`${method.toUpperCase()} a second ${words}; ten seconds' worth may come at once`,
		);
	return z
		.strictObject({
			register: rate("register"),
			invite: rate("invite"),
			subscribe: rate("subscribe"),
			publish: rate("publish"),
			message: rate("message"),
			info: rate("info"),
		})
		.prefault({});
};

/** Requests a second. */
export interface Rates {
	readonly register: number;
	readonly invite: number;
	readonly subscribe: number;
	readonly publish: number;
	readonly message: number;
	readonly info: number;
}

export const ratesSchema = z
	.strictObject({
		perUser: ratesOf("of one user", {
			register: 10,
			invite: 10,
			subscribe: 10,
			publish: 20,
			message: 10,
			info: 100,
		}),
		perSource: ratesOf("from one address that is no trusted peer", {
			register: 50,
			invite: 50,
			subscribe: 50,
			publish: 50,
			message: 50,
			info: 2_000,
		}),
	})
	.prefault({});

function isPeer(text: string): boolean {
	const [address = "", prefix, ...more] = text.split("/");
	const family = isIP(address);
	if (family === 0 || more.length > 0) return false;
	if (prefix === undefined) return true;
	return (
		/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32)
	);
}
