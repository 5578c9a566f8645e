/** The door for SIP: requests for the chat service, commands in dialogs, and what is sent to ordinary phones. */
import type Srf from "drachtio-srf";
import { createDispatcher, type Dispatcher } from "../commands/dispatch.ts";
import { createTicker } from "../compliance/ticker.ts";
import { createDialogGuard } from "../sip/dialog-guard.ts";
import { typed } from "../sip/drachtio.ts";
import { createEndpoint, type Endpoint } from "../sip/endpoint.ts";
import { createRegistrar, type Registrar } from "../sip/registrar.ts";
import { joinServers } from "../sip/sip-servers.ts";
import type { Ground } from "./ground.ts";
import type { House } from "./house.ts";
import type { Parts } from "./parts.ts";

/** What was said while nobody heard it, by another node or before a start, is sent to phones so much later at most. */
const lookForPhonesEveryMs = 5_000;

type SipDoorNeeds = Omit<Parts, "endpoint" | "amongNodes">;

export function openSipDoor(
	srfs: readonly Srf[],
	needs: SipDoorNeeds,
): Endpoint {
	const { ground, house, telling, signingIn, ownNode, bearing } = needs;
	const { service, store } = ground;
	return createEndpoint({
		...ground,
		...signingIn,
		drained: ownNode.drained,
		load: bearing.load,
		service: { ...service, ...service.limits },
		server: joinServers(srfs.map(typed)),
		guard: createDialogGuard({
			...signingIn,
			dialogsKeepAddress: service.dialogsKeepAddress,
		}),
		tickets: signingIn.sipTickets,
		registrar: registrarOf(needs),
		sessions: telling.sessions,
		rooms: house.rooms,
		phoneRooms: house.nodeRooms,
		directory: store.directory,
		events: ground.fanOut,
		dispatcher: dispatcherOf(needs),
		signInLink: signingIn.signInLinks.issue,
	});
}

function registrarOf({
	ground: { service, store },
	signingIn: { identity },
}: SipDoorNeeds): Registrar | undefined {
	if (!service.registrar) return undefined;
	return createRegistrar({
		...{ identity, users: store.users },
		now: () => performance.now(),
	});
}

function dispatcherOf({
	ground: { service, store, traffic, now, log },
	house: { rooms },
	telling: { sessions },
	signingIn: { signInLinks, turnedAway, webAddress },
	ownNode,
	bearing: { load, pacing },
}: SipDoorNeeds): Dispatcher {
	return createDispatcher({
		...{ sessions, rooms, load, pacing, now, log },
		signInLink: signInLinks.issue,
		onDone: (command, ms) => traffic.note({ type: "command", command, ms }),
		onOtherAuthor: ({ actor, outlet }) =>
			turnedAway.refused("other-author", {
				callId: outlet.callId,
				user: actor.uri,
			}),
		service: {
			...service,
			...service.limits,
			databaseId: store.id,
			rootUri: `ma-cat://${service.domain}/${store.id}`,
			fileServiceUrl: webAddress.fileService,
			nextChannel() {
				const node = ownNode.lightest(Object.keys(service.channels));
				const channel = node && service.channels[node];
				return channel ?? service.channelUri;
			},
		},
	});
}

/** The first look is for what was said before. */
export async function sendToPhones(
	{ phones }: Endpoint,
	{ nodeRooms }: House,
	{ fanOut, log }: Ground,
): Promise<{ close(): Promise<void> }> {
	await nodeRooms.releasePhones();
	const ticker = createTicker({
		work: async () => {
			await phones.look();
			return lookForPhonesEveryMs;
		},
		failed: (error) => {
			log.warn({ err: error }, "phones not looked for; again soon");
			return lookForPhonesEveryMs;
		},
	});
	const stop = fanOut.subscribe((event) => {
		if (phones.concerns(event)) ticker.wake();
	});
	return {
		async close() {
			stop();
			await ticker.close();
		},
	};
}
