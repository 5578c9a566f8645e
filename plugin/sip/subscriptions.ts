/** SUBSCRIBE for one's own presence document: who may, how many, for how long; and what is told to whom when it changes. */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { RoomEvent } from "../rooms/events.ts";
import type { Rooms } from "../rooms/index.ts";
import type { User, UserUri } from "../rooms/types.ts";
import { isSameClient, traitsOf } from "./client-traits.ts";
import type { DialogGuard } from "./dialog-guard.ts";
import type { Dismissal } from "./dismissal.ts";
import type { DrachtioServer, IncomingRequest, Reply } from "./drachtio.ts";
import { actorOf, type Identity } from "./identity.ts";
import type { Publishing } from "./publishing.ts";
import type { SipServers } from "./sip-servers.ts";
import { forget, secondsOf, unfit } from "./subscribing.ts";
import { createSubscription, type Subscription } from "./subscription.ts";
import { createUnderWay } from "./under-way.ts";
import { userUri } from "./uri.ts";

export const roamingSelfEvent = "vnd-microsoft-roaming-self";

export interface SubscriptionsNeeds {
	readonly server: Pick<SipServers, "removeDialog">;
	readonly createUAS: DrachtioServer["createUAS"];
	readonly identity: Identity;
	readonly guard: DialogGuard;
	readonly rooms: Rooms;
	readonly publishing: Publishing;
	readonly dismissal: Pick<Dismissal, "generation" | "dismiss">;
	readonly log: Logger;
	/** Subscriptions that one user may have at the same time. */
	readonly sessionsPerUser: number;
}

export interface Subscriptions {
	handle(request: IncomingRequest, reply: Reply): Promise<void>;
	/** Tells the clients here of a user whose document has changed, but not the one that did it. */
	deliver(event: RoomEvent): void;
	/** Who has any here. */
	users(): readonly UserUri[];
	/** He may not use persistent chat any more. */
	endOf(user: UserUri): void;
	/** The control connection is gone, and these dialogs with it. */
	lost(socket: Socket): void;
	/** From now on nobody is let in; who is there is told that it is over. */
	close(): void;
}

export function createSubscriptions(needs: SubscriptionsNeeds): Subscriptions {
	const byUser = new Map<UserUri, Set<Subscription>>();
	const underWay = createUnderWay(needs.dismissal);
	let closing = false;

	async function handle(request: IncomingRequest, reply: Reply) {
		if (closing) {
			reply.send(503, { headers: { "Retry-After": "5" } });
			return;
		}
		const fault = unfit(request);
		if (fault !== undefined) {
			reply.send(fault.status, fault.reason);
			return;
		}
		await underWay.admit(() => answer(request, reply));
		if (closing) endAll();
	}

	/** The user who has been let in. */
	async function answer(
		request: IncomingRequest,
		reply: Reply,
	): Promise<User | undefined> {
		const user = await needs.identity.identify(request, reply);
		if (user === undefined) return undefined;
		const refusal = refused(user, request);
		if (refusal !== undefined) {
			reply.send(403, refusal);
			return undefined;
		}
		const seconds = secondsOf(request, reply);
		if (seconds === undefined) return undefined;
		const traits = traitsOf(request);
		const others = [...(byUser.get(user.uri) ?? [])].filter(
			(each) => !isSameClient(each.traits, traits),
		);
		if (others.length + underWay.of(user.uri) >= needs.sessionsPerUser) {
			reply.send(403, "Subscribed on too many devices");
			return undefined;
		}
		await underWay.count(user.uri, () => open(user, request, reply, seconds));
		return user;
	}

	async function open(
		user: User,
		request: IncomingRequest,
		reply: Reply,
		seconds: number,
	): Promise<void> {
		const dialog = await needs.createUAS(request, reply, {
			headers: { Expires: String(seconds) },
		});
		const actor = actorOf(user);
		const mine = byUser.get(user.uri) ?? new Set();
		const traits = traitsOf(request);
		for (const other of [...mine]) {
			if (isSameClient(other.traits, traits)) other.end("deactivated");
		}
		const subscription = createSubscription({
			...needs,
			dialog,
			actor,
			traits,
			event: request.get("Event") ?? roamingSelfEvent,
			seconds,
			secondsOf,
			onPublish: (publish, answer) =>
				void needs.publishing.handleOf(actor, publish, answer),
			onEnd() {
				mine.delete(subscription);
				if (mine.size === 0 && byUser.get(user.uri) === mine) {
					byUser.delete(user.uri);
				}
				forget(needs.server, dialog);
			},
		});
		needs.guard.watch(dialog, request, user.uri);
		byUser.set(user.uri, mine.add(subscription));
	}

	function* all(): Iterable<Subscription> {
		for (const mine of [...byUser.values()]) yield* [...mine];
	}

	function endAll(): void {
		for (const subscription of all()) subscription.end("deactivated");
	}

	return {
		handle,
		deliver(event) {
			if (event.type !== "presence") return;
			for (const subscription of [...(byUser.get(event.user) ?? [])]) {
				const { traits } = subscription;
				const knows = event.by !== undefined && isSameClient(traits, event.by);
				if (!knows) subscription.changed(event.changed);
			}
		},
		users: () => [...byUser.keys()],
		endOf(user) {
			for (const subscription of [...(byUser.get(user) ?? [])]) {
				subscription.end("rejected");
			}
		},
		lost(socket) {
			for (const subscription of all()) {
				if (subscription.dialog.socket === socket) subscription.lost();
			}
		},
		close() {
			closing = true;
			endAll();
		},
	};
}

function refused(user: User, request: IncomingRequest): string | undefined {
	if (!user.enabled) return "Not enabled for persistent chat";
	return userUri(request.get("To") ?? "") === user.uri
		? undefined
		: "You may subscribe only to yourself";
}
