/** Rosters of rooms with more people than the limit, and bulk changes, over real SIP: who is told what, and by how many INFOs. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Principal, RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const operator = {
	uri: "sip:operator@example.com" as UserUri,
	displayName: "Operator",
	guid: "operator",
	administrator: true,
};

describe("rosters", () => {
	let node: ChatNode;
	const everybody: Person[] = [];

	beforeEach(async () => {
		node = await startChatNode({
			service: { authentication: "open", limits: { roster: 5 } },
		});
	});
	afterEach(async () => {
		await Promise.all(everybody.splice(0).map(({ chat }) => chat.close()));
		await node.close();
	});

	const uriOf = (name: string) =>
		`sip:${name}@example.com` as UserUri & Principal;

	async function enabled(count: number): Promise<readonly string[]> {
		const names = Array.from({ length: count }, (_, i) => `p${i}`);
		await node.store.transaction(async (tx) => {
			for (const name of names) {
				await tx.users.add({
					uri: uriOf(name),
					displayName: name,
					guid: name,
					active: true,
				});
			}
		});
		return names;
	}

	async function arrive(name: string): Promise<Person> {
		const person = await signIn(node, name);
		everybody.push(person);
		await person.chat.join(rooms.lobby);
		return person;
	}
	const listed = ({ chat }: Person) =>
		[...(chat.joined.get(rooms.lobby)?.people.values() ?? [])]
			.map(({ name }) => name)
			.sort();
	const present = (count: number) =>
		until(
			async () =>
				(await node.store.rooms.summary(lobby))?.participantCount === count,
			{ what: `${count} in the room` },
		);

	it("above the limit nobody is told, joins list only the joiner, and the count is exact; below 80 % all know again", async () => {
		const names = await enabled(7);
		const people: Person[] = [];
		for (const name of names) people.push(await arrive(name));
		const [p0, p1, p2, p3, p4, p5, p6] = people as [
			Person,
			Person,
			Person,
			Person,
			Person,
			Person,
			Person,
		];
		await until(() => p0.comings.length >= 4, { what: "the first five" });
		deepEqual(p0.comings, ["+p1", "+p2", "+p3", "+p4"]);
		deepEqual(listed(p5), ["p5"]);
		deepEqual(listed(p6), ["p6"]);
		equal(p6.chat.joined.get(rooms.lobby)?.info.participantCount, 7);

		ok(p6.chat.joined.get(rooms.lobby)?.info.rosterHidden);
		await until(() => p0.chat.joined.get(rooms.lobby)?.info.rosterHidden, {
			what: "p0 to be told that nobody is told any more",
		});
		const first = await p0.chat.participants(rooms.lobby, { limit: 4 });
		deepEqual(
			[first.people.map(({ name }) => name), first.count, first.more],
			[["p0", "p1", "p2", "p3"], 7, true],
		);
		const rest = await p0.chat.participants(rooms.lobby, {
			after: first.people.at(-1)?.uri ?? "",
		});
		deepEqual(
			[rest.people.map(({ name }) => name), rest.more],
			[["p4", "p5", "p6"], false],
		);

		await p1.chat.part(rooms.lobby);
		await p2.chat.part(rooms.lobby);
		await p3.chat.part(rooms.lobby);
		await present(4);
		await p4.chat.post(rooms.lobby, "still hidden");
		await p0.heard(1);
		deepEqual(p0.comings, ["+p1", "+p2", "+p3", "+p4"]);
		deepEqual(p5.comings, []);

		await p4.chat.part(rooms.lobby);
		await until(() => p0.comings.length >= 10, { what: "what p0 missed" });
		deepEqual(p0.comings.slice(4), ["-p1", "-p2", "-p3", "-p4", "+p5", "+p6"]);
		await until(() => p5.comings.length >= 2 && p6.comings.length >= 2, {
			what: "the list for who had none",
		});
		deepEqual(p5.comings, ["+p0", "+p6"]);
		deepEqual(listed(p6), ["p0", "p5", "p6"]);
		equal(p6.chat.joined.get(rooms.lobby)?.info.rosterHidden, false);

		await p1.chat.join(rooms.lobby);
		await until(() => p5.comings.includes("+p1"), { what: "notices again" });
		deepEqual(listed(p1), ["p0", "p1", "p5", "p6"]);
	});

	it("a kick that brings the room below the limit tells each what he missed, and once", async () => {
		const names = await enabled(7);
		const people: Person[] = [];
		for (const name of names) people.push(await arrive(name));
		const [p0, , , , , , p6] = people as [
			Person,
			Person,
			Person,
			Person,
			Person,
			Person,
			Person,
		];
		const room = await node.store.rooms.find(lobby);
		ok(room);
		await node.chat.rooms.changeCategory(operator, room.category.id, {
			denied: ["p1", "p2", "p3", "p4"].map(uriOf),
		});
		await until(() => p0.comings.length >= 10 && p6.comings.length >= 2, {
			what: "what they missed",
		});
		deepEqual(p0.comings.slice(4).sort(), [
			"+p5",
			"+p6",
			"-p1",
			"-p2",
			"-p3",
			"-p4",
		]);
		deepEqual(p6.comings, ["+p0", "+p5"]);
		for (const kicked of people.slice(1, 5)) {
			await until(() => !kicked.chat.joined.has(rooms.lobby), { what: "kick" });
		}
	});
});
