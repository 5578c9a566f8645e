/** By what people sign in: passwords, tickets of their browser, links that SIP gave them, a peer's word, digest. */
import { type Accounts, createAccounts } from "../accounts.ts";
import { createSignInLinks, type SignInLinks } from "../sign-in-links.ts";
import { createIdentity, type Identity } from "../sip/identity.ts";
import { createPeers, type Peers } from "../sip/peers.ts";
import { createRelayedSources, type RelayedSources } from "../sip/relayed.ts";
import {
	createRequestLimits,
	type RequestLimits,
} from "../sip/request-limits.ts";
import { createSipTickets, type SipTickets } from "../sip-tickets.ts";
import { createTurnedAway, type TurnedAway } from "../turned-away.ts";
import { createWebAddress, type WebAddress } from "../web-address.ts";
import type { Ground } from "./ground.ts";
import type { House } from "./house.ts";

export interface SigningIn {
	readonly accounts: Accounts;
	readonly sipTickets: SipTickets;
	readonly signInLinks: SignInLinks;
	readonly webAddress: WebAddress;
	readonly turnedAway: TurnedAway;
	readonly relayed: RelayedSources;
	readonly peers: Peers;
	readonly limits: RequestLimits;
	readonly identity: Identity;
}

export async function createSigningIn(
	{ service, store, now, log }: Ground,
	{ nodeRooms: { admit } }: House,
): Promise<SigningIn> {
	const realm = service.domain;
	const webAddress = createWebAddress(service.files.url);
	const signInLinks = createSignInLinks({
		...{ store, now },
		webAddress: webAddress.get,
	});
	const accounts = createAccounts({ realm, store, admit });
	const { secret } = accounts;
	const sipTickets = createSipTickets({ realm, store, secret, now });
	const turnedAway = createTurnedAway(log);
	const relayed = createRelayedSources();
	const peers = createPeers(service.trustedPeers, relayed);
	const elapsedMs = () => performance.now();
	const limits = createRequestLimits({
		...{ rates: service.rates, turnedAway },
		now: elapsedMs,
	});
	const identity = createIdentity({
		...{ realm, peers, limits, turnedAway, admit, relayed, log },
		authentication: service.authentication,
		users: store.users,
		tickets: sipTickets,
		challenge: service.challenge,
		nonceKey: await secret(),
		now: Date.now,
		elapsedMs,
	});
	return {
		...{ accounts, sipTickets, signInLinks, webAddress },
		...{ turnedAway, relayed, peers, limits, identity },
	};
}
