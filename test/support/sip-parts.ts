/** What SIP is made of, for tests of one part of it: peers, limits and what was turned away, with their defaults. */
import { pino } from "pino";
import type { User } from "../../plugin/rooms/types.ts";
import { createDialogGuard } from "../../plugin/sip/dialog-guard.ts";
import { createIdentity, type Identity } from "../../plugin/sip/identity.ts";
import {
	ratesSchema,
	type TrustedPeer,
	trustedPeersSchema,
} from "../../plugin/sip/options.ts";
import { createPeers } from "../../plugin/sip/peers.ts";
import { createRelayedSources } from "../../plugin/sip/relayed.ts";
import { createRequestLimits } from "../../plugin/sip/request-limits.ts";
import { createTurnedAway } from "../../plugin/turned-away.ts";

export interface SipPartsOptions {
	readonly trustedPeers?: readonly TrustedPeer[];
	readonly rates?: Parameters<typeof ratesSchema.parse>[0];
	readonly now?: () => number;
	readonly dialogsKeepAddress?: boolean;
}

export function sipParts({
	trustedPeers = [],
	rates = {},
	now = Date.now,
	dialogsKeepAddress = true,
}: SipPartsOptions = {}) {
	const logged: string[] = [];
	const log = pino(
		{ level: "debug" },
		{ write: (line: string) => logged.push(line) },
	);
	const turnedAway = createTurnedAway(log);
	const relayed = createRelayedSources();
	const peers = createPeers(trustedPeersSchema.parse(trustedPeers), relayed);
	const limits = createRequestLimits({
		rates: ratesSchema.parse(rates),
		turnedAway,
		now,
	});
	const parts = { peers, limits, relayed, turnedAway, log };
	return {
		...parts,
		/** How often somebody was refused because of this. */
		refused: (why: string) =>
			new Map<string, number>(turnedAway.counts().refused).get(why),
		logged,
		guard: createDialogGuard({ ...parts, dialogsKeepAddress }),
	};
}

/** Everybody is believed, and is this user. */
export function openIdentity(
	{ peers, limits, relayed, turnedAway, log }: ReturnType<typeof sipParts>,
	user: User,
): Identity {
	return createIdentity({
		realm: "example.com",
		authentication: "open",
		challenge: 407,
		users: { find: async () => user, credentials: async () => undefined },
		tickets: {
			find: async () => undefined,
			living: async () => new Set<string>(),
		},
		admit: async () => undefined,
		peers,
		limits,
		relayed,
		turnedAway,
		log,
		now: Date.now,
		elapsedMs: () => performance.now(),
	});
}
