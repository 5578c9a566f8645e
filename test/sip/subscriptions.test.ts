/** SUBSCRIBEs against a scripted drachtio: policy that changes while one is answered. */

import { deepEqual, equal } from "node:assert/strict";
import { pino } from "pino";
import { createInProcessFanOut } from "../../plugin/cluster/in-process.ts";
import type { Rooms } from "../../plugin/rooms/index.ts";
import type { UserUri } from "../../plugin/rooms/types.ts";
import { createDismissal } from "../../plugin/sip/dismissal.ts";
import type {
	DialogRequest,
	DrachtioServer,
	IncomingRequest,
	Reply,
} from "../../plugin/sip/drachtio.ts";
import type { Publishing } from "../../plugin/sip/publishing.ts";
import {
	createSubscriptions,
	type Subscriptions,
} from "../../plugin/sip/subscriptions.ts";
import { openIdentity, sipParts } from "../support/sip-parts.ts";
import { until } from "../support/until.ts";

const alice = "sip:alice@example.com" as UserUri;

function setUp() {
	const log = pino({ level: "silent" });
	const fanOut = createInProcessFanOut();
	const states: string[] = [];
	let enabled = true;
	const guests = {
		users: () => subscriptions.users(),
		endOf: (user: UserUri) => subscriptions.endOf(user),
	};
	const dismissal = createDismissal({
		directory: { enabled: async (users) => new Set(enabled ? users : []) },
		guests,
		events: fanOut,
		log,
	});
	const dialog = {
		id: "call;from-tag=1",
		sip: { callId: "call" },
		socket: {},
		handle() {},
		request({ headers }: DialogRequest) {
			states.push(headers?.["Subscription-State"] ?? "");
		},
	};
	const parts = sipParts();
	const subscriptions: Subscriptions = createSubscriptions({
		dismissal,
		createUAS: (async () => {
			await new Promise(setImmediate);
			return dialog;
		}) as unknown as DrachtioServer["createUAS"],
		server: { removeDialog() {} },
		identity: openIdentity(parts, {
			uri: alice,
			displayName: "Alice",
			guid: "g",
			enabled: true,
		}),
		guard: parts.guard,
		rooms: { presence: async () => [] } as unknown as Rooms,
		publishing: {} as Publishing,
		log,
		sessionsPerUser: 3,
	});
	const headers: Record<string, string> = {
		From: `<${alice}>;tag=1`,
		To: `<${alice}>`,
		"Call-ID": "call",
		Contact: "<sip:alice@192.0.2.1>",
		Event: "vnd-microsoft-roaming-self",
		Via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
	};
	const request = {
		source_address: "192.0.2.1",
		source_port: 5060,
		protocol: "udp",
		get: (name: string) => headers[name],
		has: (name: string) => name in headers,
	} as unknown as IncomingRequest;
	const reply = { send() {} } as unknown as Reply;
	return {
		subscriptions,
		states,
		subscribe: () => subscriptions.handle(request, reply),
		async disable() {
			enabled = false;
			await fanOut.publish({ type: "policy", users: [alice] });
		},
	};
}

describe("a SUBSCRIBE", () => {
	it("of somebody whom policy turns off while it is answered ends at once", async () => {
		const { subscriptions, states, subscribe, disable } = setUp();
		const answered = subscribe();
		await disable();
		deepEqual(subscriptions.users(), []);
		await answered;
		await until(() => subscriptions.users().length === 0, { what: "the end" });
		equal(states.at(-1), "terminated;reason=rejected");
	});
});
