/** `persistentChat()`: the only place where the parts (`parts/`) are joined, in the order in which they start and stop. */
import type Srf from "drachtio-srf";
import type { Accounts } from "./accounts.ts";
import type { ComplianceSupervision } from "./compliance/index.ts";
import type { Condition } from "./condition.ts";
import type { Load } from "./load/index.ts";
import type { PersistentChatOptions } from "./options.ts";
import { createOwnNode, liveAmongNodes } from "./parts/among-nodes.ts";
import { openBearing } from "./parts/bearing.ts";
import { conditionOf } from "./parts/condition-of.ts";
import { openGround } from "./parts/ground.ts";
import { openHouse } from "./parts/house.ts";
import type { Parts } from "./parts/parts.ts";
import { createSigningIn } from "./parts/signing-in.ts";
import { openSipDoor, sendToPhones } from "./parts/sip-door.ts";
import { beginTelling } from "./parts/telling.ts";
import type { Pool } from "./pool.ts";
import type { Rooms, TokenRedemption } from "./rooms/index.ts";
import type { SignInLinks } from "./sign-in-links.ts";
import type { Relayed } from "./sip/relayed.ts";
import type { SipTickets } from "./sip-tickets.ts";
import type { Watching } from "./watching/index.ts";

export type { Accounts } from "./accounts.ts";
export {
	AdapterRefused,
	type ComplianceGiven,
	type ComplianceMetrics,
	type ComplianceSupervision,
	SigningKeyRefused,
} from "./compliance/index.ts";
export type { Condition } from "./condition.ts";
export { hashCredentials } from "./credentials.ts";
export { ChatError, type Reason } from "./errors.ts";
export type { Load, LoadState, Measure } from "./load/index.ts";
export type { PersistentChatOptions, ServiceOptions } from "./options.ts";
export type { Pool, PoolNode } from "./pool.ts";
export type { RoomChange } from "./rooms/administration.ts";
export type * from "./rooms/events.ts";
export type {
	Download,
	HistoryWindow,
	Proposal,
	Rooms,
	TokenRedemption,
	UploadState,
} from "./rooms/index.ts";
export type * from "./rooms/types.ts";
export type { LinkHolder, SignInLinks } from "./sign-in-links.ts";
export type { SipTicket, SipTickets } from "./sip-tickets.ts";
export {
	type Credentials,
	type DatabaseDescription,
	makeDatabase,
	makeReplicas,
	type NewCategory,
	type NewRoom,
	type NewUser,
	openStore,
	type ReplicaDatabase,
	type ReplicaState,
	SchemaTooNew,
	type Store,
	type StoreOptions,
	type Transaction,
	type WebSession,
	type WebSessionWriter,
} from "./store/index.ts";

export type { News } from "./watching/index.ts";

/** By what a browser that is signed in at the web door signs in at SIP. */
export interface TicketOffice extends Pick<SipTickets, "issue" | "living"> {
	/** What was opened by a session that has ended is ended here at once; on other nodes, within half a minute. */
	sessionEnded(): void;
}

export interface PersistentChat {
	/** The same rooms for whoever else serves them. */
	readonly rooms: Rooms;
	/** How compliance stands, and what may be asked of it; undefined where nothing is recorded. */
	readonly compliance: ComplianceSupervision | undefined;
	/** Who signs in at a door that is not SIP. */
	readonly accounts: Accounts;
	readonly sipTickets: TicketOffice;
	/** Who asked by SIP to be let in at the web door. */
	readonly signInLinks: Omit<SignInLinks, "issue">;
	/** The web door is reached at this origin: tokens for files and links to sign in name it from now on. */
	webDoorAt(origin: string): void;
	/** For who carries SIP of others to the SIP server. */
	readonly relayed: Relayed;
	readonly condition: Condition;
	/** The nodes, and which of them take new clients. */
	readonly pool: Pool;
	/** Has this node too much to do for what is asked of it? */
	readonly load: Pick<Load, "refuses" | "state">;
	/** Who is told what concerns him, without a dialog. */
	readonly watching: Pick<Watching, "watch">;
	/** Of an uploaded file, at most. */
	readonly fileBytes: number;
	/** Who brings a token in place of a session. */
	readonly tokens: TokenRedemption;
	/** Takes no new dialog, ends the live ones, parts everybody, releases what it opened. */
	close(): Promise<void>;
}

/**
 * Resolves when the schema is current and `srf`, or each of several, routes the chat service's requests here; calls are answered as soon as
 * `srf` is connected, or one of them. Throws an `Error` that names every fault of the options, or `ChatError('unavailable')` when the
 * database is away. What the caller opened (`srf`, `database`) the caller closes, after this.
 */
export async function persistentChat(
	srf: Srf | readonly Srf[],
	options: PersistentChatOptions,
): Promise<PersistentChat> {
	const ground = await openGround(options);
	const house = await openHouse(ground);
	const telling = beginTelling(ground, house);
	const signingIn = await createSigningIn(ground, house);
	const ownNode = createOwnNode(ground, house, telling);
	const bearing = openBearing(ground);
	const parts = { ground, house, telling, signingIn, ownNode, bearing };
	const endpoint = openSipDoor([srf].flat(), parts);
	bearing.watchQueues(endpoint.waiting);
	const amongNodes = liveAmongNodes(ground, house, telling, endpoint);
	const phones = await sendToPhones(endpoint, house, ground);
	const stopNotifying = ground.fanOut.subscribe(endpoint.deliver);
	return {
		...given({ ...parts, endpoint, amongNodes }),
		async close() {
			await phones.close();
			await endpoint.close();
			bearing.close();
			stopNotifying();
			await telling.close();
			await house.close();
			await ground.fanOut.close();
			await amongNodes.close();
			await ownNode.close();
			await house.upkeep.close();
			await ground.compliance.close();
			await ground.replicas.close();
		},
	};
}

/** What the caller may use of the parts. */
function given(parts: Parts): Omit<PersistentChat, "close"> {
	const { ground, house, signingIn, endpoint } = parts;
	const { issue, living } = signingIn.sipTickets;
	return {
		rooms: house.rooms,
		compliance: ground.compliance.supervision,
		accounts: signingIn.accounts,
		sipTickets: { issue, living, sessionEnded: endpoint.endSignedOut },
		signInLinks: signingIn.signInLinks,
		webDoorAt: signingIn.webAddress.set,
		relayed: signingIn.relayed,
		condition: conditionOf(parts),
		pool: parts.ownNode.pool,
		load: parts.bearing.load,
		watching: parts.telling.watching,
		fileBytes: ground.service.limits.fileBytes,
		tokens: { redeemToken: house.nodeRooms.redeemToken },
	};
}
