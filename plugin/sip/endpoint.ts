/**
 * The chat service as SIP requests reach it: which are ours, and who answers them. Requests that are not for the chat
 * service go on to whatever else the application has.
 */
import type { Logger } from "pino";
import type { Dispatcher } from "../commands/dispatch.ts";
import type { Life } from "../life-options.ts";
import type { RoomEvent } from "../rooms/events.ts";
import type { Directory, PhoneRooms, Rooms } from "../rooms/index.ts";
import type { UserUri } from "../rooms/types.ts";
import type { Sessions } from "../sessions/index.ts";
import type { Traffic } from "../traffic.ts";
import type { TurnedAway } from "../turned-away.ts";
import {
	type Conferences,
	conferenceEvent,
	createConferences,
} from "./conference/index.ts";
import { countAnswer } from "./counting.ts";
import type { DialogGuard } from "./dialog-guard.ts";
import { createDismissal } from "./dismissal.ts";
import type { DrachtioServer, Handler, IncomingRequest } from "./drachtio.ts";
import { createGuests } from "./guests.ts";
import type { Identity } from "./identity.ts";
import { createInviting, type Inviting } from "./invite.ts";
import { createLinkAsking, type LinkAskingNeeds } from "./link-asking.ts";
import { createOwnDialogs, type OwnDialogs } from "./own-dialogs.ts";
import { parting } from "./parting.ts";
import type { Peers } from "./peers.ts";
import {
	createPhones,
	isOfOtherDomain,
	type Phones,
	roomNamedBy,
} from "./phones/index.ts";
import type { Tickets } from "./proof.ts";
import { provision, provisioningEvent } from "./provisioning.ts";
import { createPublishing, type Publishing } from "./publishing.ts";
import type { Registrar } from "./registrar.ts";
import type { RegistrationOptions } from "./registration-options.ts";
import type { RelayedSources } from "./relayed.ts";
import { createServerLink, type ServerLink } from "./server-link.ts";
import { createSignedOut } from "./signed-out.ts";
import {
	createSubscriptions,
	roamingSelfEvent,
	type Subscriptions,
} from "./subscriptions.ts";
import { headerParameter, userPart } from "./uri.ts";

/** The addresses and settings that SIP needs to know. */
export interface ServiceAddresses {
	readonly poolUri: string;
	readonly channelUri: string;
	/** User parts of further addresses of the pool. */
	readonly aliases: readonly string[];
	readonly roomManagementUrl?: string | undefined;
	readonly sessionExpiresSeconds: number;
	readonly sessionsPerUser: number;
	/** The SIP domain of rooms and users. */
	readonly domain: string;
	/** With more people in it than this a room lists nobody. */
	readonly roster: number;
	readonly phones: {
		/** By which MESSAGEs go out. */
		readonly proxy?: string | undefined;
		/** Who subscribes to who is in a room is told no more often. */
		readonly rosterEveryMs: number;
	};
	readonly life: Life;
	readonly registrations: readonly RegistrationOptions[];
}

export interface EndpointNeeds {
	readonly server: DrachtioServer;
	readonly identity: Identity;
	readonly guard: DialogGuard;
	readonly peers: Peers;
	readonly registrar: Registrar | undefined;
	readonly tickets: Pick<Tickets, "living">;
	readonly sessions: Sessions;
	readonly rooms: Rooms;
	readonly phoneRooms: PhoneRooms;
	readonly directory: Pick<Directory, "enabled">;
	readonly events: {
		subscribe(listener: (event: RoomEvent) => void): () => void;
	};
	readonly dispatcher: Dispatcher;
	readonly signInLink: LinkAskingNeeds["signInLink"];
	/** Is no new dialog to be taken, while those that there are go on? */
	readonly drained: () => boolean;
	readonly turnedAway: Pick<TurnedAway, "refused">;
	readonly traffic: Pick<Traffic, "note">;
	readonly relayed: Pick<RelayedSources, "connectionOf" | "onLeft">;
	readonly log: Logger;
	readonly service: ServiceAddresses;
}

export interface Endpoint {
	/** Tells clients here of changes in their user's presence document, and of who is in rooms. */
	deliver(event: RoomEvent): void;
	readonly phones: Pick<Phones, "concerns" | "look">;
	readonly link: Omit<ServerLink, "end">;
	/** What waits for clients. */
	waiting(): { readonly bodies: number; readonly bytes: number };
	/** Somebody has signed out at the web door: the dialogs that he opened by that session are ended. */
	endSignedOut(): void;
	/** Another node has parted them for this one: they sign in again, and know where they are. */
	endTakenOver(users: readonly UserUri[]): void;
	/**
	 * Takes no new dialog and takes its registrations back; when what waits for clients has gone out, or after `life.drainMs`, says
	 * BYE to them, and resolves when everybody has parted.
	 */
	close(): Promise<void>;
}

const sweepMs = 30_000;
const allowed =
	"INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, MESSAGE, SUBSCRIBE, PUBLISH";

export function createEndpoint(given: EndpointNeeds): Endpoint {
	const { server, log, service } = given;
	const ownDialogs = createOwnDialogs(server);
	let closing = false;
	const needs = {
		...given,
		createUAS: ownDialogs.createUAS,
		drained: () => closing || given.drained(),
	};
	const parter = parting(needs);
	const guests = createGuests(needs.sessions, parter);
	needs.relayed.onLeft(guests.endOfConnection);
	const publishing = createPublishing(needs);
	const dismissal = createDismissal({
		...needs,
		guests: {
			users: () => [
				...new Set([
					...guests.users(),
					...subscriptions.users(),
					...conferences.users(),
				]),
			],
			endOf(user, reason) {
				guests.endOf(user, reason);
				subscriptions.endOf(user);
				conferences.endOf(user);
			},
		},
	});
	const subscriptions = createSubscriptions({
		...needs,
		...service,
		publishing,
		dismissal,
	});
	const conferences = createConferences({ ...service, ...needs, dismissal });
	const inviting = createInviting({
		...needs,
		...service,
		guests,
		publishing,
		dismissal,
	});
	const phones = createPhones({ ...service, ...needs });
	route(needs, { inviting, subscriptions, publishing, phones, conferences });
	const link = createServerLink({
		...{ ...service, server, log },
		onLost(socket) {
			subscriptions.lost(socket);
			conferences.lost(socket);
			phones.lost(socket);
			const dialogs = guests.lost(socket);
			ownDialogs.lost(socket);
			return dialogs;
		},
	});
	const signedOut = createSignedOut({ ...needs, guests });
	const sweep = setInterval(() => {
		guests.probeSilent(service.sessionExpiresSeconds * 1000);
		guests.endIdle();
		signedOut.look();
	}, sweepMs);
	return {
		deliver(event) {
			subscriptions.deliver(event);
			conferences.deliver(event);
		},
		phones,
		waiting: guests.waiting,
		endSignedOut: () => signedOut.look(),
		endTakenOver(users) {
			for (const user of users) guests.endOf(user, "taken over");
		},
		link,
		async close() {
			closing = true;
			inviting.close();
			subscriptions.close();
			conferences.close();
			clearInterval(sweep);
			// Calls cease to come while what is under way comes to its end.
			await Promise.all([link.end(), guests.settled(service.life.drainMs)]);
			guests.endAll("shutting down");
			await phones.close();
			await dismissal.stop();
			await signedOut.settled();
			await parter.close();
		},
	};
}

function route(
	needs: EndpointNeeds & Pick<OwnDialogs, "createUAS">,
	{
		inviting,
		subscriptions,
		publishing,
		phones,
		conferences,
	}: {
		readonly inviting: Inviting;
		readonly subscriptions: Subscriptions;
		readonly publishing: Publishing;
		readonly phones: Pick<Phones, "handle">;
		readonly conferences: Pick<Conferences, "handle">;
	},
): void {
	const { server, log, service, registrar } = needs;
	const services = new Map<string | undefined, string>([
		...service.aliases.map((alias) => [alias, service.poolUri] as const),
		[userPart(service.poolUri), service.poolUri],
		[userPart(service.channelUri), service.channelUri],
	]);
	const on = (method: string, handle: Handler) =>
		server.use(method, (request, reply, next) => {
			countAnswer(request, reply, needs.traffic.note);
			Promise.resolve(handle(request, reply, next)).catch((error) => {
				if (error?.status === 487) return; // cancelled: the SIP server has answered
				const callId = request.get("Call-ID");
				log.error({ err: error, method, callId }, "request not handled");
				if (!reply.finalResponseSent) {
					reply.send(503, { headers: { "Retry-After": "5" } });
				}
			});
		});

	/** The room of ours that it is for. A trusted peer knows what it sends here. */
	const roomOf = (request: IncomingRequest) =>
		needs.peers.of(request) === undefined &&
		isOfOtherDomain(request, service.domain)
			? undefined
			: roomNamedBy(request.uri);

	on("invite", (request, reply, next) => {
		const serviceUri = services.get(userPart(request.uri));
		return serviceUri === undefined
			? next()
			: inviting.handle(request, reply, serviceUri);
	});
	on("subscribe", (request, reply, next) => {
		const event = request.get("Event")?.split(";")[0]?.trim().toLowerCase();
		if (event === provisioningEvent) {
			return provision({ ...needs, ...service }, request, reply);
		}
		if (event === conferenceEvent) {
			const room = roomOf(request);
			if (room !== undefined) return conferences.handle(request, reply, room);
			// In a dialog that has ended it names no room any more.
			const tag = headerParameter(request.get("To") ?? "", "tag");
			return tag === undefined ? next() : reply.send(481);
		}
		return event === roamingSelfEvent
			? subscriptions.handle(request, reply)
			: next();
	});
	on("publish", (request, reply, next) =>
		publishing.takes(request) ? publishing.handle(request, reply) : next(),
	);
	const linkAsking = createLinkAsking(needs);
	on("message", (request, reply, next) => {
		const room = roomOf(request);
		if (room !== undefined) return phones.handle(request, reply, room);
		const serviceUri = services.get(userPart(request.uri));
		return serviceUri === undefined
			? next()
			: linkAsking.handle(request, reply, serviceUri);
	});
	// A proxy that asks whether this node is there is to send new calls elsewhere.
	on("options", (_, reply) =>
		reply.send(needs.drained() ? 503 : 200, {
			headers: {
				Accept: "application/sdp, text/plain",
				Allow: allowed,
				"Allow-Events": `${provisioningEvent},${roamingSelfEvent},${conferenceEvent}`,
			},
		}),
	);
	// A dialog that is not known any more: 481 makes the client begin anew.
	on("info", (request, reply, next) =>
		headerParameter(request.get("To") ?? "", "tag") === undefined
			? next()
			: reply.send(481),
	);
	if (registrar !== undefined) {
		on("register", (request, reply) => registrar.handle(request, reply));
	}
}
