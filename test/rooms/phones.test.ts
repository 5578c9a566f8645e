/** Who takes part by SIP MESSAGE: in the room as others are, kept over restarts, sent each message once. */
import assert from "node:assert/strict";
import type { PhoneNews } from "../../plugin/rooms/index.ts";
import type {
	Actor,
	CategoryRecord,
	RoomId,
	RoomProperties,
} from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	enter,
	inside,
	openDomain,
	operator,
	principalOf,
} from "../support/domain.ts";

describe("taking part by MESSAGE", () => {
	let domain: Domain;
	let alice: Actor;
	let bob: Actor;
	let category: CategoryRecord;
	let clockMs = Date.parse("2026-01-01T00:00:00Z");
	let made = 0;

	beforeEach(async () => {
		domain = await openDomain({ now: () => new Date(clockMs) });
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		category = await addCategory(domain, { creators: [principalOf(alice)] });
	});
	afterEach(() => domain.close());

	async function addRoom(more: Partial<RoomProperties> = {}): Promise<RoomId> {
		made += 1;
		const { room } = await domain.rooms.createRoom(alice, {
			name: `Room ${made}`,
			...more,
			category: category.id,
			roles: { member: [principalOf(alice), principalOf(bob)] },
		});
		await domain.owed();
		domain.told();
		return room.id;
	}
	const post = (actor: Actor, room: RoomId, text: string) =>
		domain.rooms.post(actor, { room, text, alert: false });
	const due = () => domain.nodeRooms.duePhones({ after: undefined, limit: 10 });
	const next = (actor: Actor) => domain.nodeRooms.nextForPhone(actor.uri);
	/** What comes next, which he then has had. */
	async function sent(actor: Actor): Promise<PhoneNews | undefined> {
		const news = await next(actor);
		if (news !== undefined) await domain.nodeRooms.phoneHad(actor.uri, news);
		return news;
	}
	async function texts(actor: Actor): Promise<readonly string[]> {
		const all: string[] = [];
		for (let news = await sent(actor); news; news = await sent(actor)) {
			all.push(news.type === "message" ? news.message.text : news.type);
		}
		return all;
	}

	it("is a participation: told, owed, and over by his wish", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		await domain.rooms.joinByMessage(bob, room);
		assert.deepEqual(await inside(domain, room), ["Bob"]);
		await domain.rooms.partByMessage(bob, room);
		await domain.rooms.partByMessage(bob, room);
		assert.deepEqual(await inside(domain, room), []);
		assert.deepEqual(
			domain.told().map(({ type }) => type),
			["joined", "parted"],
		);
		assert.deepEqual(
			(await domain.owed()).map(({ type }) => type),
			["joined", "parted"],
		);
		assert.deepEqual(await domain.nodeRooms.phoneRooms(), []);
	});

	it("goes on when he parts with another client, and the other way round", async () => {
		const room = await addRoom();
		const session = await enter(domain, bob, room);
		await domain.rooms.joinByMessage(bob, room);
		await domain.rooms.part(bob, session, [room]);
		assert.deepEqual(await inside(domain, room), ["Bob"]);
		assert.deepEqual(
			(await domain.owed()).map(({ type }) => type),
			["joined"],
		);
	});

	it("is kept when the node starts again", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		await post(alice, room, "while it was down");
		assert.equal(await domain.nodeRooms.partLeftovers(), 0);
		assert.deepEqual(await inside(domain, room), ["Bob"]);
		assert.deepEqual(await texts(bob), ["while it was down"]);
	});

	it("is refused as any other join is", async () => {
		const room = await addRoom({ privacy: "secret" });
		const carol = await domain.person("carol");
		await refused("no-such-room", domain.rooms.joinByMessage(carol, room));
		await refused("no-such-room", domain.rooms.roomAt(carol, room));
		await refused("no-such-room", domain.rooms.roomAt(carol, "nowhere"));
		assert.equal((await domain.rooms.roomAt(bob, room)).id, room);
	});

	it("sends what was said after he joined, in order, but not what he said", async () => {
		const room = await addRoom();
		await post(alice, room, "before");
		await domain.rooms.joinByMessage(bob, room);
		await post(alice, room, "one");
		await post(bob, room, "mine");
		await post(alice, room, "two");
		assert.deepEqual(await due(), [bob.uri]);
		assert.deepEqual(await texts(bob), ["one", "two"]);
		assert.deepEqual(await due(), []);
	});

	it("sends what was not sent again, and nothing that was deleted meanwhile", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		const { sequence } = await post(alice, room, "wrong");
		await post(alice, room, "right");
		assert.equal((await next(bob))?.type, "message");
		await domain.rooms.deleteMessages(operator, {
			room,
			sequences: [sequence],
		});
		assert.deepEqual(await texts(bob), ["right"]);
	});

	it("skips all but the newest hundred of what he has missed", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		for (let count = 1; count <= 103; count += 1) {
			await post(alice, room, String(count));
		}
		const skipped = await sent(bob);
		assert.equal(skipped?.type, "skipped");
		assert.equal(skipped.count, 3);
		assert.deepEqual((await texts(bob)).slice(0, 2), ["4", "5"]);
	});

	it("ends when he loses the right, and he is told once", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		await post(alice, room, "not for him any more");
		await domain.owed();
		await domain.rooms.changeRoom(alice, room, {
			roles: { member: { remove: [principalOf(bob)] } },
		});
		assert.deepEqual(await inside(domain, room), []);
		const types = (await domain.owed()).map(({ type }) => type);
		assert.ok(types.includes("parted"));
		assert.deepEqual(await due(), [bob.uri]);
		const lost = await next(bob);
		assert.equal(lost?.type, "lost");
		assert.deepEqual(await texts(bob), ["lost"]);
		assert.deepEqual(await domain.nodeRooms.phoneRooms(), []);
	});

	it("goes on when he has joined again before he was told", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		const members = (change: object) =>
			domain.rooms.changeRoom(alice, room, { roles: { member: change } });
		await members({ remove: [principalOf(bob)] });
		const lost = await next(bob);
		await members({ add: [principalOf(bob)] });
		await domain.rooms.joinByMessage(bob, room);
		assert.equal(lost?.type, "lost");
		await domain.nodeRooms.phoneHad(bob.uri, lost);
		await post(alice, room, "back");
		assert.deepEqual(await texts(bob), ["back"]);
	});

	it("is told also of a room that is gone", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		await domain.rooms.removeRoom(operator, room);
		assert.deepEqual(await texts(bob), ["lost"]);
	});

	it("is one node's to send at a time, and free when its claim is over", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		await post(alice, room, "one");
		const { store, nodeRooms } = domain;
		const other = (forMs: number) =>
			store.transaction((tx) =>
				tx.phones.claim(
					bob.uri,
					"node-2",
					new Date(clockMs),
					new Date(clockMs + forMs),
				),
			);
		assert.equal(await nodeRooms.claimPhone(bob.uri, 60_000), true);
		assert.equal(await nodeRooms.claimPhone(bob.uri, 60_000), true);
		assert.equal(await other(60_000), false);
		assert.deepEqual(await due(), []);
		clockMs += 60_000;
		assert.deepEqual(await due(), [bob.uri]);
		assert.equal(await other(60_000), true);
		assert.equal(await nodeRooms.claimPhone(bob.uri, 60_000), false);
		await nodeRooms.releasePhones();
		assert.equal(await nodeRooms.claimPhone(bob.uri, 60_000), false);
		assert.equal(await nodeRooms.claimPhone(alice.uri, 60_000), false);
	});

	it("says for how long nothing has reached him, until something does", async () => {
		const room = await addRoom();
		await domain.rooms.joinByMessage(bob, room);
		assert.equal(await domain.nodeRooms.phoneFailed(bob.uri), 0);
		clockMs += 5_000;
		assert.equal(await domain.nodeRooms.phoneFailed(bob.uri), 5_000);
		await post(alice, room, "here?");
		assert.equal((await sent(bob))?.type, "message");
		assert.equal(await domain.nodeRooms.phoneFailed(bob.uri), 0);
	});

	it("ends everywhere when he is given up", async () => {
		const [one, two] = [await addRoom(), await addRoom()];
		await domain.rooms.joinByMessage(bob, one);
		await domain.rooms.joinByMessage(bob, two);
		await domain.owed();
		await domain.nodeRooms.endPhone(bob.uri);
		assert.deepEqual(
			(await domain.owed()).map(({ type }) => type),
			["parted", "parted"],
		);
		assert.deepEqual(await domain.nodeRooms.phoneRooms(), []);
	});
});
