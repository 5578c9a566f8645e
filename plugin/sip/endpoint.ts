/** The chat service as SIP reaches it: who answers, what is open, what stands and falls with the SIP server, and the end of it all. */
import type { RoomEvent } from "../rooms/events.ts";
import type { UserUri } from "../rooms/types.ts";
import { type Answerers, createAnswerers } from "./answerers.ts";
import type { EndpointNeeds } from "./endpoint-needs.ts";
import { createGuests, type Guests } from "./guests.ts";
import { createOwnDialogs, type OwnDialogs } from "./own-dialogs.ts";
import { parting } from "./parting.ts";
import type { Phones } from "./phones/index.ts";
import { route } from "./routing.ts";
import { createServerLinks, type ServerLinks } from "./server-links.ts";
import { createSignedOut } from "./signed-out.ts";

export interface Endpoint {
	/** Tells clients here of changes in their user's presence document, and of who is in rooms. */
	deliver(event: RoomEvent): void;
	readonly phones: Pick<Phones, "concerns" | "look">;
	readonly link: Omit<ServerLinks, "end">;
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

export function createEndpoint(given: EndpointNeeds): Endpoint {
	const ownDialogs = createOwnDialogs(given.server);
	let closing = false;
	const drained = () => closing || given.drained();
	const parter = parting(given);
	const guests = createGuests(given.sessions, parter);
	const { createUAS } = ownDialogs;
	const needs = { ...given, createUAS, drained, guests };
	needs.relayed.onLeft(guests.endOfConnection);
	const answerers = createAnswerers(needs);
	route(needs, answerers);
	const link = linkToServers(needs, answerers, ownDialogs);
	const signedOut = createSignedOut(needs);
	const sweep = setInterval(() => {
		guests.probeSilent(needs.service.sessionExpiresSeconds * 1000);
		guests.endIdle();
		signedOut.look();
	}, sweepMs);
	const { inviting, subscriptions, conferences, phones } = answerers;
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
			for (const each of [inviting, subscriptions, conferences]) each.close();
			clearInterval(sweep);
			// Calls cease to come while what is under way comes to its end.
			const { drainMs } = needs.service.life;
			await Promise.all([link.end(), guests.settled(drainMs)]);
			guests.endAll("shutting down");
			await phones.close();
			await answerers.dismissal.stop();
			await signedOut.settled();
			await parter.close();
		},
	};
}

function linkToServers(
	needs: EndpointNeeds & { readonly guests: Guests },
	{ subscriptions, conferences, phones }: Answerers,
	ownDialogs: OwnDialogs,
): ServerLinks {
	const { server, log, service } = needs;
	return createServerLinks({
		...{ ...service, servers: server, log },
		onLost(socket) {
			subscriptions.lost(socket);
			conferences.lost(socket);
			phones.lost(socket);
			const dialogs = needs.guests.lost(socket);
			ownDialogs.lost(socket);
			return dialogs;
		},
	});
}
