/** The store's contract: who is in a room, by how many sessions, on which node. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Room, SessionId, UserUri } from "../../plugin/rooms/types.ts";
import type { Store } from "../../plugin/store/index.ts";
import {
	addCategory,
	addRoom,
	addUser,
	exampleCom,
	principal,
	refused,
	type StoreUnderTest,
	sessionId,
	someTime,
	uri,
} from "./samples.ts";

export function participantsContract(current: () => StoreUnderTest): void {
	const enter = (
		{ id }: Room,
		user: UserUri,
		session: SessionId = sessionId(),
		{ node = "node-1", store = current().store as Store } = {},
	) =>
		store.transaction(async (tx) => {
			await tx.rooms.lock(id);
			return tx.participants.enter(id, user, session, node, someTime);
		});
	const leave = ({ id }: Room, user: UserUri, session: SessionId) =>
		current().store.transaction(async (tx) => {
			await tx.rooms.lock(id);
			return tx.participants.leave(id, user, session);
		});
	const roster = async (room: Room, limit = 100) =>
		(await current().store.participants.inRoom(room, limit)).map(
			({ user }) => user.uri,
		);

	describe("participants", () => {
		it("come with their first session and go with their last", async () => {
			const { store } = current();
			const [room, user] = [await addRoom(store), await addUser(store)];
			const [phone, desk] = [sessionId(), sessionId()];
			assert.equal(await enter(room, user.uri, phone), true);
			assert.equal(await enter(room, user.uri, desk), false);
			assert.equal(await store.participants.count(room.id), 1);
			assert.equal(await leave(room, user.uri, phone), false);
			assert.equal(await store.participants.count(room.id), 1);
			assert.equal(await leave(room, user.uri, desk), true);
			assert.equal(await store.participants.count(room.id), 0);
		});

		it("enter twice with one session and are in once", async () => {
			const { store } = current();
			const [room, user] = [await addRoom(store), await addUser(store)];
			const session = sessionId();
			assert.equal(await enter(room, user.uri, session), true);
			assert.equal(await enter(room, user.uri, session), false);
			assert.equal(await leave(room, user.uri, session), true);
			assert.equal(await leave(room, user.uri, session), false);
		});

		it("with two sessions at once, on two nodes, come once and go once", async () => {
			const { store, another } = current();
			const [room, user] = [await addRoom(store), await addUser(store)];
			const [one, two] = [sessionId(), sessionId()];
			const came = await Promise.all([
				enter(room, user.uri, one),
				enter(room, user.uri, two, { node: "node-2", store: await another() }),
			]);
			assert.deepEqual(came.toSorted(), [false, true]);
			const went = await Promise.all([
				leave(room, user.uri, one),
				leave(room, user.uri, two),
			]);
			assert.deepEqual(went.toSorted(), [false, true]);
		});

		it("are listed one per user, in the order in which they came", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const names = ["z", "m", "a"].map((each) => `${each}-${randomUUID()}`);
			for (const name of names) await addUser(store, name);
			const session = sessionId();
			for (const name of [...names, "z-second"]) {
				if (name === "z-second")
					await enter(room, uri(names[0] ?? ""), session);
				else await enter(room, uri(name));
			}
			assert.deepEqual(await roster(room), names.map(uri));
			assert.deepEqual(await roster(room, 2), names.slice(0, 2).map(uri));
			assert.equal(await store.participants.count(room.id), 3);
		});

		it("who go and come again are last", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const [one, two] = [await addUser(store), await addUser(store)];
			const session = sessionId();
			await enter(room, one.uri, session);
			await enter(room, two.uri);
			await leave(room, one.uri, session);
			await enter(room, one.uri, session);
			assert.deepEqual(await roster(room), [two.uri, one.uri]);
		});

		it("are listed with their names and their standing", async () => {
			const { store } = current();
			const [one, two] = [await addUser(store), await addUser(store)];
			const category = await addCategory(store, {
				denied: [principal(two.uri)],
			});
			const room = await addRoom(store, {
				category: category.id,
				members: [exampleCom],
				managers: [principal(one.uri)],
				presenters: [principal(two.uri)],
			});
			await enter(room, one.uri);
			await enter(room, two.uri);
			const [first, second] = await store.participants.inRoom(room, 10);
			assert.deepEqual(first, {
				user: { uri: one.uri, displayName: one.displayName, guid: one.guid },
				standing: {
					inScope: true,
					member: true,
					manager: true,
					presenter: false,
				},
			});
			assert.deepEqual(second?.standing, {
				inScope: false,
				member: true,
				manager: false,
				presenter: true,
			});
		});

		it("are of the directory", async () => {
			const room = await addRoom(current().store);
			await refused("no-such-user", enter(room, uri("nobody")));
		});

		it("neither enter nor leave a room that is not locked", async () => {
			const { store } = current();
			const [{ id }, user] = [await addRoom(store), await addUser(store)];
			const session = sessionId();
			await assert.rejects(
				store.transaction((tx) =>
					tx.participants.enter(id, user.uri, session, "n", someTime),
				),
				/is not locked/,
			);
			await assert.rejects(
				store.transaction((tx) => tx.participants.leave(id, user.uri, session)),
				/is not locked/,
			);
		});

		it("of a node are all those whom it entered and nobody parted", async () => {
			const { store } = current();
			const [room, user] = [await addRoom(store), await addUser(store)];
			const [stays, goes] = [sessionId(), sessionId()];
			const node = `node-${randomUUID()}`;
			await enter(room, user.uri, stays, { node });
			await enter(room, user.uri, goes, { node });
			await enter(room, user.uri, sessionId(), { node: "elsewhere" });
			await leave(room, user.uri, goes);
			const left = await store.transaction((tx) =>
				tx.participants.ofNode(node),
			);
			assert.deepEqual(left, [
				{ room: room.id, user: user.uri, session: stays },
			]);
		});
	});
}
