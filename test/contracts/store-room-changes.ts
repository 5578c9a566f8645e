/** The store's contract: rooms that are changed, moved, given away and removed; names; what is known of rooms that are not there. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	CategoryId,
	Holder,
	Room,
	RoomId,
	RoomProperties,
} from "../../plugin/rooms/types.ts";
import {
	addCategory,
	addRoom,
	append,
	enterRoom,
	exampleCom,
	leaveRoom,
	principal,
	refused,
	type StoreUnderTest,
	sessionId,
	someTime,
	uri,
} from "./samples.ts";

const carol = principal("sip:carol@example.com");
const dave = principal("sip:dave@example.com");

export function roomChangesContract(current: () => StoreUnderTest): void {
	const change = (
		id: RoomId,
		changes: Partial<RoomProperties>,
		at = someTime,
	): Promise<Room> =>
		current().store.transaction(async (tx) => {
			await tx.rooms.lock(id);
			return tx.rooms.change(id, changes, "carol", at);
		});

	describe("a changed room", () => {
		it("has what was named, and the rest as before", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const other = await addCategory(store, { history: false });
			const properties = {
				name: `Größe ${randomUUID()}`,
				description: "Über",
				privacy: "closed",
				type: "auditorium",
				invitations: "off",
				disabled: true,
				addIn: { name: "Board", url: "https://example.com/" },
				alias: `board-${randomUUID()}`,
			} as const;
			for (const [name, value] of Object.entries(properties)) {
				const before = await store.rooms.find(room.id);
				const { updatedAt, ...after } = await change(room.id, {
					[name]: value,
				});
				assert.deepEqual(
					{ ...after, updatedAt: before?.updatedAt },
					{ ...before, [name]: value, updatedBy: "carol" },
				);
				assert.deepEqual(await store.rooms.find(room.id), {
					...after,
					updatedAt,
				});
			}
			const moved = await change(room.id, { category: other.id });
			const { allowed, denied, creators, ...category } = other;
			assert.deepEqual(moved.category, category);
			const { addIn, ...bare } = await change(room.id, { addIn: undefined });
			assert.equal(addIn, undefined);
			assert.equal(bare.name, properties.name);
		});

		it("has a later time with each change, also when the clock stands still or goes back", async () => {
			const room = await addRoom(current().store);
			const times = [room.updatedAt.getTime()];
			for (const at of [someTime, someTime, new Date(someTime.getTime() - 9)]) {
				const { updatedAt } = await change(room.id, { description: "x" }, at);
				times.push(updatedAt.getTime());
			}
			const start = someTime.getTime();
			assert.deepEqual(times, [start, start + 1, start + 2, start + 3]);
			const later = new Date(someTime.getTime() + 60_000);
			const { updatedAt } = await change(room.id, { type: "normal" }, later);
			assert.deepEqual(updatedAt, later);
		});

		it("is found by its new name and description, not by the old ones", async () => {
			const { store } = current();
			const category = await addCategory(store);
			const room = await addRoom(store, {
				category: category.id,
				name: `Before ${randomUUID()}`,
				description: "one",
			});
			await change(room.id, { name: "Ångström 1", description: "ZWEI" });
			const found = async (word: string) =>
				(
					await store.rooms.search(
						{
							words: [word],
							descriptions: true,
							category: category.id,
							limit: 9,
						},
						{ principals: [exampleCom], administrator: false },
					)
				).length;
			assert.deepEqual(
				await Promise.all(["before", "one", "ÅNGSTRÖM", "zwei"].map(found)),
				[0, 0, 1, 1],
			);
			assert.deepEqual(await store.rooms.named(room.name), []);
		});

		it("is refused in a category that does not exist, and unless it is locked", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const category = randomUUID() as CategoryId;
			await refused("no-such-category", change(room.id, { category }));
			await assert.rejects(
				store.transaction((tx) => tx.rooms.change(room.id, {}, "x", someTime)),
				/is not locked/,
			);
		});
	});

	describe("names", () => {
		it("are taken by rooms that are not secret, and by no others", async () => {
			const { store } = current();
			const name = `Shared ${randomUUID()}`;
			const open = await addRoom(store, { name });
			const secret = await addRoom(store, { name, privacy: "secret" });
			const another = await addRoom(store, {
				name: name.toUpperCase(),
				privacy: "secret",
			});
			await refused("name-taken", addRoom(store, { name, privacy: "closed" }));
			await refused("name-taken", change(secret.id, { privacy: "open" }));
			const named = await store.rooms.named(` ${name.toLowerCase()}`);
			assert.deepEqual(
				named.map(({ id }) => id),
				[open.id, secret.id, another.id].sort(),
			);
			await change(open.id, { privacy: "secret" });
			await change(secret.id, { privacy: "closed" });
			await refused("name-taken", change(open.id, { privacy: "open" }));
			await change(secret.id, { name: `${name} moved` });
			await change(open.id, { privacy: "open" });
		});

		it("of a room may change in case, and are refused when another has them", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const { name: taken } = await addRoom(store);
			await change(room.id, { name: room.name.toUpperCase() });
			await refused("name-taken", change(room.id, { name: ` ${taken} ` }));
			await change(room.id, { name: taken, privacy: "secret" });
		});
	});

	describe("roles of a room", () => {
		it("are listed by principal, given and taken; what is so already stays so", async () => {
			const { store, knex } = current();
			const room = await addRoom(store, {
				members: [dave, carol],
				managers: [exampleCom],
			});
			const changeRole = (
				add: readonly (typeof dave)[],
				remove: readonly (typeof dave)[],
			) =>
				store.transaction(async (tx) => {
					await tx.rooms.lock(room.id);
					const later = new Date(someTime.getTime() + 1);
					const change = { add, remove };
					await tx.rooms.changeRole(room.id, "member", change, "x", later);
				});
			const roles = () => store.rooms.roles(room.id);
			const others = { manager: [exampleCom], presenter: [] };
			assert.deepEqual(await roles(), { ...others, member: [carol, dave] });
			await changeRole([exampleCom, carol, exampleCom], [dave, dave]);
			assert.deepEqual(await roles(), {
				...others,
				member: [exampleCom, carol],
			});
			await changeRole([], [dave]);
			const granted = await knex("room_roles")
				.where({ room_id: room.id, role: "member" })
				.orderBy("principal")
				.pluck("granted_by");
			assert.deepEqual(granted, ["x", "test"]);
			const [standing] = await store.rooms.standings(room, [
				{ principals: [dave], administrator: false },
			]);
			assert.equal(standing?.member, false);
		});

		it("are given to 5,000 at once, and taken from them", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const many = Array.from({ length: 5_000 }, (_, index) =>
				principal(`sip:m${index}@example.com`),
			);
			const run = (add: typeof many, remove: typeof many) =>
				store.transaction(async (tx) => {
					await tx.rooms.lock(room.id);
					const change = { add, remove };
					await tx.rooms.changeRole(
						room.id,
						"presenter",
						change,
						"x",
						someTime,
					);
				});
			await run(many, []);
			assert.equal((await store.rooms.roles(room.id)).presenter.length, 5_000);
			await run([], many);
			assert.equal((await store.rooms.roles(room.id)).presenter.length, 0);
		});

		it("do not change unless the room is locked; those of no room are none", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			const change = { add: [carol], remove: [] };
			await assert.rejects(
				store.transaction((tx) =>
					tx.rooms.changeRole(id, "member", change, "x", someTime),
				),
				/is not locked/,
			);
			assert.deepEqual(await store.rooms.roles(randomUUID() as RoomId), {
				member: [],
				manager: [],
				presenter: [],
			});
		});
	});

	describe("a removed room", () => {
		const remove = (id: RoomId) =>
			current().store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				await tx.rooms.remove(id);
			});

		it("is gone with its messages and roles, and its name is free", async () => {
			const { store, knex } = current();
			const room = await addRoom(store, { members: [carol] });
			const other = await addRoom(store, { members: [carol] });
			for (const { id } of [room, other]) {
				await store.transaction((tx) => append(tx, id, "said"));
			}
			await remove(room.id);
			assert.equal(await store.rooms.find(room.id), undefined);
			assert.equal(await store.rooms.summary(room.id), undefined);
			for (const table of ["messages", "room_roles", "message_index"]) {
				const rows = await knex(table).where({ room_id: room.id });
				assert.deepEqual(rows, [], table);
			}
			assert.equal((await store.messages.latest(other.id, 9)).length, 1);
			assert.deepEqual((await store.rooms.roles(other.id)).member, [carol]);
			await addRoom(store, { name: room.name });
		});

		it("must be locked, and have nobody in it", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			await assert.rejects(
				store.transaction((tx) => tx.rooms.remove(id)),
				/is not locked/,
			);
			const session = sessionId();
			const user = { uri: uri("carol"), displayName: "Carol", guid: "c" };
			const standing = {
				inScope: true,
				administrator: false,
				member: true,
				manager: false,
				presenter: false,
			};
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				const participant = { user, standing };
				await enterRoom(tx, id, participant, session);
			});
			await assert.rejects(remove(id), /still has participants/);
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				await leaveRoom(tx, id, user.uri, session);
				await tx.rooms.remove(id);
			});
		});
	});

	describe("rooms of a category", () => {
		it("are listed by id, page by page, whatever they are", async () => {
			const { store } = current();
			const { id: category } = await addCategory(store);
			const ids = [
				await addRoom(store, { category }),
				await addRoom(store, { category, privacy: "secret" }),
				await addRoom(store, { category, disabled: true }),
			]
				.map(({ id }) => id)
				.sort();
			const list = async (after: RoomId | undefined, limit: number) =>
				(await store.rooms.inCategory(category, { after, limit })).map(
					({ id }) => id,
				);
			assert.deepEqual(await list(undefined, 9), ids);
			assert.deepEqual(await list(undefined, 2), ids.slice(0, 2));
			assert.deepEqual(await list(ids[1], 2), ids.slice(2));
			assert.deepEqual(await list(ids[2], 2), []);
		});
	});

	describe("what is known of a room", () => {
		const member: Holder = { principals: [carol], administrator: false };

		it("is the room and what somebody is to it, with and without the lock", async () => {
			const { store } = current();
			const room = await addRoom(store, {
				privacy: "secret",
				members: [carol],
			});
			const standing = {
				inScope: false,
				administrator: false,
				member: true,
				manager: false,
				presenter: false,
			};
			const expected = { room, standing };
			assert.deepEqual(await store.rooms.known(room.id, member), expected);
			const locked = await store.transaction(async (tx) => {
				const known = await tx.rooms.lockKnown(room.id, member);
				await tx.rooms.change(room.id, {}, "x", someTime);
				return known;
			});
			assert.deepEqual(locked, expected);
		});

		it("takes as many questions for one that is not there", async () => {
			const { store, knex } = current();
			const { id } = await addRoom(store, { privacy: "secret" });
			const missing = randomUUID() as RoomId;
			async function questions(work: () => Promise<unknown>): Promise<number> {
				let asked = 0;
				const count = () => {
					asked += 1;
				};
				knex.on("query", count);
				await work();
				knex.removeListener("query", count);
				return asked;
			}
			const known = (room: RoomId) =>
				questions(() => store.rooms.known(room, member));
			const lockKnown = (room: RoomId) =>
				questions(() =>
					store.transaction((tx) => tx.rooms.lockKnown(room, member)),
				);
			assert.equal(await store.rooms.known(missing, member), undefined);
			assert.equal(await known(missing), await known(id));
			assert.equal(await lockKnown(missing), await lockKnown(id));
		});
	});
}
