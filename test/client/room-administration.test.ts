/** The client's administration of rooms, against a node. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { ChatRefused, type RoomInfo } from "../../client/index.ts";
import type { CategoryId, Principal } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { operator } from "../support/domain.ts";
import { type Person, signIn } from "../support/people.ts";

const general = "00000000-0000-4000-8000-00000000c001";

describe("a client that administers rooms", () => {
	let node: ChatNode;
	let alice: Person;
	let bob: Person;
	let made: RoomInfo;

	before(async () => {
		node = await startChatNode();
		await node.chat.rooms.changeCategory(operator, general as CategoryId, {
			creators: ["sip:alice@example.com" as Principal],
		});
		alice = await signIn(node, "alice");
		bob = await signIn(node, "bob");
	});
	after(async () => {
		await alice?.chat.close();
		await bob?.chat.close();
		await node?.close();
	});

	it("finds where it may make one, and makes it", async () => {
		const { administration } = alice.chat;
		const [category] = await administration.categories();
		ok(category);
		equal(category.name, "General");
		made = await administration.create(
			{
				name: "Planning",
				category: category.uri,
				addIn: { name: "Wiki", url: "https://wiki.example.com/" },
			},
			{ members: ["sip:alice@example.com", "sip:bob@example.com"] },
		);
		equal(made.privacy, "closed");
		equal(made.addIn?.name, "Wiki");
		equal((await bob.chat.administration.categories()).length, 0);
	});

	it("changes it with the state that it had read, and is refused with an older one", async () => {
		const { administration } = alice.chat;
		await bob.chat.join(made.uri);
		const told = bob.chat.next("roomChanged");
		const changed = await administration.change(
			made.uri,
			{ name: "Plans", addIn: null },
			made.version,
		);
		equal(changed.name, "Plans");
		equal(changed.addIn, undefined);
		const { room, before } = await told;
		deepEqual([before.name, room.info.name], ["Planning", "Plans"]);
		await rejects(
			administration.change(made.uri, { name: "Late" }, made.version),
			(error) => error instanceof ChatRefused && error.code === 409,
		);
		await rejects(
			bob.chat.administration.change(made.uri, { name: "Mine" }),
			(error) => error instanceof ChatRefused && error.code === 403,
		);
	});

	it("gives and takes roles: who gets one is told, who loses his is out", async () => {
		const { administration } = alice.chat;
		const promoted = bob.chat.next("permissionsChanged");
		const { roles } = await administration.changeRoles(made.uri, {
			add: { managers: ["sip:bob@example.com"] },
		});
		deepEqual(
			roles?.managers.map(({ name }) => name),
			["Alice", "Bob"],
		);
		equal((await promoted).person.manager, true);
		const kicked = bob.chat.next("kicked");
		await administration.changeRoles(made.uri, {
			remove: { members: ["sip:bob@example.com"] },
		});
		equal((await kicked).why, "not a member any more");
		equal(bob.chat.joined.size, 0);
	});

	it("is told the roles of what it manages, and of nothing else", async () => {
		const own = await alice.chat.administration.info(made.uri);
		deepEqual(own.roles?.presenters, []);
		const [lobby] = await alice.chat.rooms("Lobby");
		ok(lobby);
		const other = await alice.chat.administration.info(lobby.uri);
		equal(other.roles, undefined);
		equal(other.info.name, "Lobby");
	});

	it("finds people", async () => {
		const { administration } = alice.chat;
		const { principals, more } = await administration.people("carol");
		deepEqual(principals, [
			{ uri: "sip:carol@example.com", name: "Carol", kind: "user" },
		]);
		equal(more, false);
		const eligible = await administration.eligible(
			made.uri,
			"sip:bob@example.com",
		);
		deepEqual(
			eligible.principals.map(({ name }) => name),
			["Carol", "Dave"],
		);
	});
});
