/** A node with people on it who come back by themselves: what is seen when it loses its SIP server, from every side. */
import { deepEqual } from "node:assert/strict";
import type { RoomId, UserUri } from "../../plugin/index.ts";
import {
	type ChatNode,
	type ChatNodeOptions,
	startChatNode,
} from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { startRegistrar, type TestRegistrar } from "../support/registrar.ts";
import { until } from "../support/until.ts";

export interface Losing {
	readonly node: ChatNode;
	readonly people: readonly Person[];
	readonly registrar: TestRegistrar;
	/** By somebody who is there without SIP. */
	say(text: string): Promise<void>;
	/** Resolves when the service has ended everybody's session. */
	gone(): Promise<void>;
	/** Resolves when everybody has come back to the room and has heard just this since the beginning, in this order. */
	back(texts: readonly string[]): Promise<void>;
	/** Checks that every loss so far was counted, told and recorded once for each, and that calls find the service again. */
	once(losses: number): Promise<void>;
	close(): Promise<void>;
}

const names = ["Alice", "Bob", "Carol"];
const uris = names.map((name) => `sip:${name.toLowerCase()}@example.com`);
const dave = "sip:dave@example.com" as UserUri;
const lobby = rooms.lobby.slice(-36) as RoomId;
const comeBack = { firstDelayMs: 50, maxDelayMs: 300 };
const backMs = 20_000;
const password = "registrar-secret";

export async function startLosing(options: ChatNodeOptions): Promise<Losing> {
	const registrar = await startRegistrar({ password });
	const registrations = [{ registrar: registrar.uri, password }];
	const node = await startChatNode({
		...options,
		service: { ...options.service, registrations },
	});
	const told: string[] = [];
	node.chat.condition.onEvent((event) => {
		if (event.type === "parted") told.push(event.user.uri);
	});
	const people = await Promise.all(
		names.map((name) =>
			signIn(
				node,
				name.toLowerCase(),
				"tcp",
				{},
				{ reconnect: comeBack, fillGaps: true },
			),
		),
	);
	for (const { chat } of people) await chat.join(rooms.lobby);
	const speaker = await node.store.users.find(dave);
	if (speaker === undefined) throw new Error("nobody");

	return {
		...{ node, people, registrar },
		async say(text) {
			await node.chat.rooms.post(speaker, { room: lobby, text, alert: false });
		},
		async gone() {
			await until(() => node.chat.condition.dialogs() === 0, {
				what: "the end of all sessions",
				withinMs: backMs,
			});
		},
		async back(texts) {
			for (const person of people) {
				await until(() => sees(person) === names.join(), {
					what: `everybody (not only ${sees(person)})`,
					withinMs: backMs,
				});
				await person.heard(texts.length);
				deepEqual(
					person.messages.map(({ text }) => text),
					texts,
				);
			}
		},
		async once(losses) {
			await registered(node, registrar);
			deepEqual(node.chat.condition.losses(), {
				connections: losses,
				dialogs: losses * names.length,
			});
			const each = Array.from({ length: losses }, () => uris).flat();
			deepEqual(told.toSorted(), each.toSorted());
			deepEqual((await parted(node)).toSorted(), each.toSorted());
		},
		async close() {
			for (const { chat } of people) await chat.close();
			await node.close();
			await registrar.close();
		},
	};
}

/** Who is in the room, as this client shows it. */
function sees({ chat }: Person): string {
	if (!chat.connected) return "nobody";
	const inside = chat.joined.get(rooms.lobby)?.people.values() ?? [];
	return [...inside]
		.map(({ name }) => name)
		.toSorted()
		.join();
}

async function registered(node: ChatNode, { bindings }: TestRegistrar) {
	await until(
		() =>
			bindings.size === 1 &&
			node.chat.condition
				.registrations()
				.every(({ state }) => state === "registered"),
		{ what: "the registration", withinMs: backMs },
	);
}

async function parted({ database }: ChatNode): Promise<string[]> {
	const owed: readonly { payload: string }[] = await database("outbox").where({
		type: "parted",
	});
	return owed.map(({ payload }) => JSON.parse(payload).actor.uri);
}
