/** `persistentChat()`: the only place where the parts are joined, in the order in which they start and stop. */
import type Srf from "drachtio-srf";
import { type Accounts, createAccounts } from "./accounts.ts";
import { archiveOf, beginCompliance } from "./begin-compliance.ts";
import { watchDeadNodes } from "./cluster/dead-nodes.ts";
import { startHeartbeat } from "./cluster/heartbeat.ts";
import { openCluster } from "./cluster/index.ts";
import { createDispatcher } from "./commands/dispatch.ts";
import type { ComplianceSupervision } from "./compliance/index.ts";
import { createTicker } from "./compliance/ticker.ts";
import { type Condition, createCondition } from "./condition.ts";
import { openFiles } from "./files/index.ts";
import {
	checkCompliance,
	checkOptions,
	type PersistentChatOptions,
	type Service,
} from "./options.ts";
import { createPool, type Pool } from "./pool.ts";
import {
	createRooms,
	type Rooms,
	type TokenRedemption,
} from "./rooms/index.ts";
import {
	createInvitationTelling,
	createSessions,
	type Session,
	tellInvited,
} from "./sessions/index.ts";
import { createSignInLinks, type SignInLinks } from "./sign-in-links.ts";
import { createDialogGuard } from "./sip/dialog-guard.ts";
import { typed } from "./sip/drachtio.ts";
import { createEndpoint } from "./sip/endpoint.ts";
import { createIdentity } from "./sip/identity.ts";
import { createPeers } from "./sip/peers.ts";
import { createRegistrar } from "./sip/registrar.ts";
import { createRelayedSources, type Relayed } from "./sip/relayed.ts";
import { createRequestLimits } from "./sip/request-limits.ts";
import { createSipTickets, type SipTickets } from "./sip-tickets.ts";
import { openStore } from "./store/index.ts";
import { createTraffic, timingTransactions } from "./traffic.ts";
import { createTurnedAway } from "./turned-away.ts";
import { createWatching, type Watching } from "./watching/index.ts";
import { createWebAddress } from "./web-address.ts";
import { createWire } from "./wire.ts";
import { maxBodyBytes } from "./xccos/notices.ts";

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
	type NewCategory,
	type NewRoom,
	type NewUser,
	openStore,
	type Store,
	type StoreOptions,
	type Transaction,
	type WebSession,
	type WebSessionWriter,
} from "./store/index.ts";

export type { News } from "./watching/index.ts";

const maxNodes = 1_000;
/** The archive may be so far behind until categories that demand it take no posts, where another node keeps it. */
const closedAfterMs = 60_000;
/** What is too old in the log of administrators' acts is looked for. */
const pruneEveryMs = 3_600_000;
const pruneAtOnce = 1_000;
const dayMs = 86_400_000;
/** What nobody needs of files is looked for. */
const collectEveryMs = 600_000;

/** What was said while nobody heard it, by another node or before a start, is sent to phones so much later at most. */
const lookForPhonesEveryMs = 5_000;

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
 * Resolves when the schema is current and `srf` routes the chat service's requests here; calls are answered as soon as
 * `srf` is connected. Throws an `Error` that names every fault of the options, or `ChatError('unavailable')` when the
 * database is away. What the caller opened (`srf`, `database`) the caller closes, after this.
 */
export async function persistentChat(
	srf: Srf,
	{ database, log, compliance: wish, ...given }: PersistentChatOptions,
): Promise<PersistentChat> {
	const service = checkOptions(given);
	const setting = checkCompliance(wish);
	const now = () => new Date();
	const traffic = createTraffic();
	const store = timingTransactions(
		await openStore(database, { log, owes: setting !== "off" }),
		traffic.note,
	);
	const files = openFiles(service.files, log);
	const compliance = await beginCompliance(setting, {
		database: archiveOf(wish) ?? database,
		store,
		files,
		service,
		now,
		log,
	});
	const cluster = openCluster({
		redis: service.redis,
		roster: service.limits.roster,
		store,
		log,
	});
	const { fanOut } = cluster;
	const {
		rooms,
		nodeRooms,
		rightsChanged,
		close: closeRooms,
	} = createRooms({
		store,
		directory: store.directory,
		fanOut,
		log,
		now,
		node: service.node,
		limits: { ...service.limits, relayBytes: maxBodyBytes },
		archive: compliance,
		files,
		closedAfterMs:
			typeof setting === "string" ? closedAfterMs : setting.closedAfterMs,
		wire: createWire(service.domain),
	});
	const left = await nodeRooms.partLeftovers().catch(async (error: unknown) => {
		await compliance.close();
		throw error;
	});
	if (left > 0) log.warn({ left }, "participants of an earlier run parted");
	await nodeRooms.recordLeftDownloads();
	const collecting = createTicker({
		work: async () => {
			await nodeRooms.collectFiles();
			return collectEveryMs;
		},
		failed: (error) => {
			log.warn({ err: error }, "files that nobody needs are not collected");
			return collectEveryMs;
		},
	});
	const pruning = createTicker({
		work: async () => {
			const before = new Date(now().getTime() - service.auditDays * dayMs);
			const pruned = await store.audit.prune(before, pruneAtOnce);
			return pruned === pruneAtOnce ? 0 : pruneEveryMs;
		},
		failed: (error) => {
			log.warn({ err: error }, "old entries of the audit log are not deleted");
			return pruneEveryMs;
		},
	});
	const sessions = createSessions({
		domain: service.domain,
		log,
		between: (room, after, through) =>
			store.messages.between(room, after, through),
		hear: fanOut.hear,
		newContentEveryMs: service.newContentEveryMs,
		roomsFollowed: nodeRooms.roomsFollowed,
		newContent: nodeRooms.newContent,
	});
	const stopListening = fanOut.subscribe(sessions.deliver);
	const invitations = createInvitationTelling<Session>({
		log,
		sessions: sessions.all,
		tell: tellInvited(service.domain),
		holding: nodeRooms.holding,
		invitationTo: rooms.invitationTo,
	});
	const stopInvitations = fanOut.subscribe(invitations.deliver);
	const webAddress = createWebAddress(service.files.url);
	const signInLinks = createSignInLinks({
		store,
		webAddress: webAddress.get,
		now,
	});
	const watching = createWatching({
		...nodeRooms,
		hear: fanOut.hear,
		invitationTo: rooms.invitationTo,
		log,
		newContentEveryMs: service.newContentEveryMs,
	});
	const stopWatching = fanOut.subscribe(watching.deliver);
	const turnedAway = createTurnedAway(log);
	const dispatcher = createDispatcher({
		sessions,
		rooms,
		now,
		log,
		signInLink: signInLinks.issue,
		onDone: (command, ms) => traffic.note({ type: "command", command, ms }),
		onOtherAuthor: ({ actor, outlet }) =>
			turnedAway.refused("other-author", {
				callId: outlet.callId,
				user: actor.uri,
			}),
		service: {
			...service,
			...aboutService(service, store.id),
			fileServiceUrl: webAddress.fileService,
		},
	});
	const accounts = createAccounts({
		realm: service.domain,
		store,
		admit: nodeRooms.admit,
	});
	const sipTickets = createSipTickets({
		realm: service.domain,
		store,
		secret: accounts.secret,
		now,
	});
	const relayed = createRelayedSources();
	const peers = createPeers(service.trustedPeers, relayed);
	const limits = createRequestLimits({
		rates: service.rates,
		turnedAway,
		now: () => performance.now(),
	});
	const identity = createIdentity({
		realm: service.domain,
		authentication: service.authentication,
		users: store.users,
		tickets: sipTickets,
		challenge: service.challenge,
		nonceKey: await accounts.secret(),
		peers,
		limits,
		turnedAway,
		admit: nodeRooms.admit,
		relayed,
		log,
		now: Date.now,
		elapsedMs: () => performance.now(),
	});
	const ownNode = createPool({
		node: service.node,
		states: store.nodeStates,
		rooms,
		load: () => ({
			dialogs: [...sessions.all()].length,
			people: new Set([...sessions.all()].map(({ actor }) => actor.uri)).size,
		}),
		now,
		log,
	});
	const endpoint = createEndpoint({
		drained: ownNode.drained,
		turnedAway,
		traffic,
		relayed,
		service: { ...service, ...service.limits },
		server: typed(srf),
		identity,
		peers,
		guard: createDialogGuard({
			peers,
			relayed,
			limits,
			turnedAway,
			dialogsKeepAddress: service.dialogsKeepAddress,
		}),
		tickets: sipTickets,
		registrar: service.registrar
			? createRegistrar({
					identity,
					users: store.users,
					now: () => performance.now(),
				})
			: undefined,
		sessions,
		rooms,
		phoneRooms: nodeRooms,
		directory: store.directory,
		events: fanOut,
		dispatcher,
		signInLink: signInLinks.issue,
		log,
	});
	const heartbeat = startHeartbeat({
		alive: nodeRooms.alive,
		onFault: (error) =>
			log.warn({ err: error }, "not noted that this node lives"),
		onLate: cluster.late,
	});
	cluster.begin({
		here: sessions.inside,
		rightsChanged,
		takenOver: endpoint.endTakenOver,
	});
	const deadNodes = watchDeadNodes({
		node: service.node,
		list: () => store.nodes.aliveSince(new Date(0), maxNodes),
		takeOver: nodeRooms.partDead,
		log,
	});
	await nodeRooms.releasePhones();
	const phones = createTicker({
		work: async () => {
			await endpoint.phones.look();
			return lookForPhonesEveryMs;
		},
		failed: (error) => {
			log.warn({ err: error }, "phones not looked for; again soon");
			return lookForPhonesEveryMs;
		},
	});
	const stopPhones = fanOut.subscribe((event) => {
		if (endpoint.phones.concerns(event)) phones.wake();
	});
	const stopNotifying = fanOut.subscribe((event) => endpoint.deliver(event));
	return {
		rooms,
		compliance: compliance.supervision,
		accounts,
		sipTickets: {
			issue: sipTickets.issue,
			living: sipTickets.living,
			sessionEnded: endpoint.endSignedOut,
		},
		signInLinks,
		webDoorAt: webAddress.set,
		watching: { watch: watching.watch },
		relayed,
		fileBytes: service.limits.fileBytes,
		tokens: { redeemToken: nodeRooms.redeemToken },
		pool: ownNode.pool,
		condition: createCondition({
			store,
			drained: ownNode.drained,
			sessions,
			waiting: endpoint.waiting,
			databasePool: () => poolOf(database),
			onHappening: traffic.listen,
			sipConnected: endpoint.link.connected,
			sipServer: endpoint.link.report,
			losses: endpoint.link.losses,
			registrations: endpoint.link.registrations,
			sipWatchdog: endpoint.link.watchdog,
			complianceBehindMs: compliance.behindMs,
			redisConnected: () =>
				whole([cluster.redisConnected(), compliance.redisConnected()]),
			compliance: typeof setting === "string" ? setting : "here",
			node: service.node,
			askFiles: files.answer,
			onEvent: fanOut.subscribe,
			turnedAway: turnedAway.counts,
		}),
		async close() {
			stopPhones();
			await phones.close();
			await endpoint.close();
			stopNotifying();
			stopListening();
			stopInvitations();
			stopWatching();
			await watching.close();
			await invitations.close();
			await sessions.close();
			await closeRooms();
			await fanOut.close();
			await deadNodes.close();
			await heartbeat.close();
			await ownNode.close();
			await pruning.close();
			await collecting.close();
			await compliance.close();
		},
	};
}

/** Of what is used here, all; undefined: nothing is. */
function whole(all: readonly (boolean | undefined)[]): boolean | undefined {
	const used = all.filter((each) => each !== undefined);
	return used.length === 0 ? undefined : used.every((each) => each);
}

/** knex's own count; its types do not tell of it. */
function poolOf({ client }: PersistentChatOptions["database"]) {
	const { pool } = client as {
		readonly pool?: {
			numUsed(): number;
			numFree(): number;
			numPendingAcquires(): number;
		};
	};
	return {
		used: pool?.numUsed() ?? 0,
		free: pool?.numFree() ?? 0,
		waiting: pool?.numPendingAcquires() ?? 0,
	};
}

function aboutService({ domain, limits }: Service, databaseId: string) {
	return {
		...limits,
		databaseId,
		rootUri: `ma-cat://${domain}/${databaseId}`,
	};
}
