/** The store's contract: who is in a room, by how many sessions, on which node. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	Participant,
	Room,
	SessionId,
	Standing,
	UserUri,
} from "../../plugin/rooms/types.ts";
import type { Store } from "../../plugin/store/index.ts";
import {
	addRoom,
	addUser,
	draft,
	enterRoom,
	leaveRoom,
	type StoreUnderTest,
	sessionId,
	someTime,
	uri,
} from "./samples.ts";

const plain: Standing = {
	inScope: true,
	administrator: false,
	member: true,
	manager: false,
	presenter: false,
};

function somebody(user: UserUri, standing = plain): Participant {
	return {
		user: { uri: user, displayName: `The ${user}`, guid: "g" },
		standing,
	};
}

export function participantsContract(current: () => StoreUnderTest): void {
	const enter = (
		{ id }: Room,
		user: UserUri,
		session: SessionId = sessionId(),
		{ node = "node-1", store = current().store as Store, limit = 75 } = {},
	) =>
		store.transaction(async (tx) => {
			await tx.rooms.lock(id);
			return enterRoom(tx, id, somebody(user), session, node, {
				rosterLimit: limit,
			});
		});
	const leave = ({ id }: Room, user: UserUri, session: SessionId, limit = 75) =>
		current().store.transaction(async (tx) => {
			await tx.rooms.lock(id);
			return leaveRoom(tx, id, user, session, limit);
		});
	const roster = async ({ id }: Room, limit = 100, after?: UserUri) =>
		(await current().store.participants.inRoom(id, { limit, after })).map(
			({ user }) => user.uri,
		);
	const count = async ({ id }: Room) =>
		(await current().store.rooms.summary(id))?.participantCount;

	describe("participants", () => {
		it("are given for some users alone", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const [one, two] = [await addUser(store), await addUser(store)];
			await enter(room, one.uri);
			await enter(room, two.uri);
			const only = [two.uri, (await addUser(store)).uri];
			const here = await store.participants.inRoom(room.id, {
				only,
				limit: 10,
			});
			assert.deepEqual(
				here.map(({ user }) => user.uri),
				[two.uri],
			);
		});

		it("come with their first session and go with their last", async () => {
			const { store } = current();
			const [room, user] = [await addRoom(store), await addUser(store)];
			const [phone, desk] = [sessionId(), sessionId()];
			assert.equal((await enter(room, user.uri, phone)).ofUser, true);
			assert.equal((await enter(room, user.uri, desk)).ofUser, false);
			assert.equal(await count(room), 1);
			assert.equal((await leave(room, user.uri, phone)).ofUser, false);
			assert.equal(await count(room), 1);
			assert.equal((await leave(room, user.uri, desk)).ofUser, true);
			assert.equal(await count(room), 0);
		});

		it("enter twice with one session and are in once", async () => {
			const { store } = current();
			const [room, user] = [await addRoom(store), await addUser(store)];
			const session = sessionId();
			assert.equal((await enter(room, user.uri, session)).ofUser, true);
			assert.equal((await enter(room, user.uri, session)).ofUser, false);
			assert.equal((await leave(room, user.uri, session)).ofUser, true);
			assert.equal((await leave(room, user.uri, session)).ofUser, false);
			assert.equal(await count(room), 0);
		});

		it("with two sessions at once, on two nodes, come once and go once", async () => {
			const { store, another } = current();
			const [room, user] = [await addRoom(store), await addUser(store)];
			const [one, two] = [sessionId(), sessionId()];
			const came = await Promise.all([
				enter(room, user.uri, one),
				enter(room, user.uri, two, { node: "node-2", store: await another() }),
			]);
			assert.deepEqual(came.map(({ ofUser }) => ofUser).toSorted(), [
				false,
				true,
			]);
			const went = await Promise.all([
				leave(room, user.uri, one),
				leave(room, user.uri, two),
			]);
			assert.deepEqual(went.map(({ ofUser }) => ofUser).toSorted(), [
				false,
				true,
			]);
		});

		it("are listed one per user, in pages by their URIs", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const users = ["z", "m", "a"].map((each) =>
				uri(`${each}-${randomUUID()}`),
			);
			for (const user of users) await enter(room, user);
			await enter(room, users[0] as UserUri);
			const sorted = users.toSorted();
			assert.deepEqual(await roster(room), sorted);
			assert.deepEqual(await roster(room, 2), sorted.slice(0, 2));
			assert.deepEqual(await roster(room, 2, sorted[1]), sorted.slice(2));
			assert.equal(await count(room), 3);
		});

		it("are listed with their names and with the standing that was last set", async () => {
			const { store } = current();
			const [{ id }, user] = [await addRoom(store), uri("somebody")];
			const before: Standing = { ...plain, manager: true, presenter: true };
			const after: Standing = { ...plain, member: false, administrator: true };
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				await enterRoom(tx, id, somebody(user, before), sessionId());
			});
			assert.deepEqual(await store.participants.inRoom(id, { limit: 9 }), [
				somebody(user, before),
			]);
			await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				await tx.participants.setStandings(id, new Map([[user, after]]));
			});
			assert.deepEqual(await store.participants.inRoom(id, { limit: 9 }), [
				somebody(user, after),
			]);
		});

		it("are hidden above the limit, and shown again below 80 % of it", async () => {
			const room = await addRoom(current().store);
			const users = [1, 2, 3, 4, 5, 6].map((each) => uri(`many-${each}`));
			const sessions = users.map(() => sessionId());
			const hidden: boolean[] = [];
			for (const [index, user] of users.entries()) {
				const came = await enter(room, user, sessions[index], { limit: 5 });
				hidden.push(came.hidden);
			}
			assert.deepEqual(hidden, [false, false, false, false, false, true]);
			const went = [];
			for (const index of [0, 1, 2, 3]) {
				const user = users[index] as UserUri;
				went.push(await leave(room, user, sessions[index] as SessionId, 5));
			}
			assert.deepEqual(
				went.map(({ hidden, shownAgain, count }) => [
					hidden,
					shownAgain,
					count,
				]),
				[
					[true, false, 5],
					[true, false, 4],
					[false, true, 3],
					[false, false, 2],
				],
			);
		});

		it("come to several rooms at once, and are listed for all of them", async () => {
			const { store } = current();
			const [full, small, other] = [
				await addRoom(store),
				await addRoom(store),
				await addRoom(store),
			];
			const [one, two, three] = [
				await addUser(store),
				await addUser(store),
				await addUser(store),
			];
			await enter(full, one.uri, sessionId(), { limit: 2 });
			await enter(other, one.uri);
			const arrival = ({ id }: Room, user: UserUri) => ({
				...{ room: id, ...somebody(user) },
				...{ session: sessionId(), node: "node-1" },
			});
			const movements = await store.transaction(async (tx) => {
				for (const { id } of [full, small]) await tx.rooms.lock(id);
				const all = [
					arrival(full, one.uri),
					arrival(full, two.uri),
					arrival(small, two.uri),
					arrival(full, three.uri),
					arrival(full, three.uri),
				];
				return tx.participants.enter(all, someTime, 2);
			});
			assert.deepEqual(
				movements.map(({ ofUser, count, hidden, hiddenNow }) => [
					...[ofUser, count, hidden, hiddenNow],
				]),
				[
					[false, 3, true, true],
					[true, 3, true, true],
					[true, 1, false, false],
					[true, 3, true, true],
					[false, 3, true, true],
				],
			);
			assert.deepEqual(await count(full), 3);
			const rosters = await store.participants.inRooms([small.id, full.id]);
			assert.deepEqual(rosters.get(small.id), [somebody(two.uri)]);
			assert.deepEqual(
				rosters.get(full.id),
				[one.uri, two.uri, three.uri].toSorted().map((each) => somebody(each)),
			);
			assert.equal(rosters.size, 2);
		});

		it("leave several rooms at once, session by session", async () => {
			const { store } = current();
			const [one, two] = [await addRoom(store), await addRoom(store)];
			const [ann, ben] = [await addUser(store), await addUser(store)];
			const [phone, desk, bens] = [sessionId(), sessionId(), sessionId()];
			for (const room of [one, two]) {
				await enter(room, ann.uri, phone);
				await enter(room, ben.uri, bens);
			}
			await enter(one, ann.uri, desk);
			await store.transaction((tx) =>
				tx.following.set(ann.uri, [one.id, two.id]),
			);
			for (const { id } of [one, two]) {
				await store.transaction(async (tx) => {
					const room = await tx.rooms.lock(id);
					const author = { ...somebody(ben.uri).user };
					await tx.messages.appendAll(
						[{ room, author, draft: draft(id, "hello") }],
						someTime,
					);
				});
			}
			const departure = (
				{ id: room }: Room,
				user: UserUri,
				session: SessionId,
			) => ({
				...{ room, user, session },
			});
			const movements = await store.transaction(async (tx) => {
				for (const { id } of [one, two]) await tx.rooms.lock(id);
				return tx.participants.leave(
					[
						departure(one, ann.uri, phone),
						departure(two, ann.uri, phone),
						departure(two, ann.uri, phone),
						departure(two, ben.uri, bens),
						departure(one, ben.uri, sessionId()),
					],
					1,
				);
			});
			assert.deepEqual(
				movements.map(({ ofUser, count, shownAgain }) => [
					...[ofUser, count, shownAgain],
				]),
				[
					[false, 2, false],
					[true, 0, false],
					[false, 0, false],
					[true, 0, false],
					[false, 2, false],
				],
			);
			assert.deepEqual(await roster(one), [ann.uri, ben.uri].toSorted());
			assert.deepEqual(await roster(two), []);
			const reached = async ({ id }: Room) =>
				(await store.following.among(id, [ann.uri])).get(ann.uri);
			assert.deepEqual([await reached(one), await reached(two)], [0, 1]);
		});

		it("are kicked with all their sessions, those who are there", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const [one, two, three] = ["k1", "k2", "k3"].map(uri) as [
				UserUri,
				UserUri,
				UserUri,
			];
			for (const user of [one, one, two]) await enter(room, user);
			const kicked = await store.transaction(async (tx) => {
				await tx.rooms.lock(room.id);
				return tx.participants.kick(room.id, [one, three], 75);
			});
			assert.equal(kicked.count, 1);
			assert.deepEqual(await roster(room), [two]);
		});

		it("are known by the rooms they are in, and rooms by having some", async () => {
			const { store } = current();
			const [room, empty] = [await addRoom(store), await addRoom(store)];
			const user = uri(`somewhere-${randomUUID()}`);
			await enter(room, user);
			assert.deepEqual(await store.participants.roomsOf(user), [room.id]);
			const page = { limit: 1_000 };
			assert.ok((await store.participants.users(page)).includes(user));
			const rooms = await store.participants.rooms(undefined, page);
			assert.ok(rooms.includes(room.id));
			assert.ok(!rooms.includes(empty.id));
			const { id } = room.category;
			assert.deepEqual(await store.participants.rooms(id, page), [room.id]);
		});

		it("neither enter nor leave a room that is not locked", async () => {
			const { store } = current();
			const [{ id }, user] = [await addRoom(store), await addUser(store)];
			const session = sessionId();
			await assert.rejects(
				store.transaction((tx) =>
					enterRoom(tx, id, somebody(user.uri), session),
				),
				/is not locked/,
			);
			await assert.rejects(
				store.transaction((tx) => leaveRoom(tx, id, user.uri, session)),
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
				{
					room: room.id,
					actor: somebody(user.uri).user,
					session: stays,
					enteredAt: someTime,
				},
			]);
		});

		it("are known by all that they were when they entered, by their node and when they are kicked", async () => {
			const { store } = current();
			const { id } = await addRoom(store);
			const node = `node-${randomUUID()}`;
			const user = {
				...somebody(uri(`whole-${node}`)).user,
				email: "whole@example.com",
				callId: "x".repeat(300),
			};
			const again = { ...user, callId: "another" };
			const kicked = await store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				for (const each of [user, again]) {
					const who = { user: each, standing: plain };
					await enterRoom(tx, id, who, sessionId(), node);
				}
				const entries = await tx.participants.ofNode(node);
				assert.deepEqual(
					entries.map(({ actor }) => actor),
					[user, again],
				);
				return tx.participants.kick(id, [user.uri, uri("not-here")], 75);
			});
			assert.deepEqual(kicked.kicked, [user]);
		});

		it("of a node were there until it is last known to have lived", async () => {
			const { nodes } = current().store;
			const node = `node-${randomUUID()}`;
			assert.equal(await nodes.lastAlive(node), undefined);
			await nodes.alive(node, someTime);
			await nodes.alive(`${node}-other`, new Date(1));
			assert.deepEqual(await nodes.lastAlive(node), someTime);
			const later = new Date(someTime.getTime() + 1_000);
			await nodes.alive(node, later);
			assert.deepEqual(await nodes.lastAlive(node), later);
			const named = async (since: Date) =>
				(await nodes.aliveSince(since, 1_000)).filter(
					(one) => one.node === node,
				);
			assert.deepEqual(await named(later), [{ node, aliveAt: later }]);
			const after = new Date(later.getTime() + 1);
			assert.deepEqual(await named(after), []);
			assert.equal((await nodes.aliveSince(new Date(0), 1)).length, 1);
		});
	});
}
