/** The store's contract: who takes part by SIP MESSAGE, how far each has come, and who sends to him; rooms by their address. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	Room,
	SessionId,
	Standing,
	UserUri,
} from "../../plugin/rooms/types.ts";
import type { PhoneRoom, Transaction } from "../../plugin/store/index.ts";
import {
	addRoom,
	append,
	enterRoom,
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
const later = (ms: number) => new Date(someTime.getTime() + ms);

export function phonesContract(current: () => StoreUnderTest): void {
	const write = <T>(work: (tx: Transaction) => Promise<T>) =>
		current().store.transaction(work);
	const of = (user: UserUri) => current().store.phones.of(user);

	/** Somebody new who takes part in the room. */
	async function enter(
		room: Room,
		{ user = uri(randomUUID()), session = sessionId() } = {},
	): Promise<{ readonly user: UserUri; readonly session: SessionId }> {
		await write(async (tx) => {
			const { id, name, lastSequence } = await tx.rooms.lock(room.id);
			const who = {
				user: { uri: user, displayName: "Somebody", guid: "g" },
				standing: plain,
			};
			await enterRoom(tx, id, who, session, "");
			await tx.phones.add(user, session, { id, name, lastSequence });
		});
		return { user, session };
	}
	const say = (room: Room, text: string) =>
		write((tx) => append(tx, room.id, text));
	const claim = (user: UserUri, node: string, from: number, until: number) =>
		write((tx) => tx.phones.claim(user, node, later(from), later(until)));
	async function isDue(user: UserUri, atMs = 0): Promise<boolean> {
		const { phones } = current().store;
		const due = await phones.due(later(atMs), { limit: 10_000 });
		const rest = await phones.due(later(atMs), { after: user, limit: 10_000 });
		assert.equal(rest.includes(user), false);
		return due.includes(user);
	}

	describe("somebody who takes part by MESSAGE", () => {
		it("begins with what is said next, and goes on when he joins again", async () => {
			const { store } = current();
			const room = await addRoom(store);
			await say(room, "before");
			const { user, session } = await enter(room);
			const expected: PhoneRoom = {
				room: room.id,
				roomName: room.name,
				sent: 1,
				lastSequence: 1,
				inside: true,
			};
			assert.deepEqual(await of(user), [expected]);
			assert.equal(await isDue(user), false);
			await say(room, "after");
			assert.equal(await isDue(user), true);
			await enter(room, { user, session });
			assert.deepEqual(await of(user), [{ ...expected, lastSequence: 2 }]);
			await write((tx) => tx.phones.sent(user, room.id, 2));
			await write((tx) => tx.phones.sent(user, room.id, 1));
			assert.deepEqual(await of(user), [
				{ ...expected, sent: 2, lastSequence: 2 },
			]);
			assert.equal(await isDue(user), false);
			const rooms = await store.phones.rooms(10_000);
			assert.ok(rooms.includes(room.id));
			await write((tx) => tx.phones.remove(user, room.id));
			assert.deepEqual(await of(user), []);
		});

		it("is known to be out, and due, when his session is not there any more", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const { user } = await enter(room);
			await write(async (tx) => {
				await tx.rooms.lock(room.id);
				await tx.participants.kick(room.id, [user], 75);
			});
			const [phone] = await of(user);
			assert.equal(phone?.inside, false);
			assert.equal(await isDue(user), true);
		});

		it("is claimed by one node until then", async () => {
			const { store } = current();
			const room = await addRoom(store);
			const { user } = await enter(room);
			await say(room, "hello");
			const claims = await Promise.all([
				claim(user, "one", 0, 1_000),
				claim(user, "two", 0, 1_000),
			]);
			assert.deepEqual(claims.filter(Boolean), [true]);
			const holder = claims[0] ? "one" : "two";
			const other = claims[0] ? "two" : "one";
			assert.equal(await claim(user, holder, 500, 2_000), true);
			assert.equal(await claim(user, other, 1_999, 5_000), false);
			assert.equal(await isDue(user, 1_999), false);
			assert.equal(await isDue(user, 2_000), true);
			assert.equal(await claim(user, other, 2_000, 5_000), true);
			await write((tx) => tx.phones.release(other));
			assert.equal(await isDue(user), true);
			assert.equal(await claim(uri(randomUUID()), "one", 0, 1), false);
		});

		it("is unreachable since the first time in a row", async () => {
			const { user } = await enter(await addRoom(current().store));
			const failing = (ms: number) =>
				write((tx) => tx.phones.failing(user, later(ms)));
			assert.deepEqual(await failing(1), later(1));
			assert.deepEqual(await failing(5), later(1));
			await write((tx) => tx.phones.reached(user));
			assert.deepEqual(await failing(9), later(9));
		});

		it("has his sessions found by their name", async () => {
			const [one, two] = [
				await addRoom(current().store),
				await addRoom(current().store),
			];
			const { user, session } = await enter(one);
			await enter(two, { user, session });
			await enter(two, { user });
			const entries = await write((tx) =>
				tx.participants.ofSession(user, session),
			);
			assert.deepEqual(
				entries.map(({ room }) => room),
				[one.id, two.id].sort(),
			);
		});
	});

	describe("a room's address", () => {
		it("is its id or its alias, which one room has", async () => {
			const { store } = current();
			const alias = `a-${randomUUID()}`;
			const room = await addRoom(store, { alias });
			const nobody = { principals: [], administrator: false };
			const at = async (address: string) =>
				(await store.rooms.knownAt(address, nobody))?.room.id;
			assert.equal(await at(alias), room.id);
			assert.equal(await at(room.id), room.id);
			assert.equal(await at("nowhere"), undefined);
			await assert.rejects(addRoom(store, { alias }), {
				reason: "name-taken",
			});
		});
	});
}
