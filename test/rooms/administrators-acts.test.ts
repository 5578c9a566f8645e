/** What administrators do: nobody else may, and all of it is written down, refusals too. */
import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pino } from "pino";
import { createPool, type OwnNode } from "../../plugin/pool.ts";
import type {
	Actor,
	GroupId,
	Principal,
	RoomId,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	enter,
	openDomain,
	operator,
} from "../support/domain.ts";

const bobUri = "sip:bob@example.com" as UserUri;

describe("an act of administration", () => {
	let domain: Domain;
	let own: OwnNode;
	let alice: Actor;

	before(async () => {
		domain = await openDomain();
		alice = await domain.person("alice");
		await domain.store.nodes.alive("one", new Date());
		own = createPool({
			node: "one",
			states: domain.store.nodeStates,
			rooms: domain.rooms,
			load: () => ({ dialogs: 0, people: 0 }),
			now: () => new Date(),
			log: pino({ level: "silent" }),
		});
	});
	after(async () => {
		await own?.close();
		await domain?.close();
	});

	async function newest() {
		const [entry] = await domain.rooms.auditEntries(operator, { limit: 1 });
		return entry && { action: entry.action, outcome: entry.outcome };
	}

	it("on the pool, and a look at the log of them, is for administrators alone", async () => {
		const { pool } = own;
		const entry = await domain.rooms.beginAct(operator, {
			action: "exported",
			subject: "here",
		});
		const ended = { outcome: "done", reason: "" } as const;
		for (const ask of Object.values({
			nodes: () => pool.nodes(alice),
			drain: () => pool.drain(alice, "one"),
			resume: () => pool.resume(alice, "one"),
			auditEntries: () => domain.rooms.auditEntries(alice, { limit: 1 }),
			beginAct: () =>
				domain.rooms.beginAct(alice, { action: "exported", subject: "here" }),
			endAct: () => domain.rooms.endAct(alice, entry, ended),
		})) {
			await refused("forbidden", ask());
		}
		equal(own.drained(), false);
		await domain.rooms.endAct(operator, entry, ended);
		deepEqual(await newest(), { action: "node-resumed", outcome: "refused" });
	});

	it("is written down, each of them, done or refused", async () => {
		const { rooms } = domain;
		const category = await addCategory(domain);
		const make = async (name: string): Promise<RoomId> =>
			(
				await rooms.createRoom(operator, {
					...{ name, category: category.id, privacy: "open" },
				})
			).room.id;
		const room = await make("To be cleared");
		const other = await make("To be removed");
		const empty = await addCategory(domain, { allowed: [] });
		await enter(domain, alice, room);
		const post = async (text: string) =>
			(await rooms.post(alice, { room, text, alert: false })).sequence;
		const [first, second] = [await post("one"), await post("two")];
		let group: GroupId | undefined;
		const groupId = () => group as GroupId;
		const bob = bobUri as string as Principal;
		const addIn = { name: "Wiki", url: "https://wiki.example.com/" };
		const none = () => {};
		const acts: Readonly<
			Record<string, readonly [string, () => Promise<unknown>]>
		> = {
			addUser: [
				"user-added",
				() => rooms.addUser(operator, { uri: bobUri, displayName: "Bob" }),
			],
			changeUser: [
				"user-changed",
				() => rooms.changeUser(operator, bobUri, { displayName: "Rob" }),
			],
			createGroup: [
				"group-added",
				async () => {
					group = (await rooms.createGroup(operator, "Some", [bob])).id;
				},
			],
			changeGroup: [
				"group-changed",
				() => rooms.changeGroup(operator, groupId(), { name: "Others" }),
			],
			removeGroup: [
				"group-removed",
				() => rooms.removeGroup(operator, groupId()),
			],
			setPolicy: [
				"policy-set",
				() =>
					rooms.setPolicy(operator, {
						scope: bobUri,
						enabled: false,
						admit: false,
					}),
			],
			unsetPolicy: ["policy-unset", () => rooms.unsetPolicy(operator, bobUri)],
			setAdministrators: [
				"administrators-changed",
				() => rooms.setAdministrators(operator, [bob]),
			],
			changeAdministrators: [
				"administrators-changed",
				() => rooms.changeAdministrators(operator, { remove: [bob] }),
			],
			createCategory: ["category-added", () => addCategory(domain)],
			changeCategory: [
				"category-changed",
				() => rooms.changeCategory(operator, empty.id, { description: "None" }),
			],
			removeCategory: [
				"category-removed",
				() => rooms.removeCategory(operator, empty.id),
			],
			createRoom: ["room-added", () => make("One more")],
			changeRoom: [
				"room-changed",
				() =>
					rooms.changeRoom(operator, other, {
						properties: { description: "Soon gone" },
					}),
			],
			listMessages: [
				"messages-listed",
				() => rooms.listMessages(operator, room, { count: 10 }),
			],
			replaceMessages: [
				"messages-replaced",
				() =>
					rooms.replaceMessages(
						operator,
						{ room, sequences: [first] },
						"gone",
						none,
					),
			],
			deleteMessages: [
				"messages-deleted",
				() =>
					rooms.deleteMessages(operator, { room, sequences: [second] }, none),
			],
			clearRoom: [
				"room-cleared",
				() =>
					rooms.clearRoom(operator, room, new Date(Date.now() + 1_000), none),
			],
			removeRoom: ["room-removed", () => rooms.removeRoom(operator, other)],
			registerAddIn: [
				"add-in-added",
				() => rooms.registerAddIn(operator, addIn),
			],
			changeAddIn: ["add-in-changed", () => rooms.changeAddIn(operator, addIn)],
			removeAddIn: [
				"add-in-removed",
				() => rooms.removeAddIn(operator, addIn.name),
			],
			removeUser: ["user-removed", () => rooms.removeUser(operator, bobUri)],
		};
		for (const [name, [action, perform]] of Object.entries(acts)) {
			await perform();
			deepEqual(await newest(), { action, outcome: "done" }, name);
		}
		// All that there are.
		const source = readFileSync(
			new URL("../../plugin/rooms/audited.ts", import.meta.url),
			"utf8",
		);
		const listed = [...source.matchAll(/^\t(\w+): \(\[/gm)].map(
			([, name]) => name,
		);
		deepEqual(listed.sort(), Object.keys(acts).sort());
		await refused("forbidden", rooms.removeRoom(alice, room));
		deepEqual(await newest(), { action: "room-removed", outcome: "refused" });
	});
});
