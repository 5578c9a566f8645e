/** A real softphone, Debian's baresip, as somebody uses it: docs/phones.md walks the same way. */
import { deepEqual, equal } from "node:assert/strict";
import type { RoomId } from "../../../plugin/index.ts";
import { type Softphone, startBaresip } from "../../support/baresip.ts";
import {
	type ChatNode,
	startChatNode,
	type Transport,
} from "../../support/chat-node.ts";
import { type Person, rooms, signIn } from "../../support/people.ts";
import { until } from "../../support/until.ts";

const lobbyId = "00000000-0000-4000-8000-000000000001" as RoomId;

describe("baresip", () => {
	let node: ChatNode;
	let bob: Person;
	let softphone: Softphone | undefined;

	before(async () => {
		node = await startChatNode();
		await node.store.transaction(async (tx) => {
			await tx.rooms.lock(lobbyId);
			await tx.rooms.change(lobbyId, { alias: "lobby" }, "test", new Date());
		});
		bob = await signIn(node, "bob");
		await bob.chat.join(rooms.lobby);
	});
	afterEach(() => softphone?.close());
	after(async () => {
		await bob.chat.close();
		await node.close();
	});

	for (const transport of ["tcp", "udp"] satisfies Transport[]) {
		it(`registers, joins a room, writes to it and is sent what is said there, over ${transport}`, async () => {
			const before = bob.messages.length;
			softphone = await startBaresip({
				server: node.server(transport),
				name: "alice",
				contact: '"Lobby" <sip:room.lobby@example.com>',
			});
			softphone.type("message", "/join");
			await softphone.shows(/You are in Lobby \(2 people\)/);
			softphone.type("message", "hello from a phone");
			const heard = await bob.heard(before + 1);
			equal(heard.at(-1)?.text, "hello from a phone");
			equal(heard.at(-1)?.author.name, "Alice");
			await bob.chat.post(rooms.lobby, `hello over ${transport}`);
			await softphone.shows(new RegExp(`Bob: hello over ${transport}`));
			softphone.type("message", "/who");
			await softphone.shows(/In Lobby \(2\): Alice, Bob/);
			softphone.type("message", "/part");
			await softphone.shows(/What is said in Lobby is not sent/);
			await until(() => bob.comings.at(-1) === "-Alice", { what: "her PART" });
			deepEqual(bob.comings.slice(-2), ["+Alice", "-Alice"]);
		});
	}
});
