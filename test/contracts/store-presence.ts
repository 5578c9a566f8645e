/** The store's contract: presence documents and followed rooms. */
import assert from "node:assert/strict";
import type {
	Holder,
	Publication,
	RoomId,
	UserUri,
} from "../../plugin/rooms/types.ts";
import type { Transaction } from "../../plugin/store/index.ts";
import {
	addCategory,
	addRoom,
	addUser,
	append,
	enterRoom,
	exampleCom,
	leaveRoom,
	principal,
	type StoreUnderTest,
	sessionId,
	someTime,
} from "./samples.ts";

const later = new Date(someTime.getTime() + 60_000);
const everyone = {
	inScope: true,
	administrator: false,
	member: false,
	manager: false,
	presenter: false,
};

export function presenceContract(current: () => StoreUnderTest): void {
	describe("presence documents", () => {
		it("keep publications as they were put, by container, name and instance", async () => {
			const { store } = current();
			const { uri } = await addUser(store);
			const kept = [
				sample({ name: "state", instance: 4_294_967_295 }),
				sample({ data: '<a xmlns="urn:x">Ünïcode 🎉\n &amp; blanks </a>' }),
				sample({ container: 2, expiresAt: later, expireType: "time" }),
			];
			await store.transaction(async (tx) => {
				await tx.presence.lock(uri, someTime);
				for (const each of kept) await tx.presence.put(uri, each);
			});
			const [state, room, other] = kept;
			assert.deepEqual(await store.presence.all(uri, someTime), [
				room,
				state,
				other,
			]);
			assert.deepEqual(
				await store.presence.named(
					uri,
					[
						{ name: "state", instance: 4_294_967_295, container: 1 },
						{ name: "State", instance: 4_294_967_295, container: 1 },
					],
					someTime,
				),
				[state],
			);
		});

		it("are locked with what is in them, and publications can be replaced and removed", async () => {
			const { store } = current();
			const { uri } = await addUser(store);
			await store.transaction(async (tx) => {
				assert.deepEqual(await tx.presence.lock(uri, someTime), []);
				await tx.presence.put(uri, sample({ data: "<é/>" }));
				await tx.presence.put(uri, sample({ instance: 2 }));
			});
			await store.transaction(async (tx) => {
				const [first] = await tx.presence.lock(uri, someTime);
				assert.deepEqual(first, {
					name: "roomSetting",
					instance: 1,
					container: 1,
					version: 1,
					bytes: 5,
				});
				await tx.presence.put(uri, sample({ version: 2 }));
				await tx.presence.remove(uri, sample({ instance: 2 }));
			});
			assert.deepEqual(await store.presence.all(uri, someTime), [
				sample({ version: 2 }),
			]);
		});

		it("are one revision further by each transaction that changes something, and by no other", async () => {
			const { store } = current();
			const { uri } = await addUser(store);
			type Change = (presence: Transaction["presence"]) => Promise<unknown>;
			const revisionAfter = (...changes: readonly Change[]) =>
				store.transaction(async (tx) => {
					await tx.presence.lock(uri, someTime);
					for (const change of changes) await change(tx.presence);
					return tx.presence.revision(uri);
				});
			const put: Change = ({ put }) => put(uri, sample());
			const remove: Change = ({ remove }) => remove(uri, sample());
			const lock: Change = ({ lock }) => lock(uri, someTime);
			assert.equal(await revisionAfter(), 0);
			assert.equal(await revisionAfter(remove, lock), 0);
			assert.equal(await revisionAfter(put, lock, put), 1);
			assert.equal(await revisionAfter(remove), 2);
			assert.equal(await revisionAfter(remove), 2);
		});

		it("lose what has ended", async () => {
			const { store } = current();
			const { uri } = await addUser(store);
			const brief = sample({ instance: 1, expiresAt: later });
			await store.transaction(async (tx) => {
				await tx.presence.lock(uri, someTime);
				await tx.presence.put(uri, brief);
				await tx.presence.put(uri, sample({ instance: 2 }));
			});
			assert.equal((await store.presence.all(uri, someTime)).length, 2);
			assert.deepEqual(await store.presence.all(uri, later), [
				sample({ instance: 2 }),
			]);
			assert.deepEqual(await store.presence.named(uri, [brief], later), []);
			const publications = await store.transaction((tx) =>
				tx.presence.lock(uri, later),
			);
			assert.equal(publications.length, 1);
		});

		it("go with their user, and so do the rooms that he follows", async () => {
			const { store } = current();
			const { uri } = await addUser(store);
			const room = await addRoom(store);
			await store.transaction(async (tx) => {
				await tx.presence.lock(uri, someTime);
				await tx.presence.put(uri, sample());
				await tx.following.set(uri, [room.id]);
			});
			await store.transaction((tx) => tx.users.remove(uri));
			assert.deepEqual(await store.presence.all(uri, someTime), []);
			assert.deepEqual(await store.following.roomsOf(uri), []);
		});

		it("of two publishers at once one waits for the other", async () => {
			const { store, another } = current();
			const other = await another();
			const { uri } = await addUser(store);
			const revisions = await Promise.all(
				[store, other, store, other].map((each) =>
					each.transaction(async (tx) => {
						const [before] = await tx.presence.lock(uri, someTime);
						const version = (before?.version ?? 0) + 1;
						await tx.presence.put(uri, sample({ version }));
						return tx.presence.revision(uri);
					}),
				),
			);
			assert.deepEqual(revisions.toSorted(), [1, 2, 3, 4]);
			assert.deepEqual(await store.presence.all(uri, someTime), [
				sample({ version: 4 }),
			]);
		});
	});

	describe("followed rooms", () => {
		it("begin with the newest message, stay as they are when set again, and can go", async () => {
			const { store } = current();
			const { uri } = await addUser(store);
			const [one, two] = [await addRoom(store), await addRoom(store)];
			const unknown = "00000000-0000-4000-8000-00000000dead" as RoomId;
			await store.transaction((tx) => append(tx, one.id, "before"));
			const set = (...rooms: RoomId[]) =>
				store.transaction((tx) => tx.following.set(uri, rooms));
			await set(one.id, unknown);
			await store.transaction((tx) => append(tx, one.id, "after"));
			await set(one.id, two.id, one.id);
			assert.deepEqual(
				await store.following.roomsOf(uri),
				[one.id, two.id].toSorted(),
			);
			assert.deepEqual(
				await store.following.among(one.id, [uri, "sip:x@y" as UserUri]),
				new Map([[uri, 1]]),
			);
			await set();
			assert.deepEqual(await store.following.roomsOf(uri), []);
		});

		it("keep the sequence reached when the last session leaves, and when its user is kicked", async () => {
			const { store } = current();
			const user = await addUser(store);
			const room = await addRoom(store);
			const participant = { user, standing: everyone };
			const sessions = [sessionId(), sessionId()] as const;
			const reached = async () =>
				(await store.following.among(room.id, [user.uri])).get(user.uri);
			const enter = (session = sessions[0]) =>
				store.transaction(async (tx) => {
					await tx.rooms.lock(room.id);
					await enterRoom(tx, room.id, participant, session);
				});
			const leave = (session = sessions[0]) =>
				store.transaction(async (tx) => {
					await tx.rooms.lock(room.id);
					await leaveRoom(tx, room.id, user.uri, session);
				});
			const post = () => store.transaction((tx) => append(tx, room.id, "x"));
			await store.transaction((tx) => tx.following.set(user.uri, [room.id]));
			await enter();
			await enter(sessions[1]);
			assert.deepEqual(
				await store.participants.among(room.id, [user.uri]),
				new Set([user.uri]),
			);
			await post();
			await leave();
			assert.equal(await reached(), 0);
			await leave(sessions[1]);
			assert.equal(await reached(), 1);
			assert.deepEqual(
				await store.participants.among(room.id, [user.uri]),
				new Set(),
			);
			await post();
			await leave(sessions[1]);
			assert.equal(await reached(), 1);
			await enter();
			await post();
			await store.transaction(async (tx) => {
				await tx.rooms.lock(room.id);
				await tx.participants.kick(room.id, [user.uri], 75);
			});
			assert.equal(await reached(), 3);
		});

		it("are listed by name when they may be found, with membership", async () => {
			const { store } = current();
			const { uri } = await addUser(store);
			const category = await addCategory(store);
			const closed = await addCategory(store, { allowed: [] });
			const holder: Holder = {
				principals: [principal(uri), exampleCom],
				administrator: false,
			};
			const inCategory = { category: category.id };
			const mine = await addRoom(store, {
				...inCategory,
				name: `B ${uri}`,
				privacy: "secret",
				members: [principal(uri)],
			});
			const open = await addRoom(store, { ...inCategory, name: `A ${uri}` });
			const others = [
				await addRoom(store, { ...inCategory, privacy: "secret" }),
				await addRoom(store, { ...inCategory, disabled: true }),
				await addRoom(store, { category: closed.id }),
			];
			const all = [mine, open, ...others].map(({ id }) => id);
			await store.transaction((tx) => tx.following.set(uri, all));
			const found = await store.rooms.followed(uri, holder, 10);
			assert.deepEqual(
				found.map(({ summary, member, reached }) => [
					summary.room.id,
					member,
					reached,
				]),
				[
					[open.id, false, 0],
					[mine.id, true, 0],
				],
			);
			assert.equal((await store.rooms.followed(uri, holder, 1)).length, 1);
		});

		it("count what came after a message, and show what may be meant for somebody", async () => {
			const { store } = current();
			const room = await addRoom(store);
			await store.transaction(async (tx) => {
				for (const text of ["one", "to @alice", "three", "four @bob"]) {
					await append(tx, room.id, text);
				}
			});
			assert.deepEqual(await store.messages.after(room.id, 1, 10), {
				sequences: [4, 3, 2],
				marked: [
					{ sequence: 4, alert: false, text: "four @bob" },
					{ sequence: 2, alert: false, text: "to @alice" },
				],
			});
			assert.deepEqual(
				(await store.messages.after(room.id, 0, 2)).marked.length,
				1,
			);
			assert.deepEqual(await store.messages.after(room.id, 4, 10), {
				sequences: [],
				marked: [],
			});
		});
	});
}

function sample(changes: Partial<Publication> = {}): Publication {
	return {
		name: "roomSetting",
		instance: 1,
		container: 1,
		version: 1,
		publishedAt: someTime,
		expireType: "static",
		data: "<propertyList/>",
		...changes,
	};
}
