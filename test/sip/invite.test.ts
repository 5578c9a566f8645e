/** INVITEs against a scripted drachtio: dialogs that are over before they begin, and many at once. */

import { deepEqual, equal } from "node:assert/strict";
import { EventEmitter } from "node:events";
import { pino } from "pino";
import { createInProcessFanOut } from "../../plugin/cluster/in-process.ts";
import type { Dispatcher } from "../../plugin/commands/dispatch.ts";
import type { User, UserUri } from "../../plugin/rooms/types.ts";
import { createSessions } from "../../plugin/sessions/index.ts";
import { createDismissal } from "../../plugin/sip/dismissal.ts";
import type {
	DrachtioServer,
	IncomingRequest,
	Reply,
} from "../../plugin/sip/drachtio.ts";
import {
	createGuests,
	type Guest,
	type Guests,
} from "../../plugin/sip/guests.ts";
import { createInviting } from "../../plugin/sip/invite.ts";
import type { TrustedPeer } from "../../plugin/sip/options.ts";
import type { Publishing } from "../../plugin/sip/publishing.ts";
import { createRelayedSources } from "../../plugin/sip/relayed.ts";
import { createTraffic } from "../../plugin/traffic.ts";
import { openIdentity, sipParts } from "../support/sip-parts.ts";
import { until } from "../support/until.ts";

const channelUri = "sip:chat@example.com";
const alice: User = {
	uri: "sip:alice@example.com" as UserUri,
	displayName: "Alice",
	guid: "g",
	enabled: true,
};

class ScriptedDialog extends EventEmitter {
	readonly id: string;
	readonly sip: { readonly callId: string };
	readonly connected: boolean;
	readonly socket = {};
	byes = 0;

	constructor(callId: string, connected: boolean) {
		super();
		this.id = callId;
		this.sip = { callId };
		this.connected = connected;
	}

	handle(): void {}

	destroy(): void {
		this.byes += 1;
	}
}

function setUp(
	connected = true,
	{
		trustedPeers = [],
	}: { readonly trustedPeers?: readonly TrustedPeer[] } = {},
) {
	const log = pino({ level: "silent" });
	const dialogs: ScriptedDialog[] = [];
	const sessions = createSessions({
		domain: "example.com",
		log,
		between: async () => [],
		newContentEveryMs: 100,
		hear: () => () => {},
		roomsFollowed: async () => [],
		newContent: async () => ({ unread: new Map() }),
	});
	const all = createGuests(sessions, {
		part: () => {},
		free: async () => {},
		close: async () => {},
	});
	const added: Guest[] = [];
	const guests: Guests = {
		...all,
		add(guest) {
			added.push(guest);
			return all.add(guest);
		},
	};
	const fanOut = createInProcessFanOut();
	let enabled = true;
	const dismissal = createDismissal({
		directory: {
			enabled: async (users) => new Set(enabled ? users : []),
		},
		guests,
		events: fanOut,
		log,
	});
	const parts = sipParts({ trustedPeers });
	const inviting = createInviting({
		dismissal,
		createUAS: (async (request: IncomingRequest) => {
			// The library resolves when the SIP server has confirmed the 200, a turn or more later.
			await new Promise(setImmediate);
			const dialog = new ScriptedDialog(
				request.get("Call-ID") ?? "",
				connected,
			);
			dialogs.push(dialog);
			return dialog;
		}) as unknown as DrachtioServer["createUAS"],
		identity: openIdentity(parts, alice),
		guard: parts.guard,
		peers: parts.peers,
		guests,
		sessions,
		dispatcher: {} as Dispatcher,
		publishing: {} as Publishing,
		log,
		sessionExpiresSeconds: 720,
		sessionsPerUser: 3,
		drained: () => false,
		load: { refuses: () => false },
		traffic: createTraffic(),
		relayed: createRelayedSources(),
	});
	let calls = 0;
	async function invite(headers: Readonly<Record<string, string>> = {}) {
		calls += 1;
		const all: Record<string, string> = {
			From: "<sip:alice@example.com>;tag=1",
			To: `<${channelUri}>`,
			"Call-ID": `call-${calls}`,
			Contact: "<sip:alice@192.0.2.1>",
			Via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
			...headers,
		};
		const request = {
			isNewInvite: true,
			body: "",
			raw: `INVITE ${channelUri} SIP/2.0\r\n${Object.entries(all)
				.map((line) => line.join(": "))
				.join("\r\n")}\r\n\r\n`,
			source_address: "192.0.2.1",
			source_port: 5060,
			protocol: "udp",
			get: (name: string) => all[name],
			has: (name: string) => name in all,
			on: () => {},
		} as unknown as IncomingRequest;
		let status = 200;
		const reply = {
			send: (code: number) => {
				status = code;
			},
		} as unknown as Reply;
		await inviting.handle(request, reply, channelUri);
		return status;
	}
	async function disable(): Promise<void> {
		enabled = false;
		await fanOut.publish({ type: "policy", users: [alice.uri] });
	}
	return { invite, guests, added, dialogs, inviting, disable };
}

describe("an INVITE", () => {
	it("whose BYE came before we could listen takes nobody's place", async () => {
		const { invite, guests } = setUp(false);
		await invite();
		equal(guests.othersOf(alice.uri, undefined), 0);
	});

	it("counts while it is being answered: no more are let in than may be", async () => {
		const { invite, guests } = setUp();
		const statuses = await Promise.all(
			Array.from({ length: 10 }, () => invite()),
		);
		equal(statuses.filter((status) => status === 200).length, 3);
		equal(statuses.filter((status) => status === 486).length, 7);
		equal(guests.othersOf(alice.uri, undefined), 3);
	});

	it("of the same device takes the place of the one before, also when they come at once", async () => {
		const { invite, guests, dialogs } = setUp();
		const From = "<sip:alice@example.com>;tag=1;epid=abc";
		await Promise.all([invite({ From }), invite({ From })]);
		await invite({ From });
		equal(guests.othersOf(alice.uri, undefined), 1);
		deepEqual(
			dialogs.map(({ byes }) => byes),
			[1, 1, 0],
		);
	});

	it("behind a B2BUA is of the device that this names, and ends when idle for as long as is said", async () => {
		const { invite, added, dialogs } = setUp(true, {
			trustedPeers: [
				{
					...{ address: "192.0.2.1", behaves: "b2bua", callerIn: "X-User" },
					...{ deviceIn: "X-Device", idleSeconds: 90 },
				},
			],
		});
		for (const device of ["desk", "mobile", "desk"]) {
			await invite({ "X-User": "alice@example.com", "X-Device": device });
		}
		deepEqual(
			dialogs.map(({ byes }) => byes),
			[1, 0, 0],
		);
		deepEqual(
			added.map(({ maxIdleMs }) => maxIdleMs),
			[90_000, 90_000, 90_000],
		);
		const direct = setUp();
		await direct.invite();
		equal(direct.added[0]?.maxIdleMs, undefined);
	});

	it("with identifiers that no frame could carry is refused", async () => {
		const { invite } = setUp();
		equal(await invite({ "Call-ID": "x".repeat(400) }), 400);
		equal(
			await invite({ From: `<sip:alice@example.com;x=${"y".repeat(1_000)}>` }),
			400,
		);
	});

	it("of somebody whom policy turns off while it is answered ends at once", async () => {
		const { invite, dialogs, disable } = setUp();
		const answered = invite();
		await disable();
		equal(dialogs.length, 0);
		equal(await answered, 200);
		await until(() => dialogs[0]?.byes === 1, { what: "the BYE" });
	});

	it("is refused while the node shuts down", async () => {
		const { invite, inviting } = setUp();
		inviting.close();
		equal(await invite(), 503);
	});
});
