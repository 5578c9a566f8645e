/** What compliance is owed: exactly one event for each thing that is done, complete in itself; none for what is not done. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ComplianceEvent } from "../../plugin/compliance/events.ts";
import type {
	Actor,
	CategoryId,
	Principal,
	RoomRecord,
	SessionId,
	UserUri,
} from "../../plugin/rooms/types.ts";
import type { Store } from "../../plugin/store/index.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
	principalOf,
	wholeDomain,
} from "../support/domain.ts";

type Type = ComplianceEvent["type"];

/** Made by the web, where files are posted: none of these here. */
type OfFiles = "uploaded" | "downloaded";

/** A new type does not compile until it is here; then a test below must make it. */
const types: Readonly<Record<Exclude<Type, OfFiles>, true>> = {
	"category-changed": true,
	"category-created": true,
	"category-removed": true,
	"directory-changed": true,
	"roles-changed": true,
	"room-changed": true,
	"room-created": true,
	"room-removed": true,
	deleted: true,
	invited: true,
	joined: true,
	parted: true,
	posted: true,
	replaced: true,
	searched: true,
	viewed: true,
};

type Owed = Record<string, unknown> & {
	readonly type: Type;
	readonly actor: Actor;
};

describe("compliance is owed", () => {
	let domain: Domain;
	let clock = Date.parse("2026-05-01T08:00:00.001Z");
	/** Before the next transaction. */
	let meanwhile: (() => Promise<unknown>) | undefined;
	let alice: Actor;
	let bob: Actor;
	const seen = new Set<Type>();

	before(async () => {
		domain = await openDomain({
			now: () => new Date(clock),
			through: (store) => ({
				...store,
				async transaction<T>(work: Parameters<Store["transaction"]>[0]) {
					const first = meanwhile;
					meanwhile = undefined;
					await first?.();
					return store.transaction(work) as Promise<T>;
				},
			}),
		});
		alice = await person("alice");
		bob = await person("bob");
		await domain.rooms.setAdministrators(operator, [principalOf(bob)]);
	});
	after(() => domain.close());
	beforeEach(async () => {
		clock += 1_000;
		await domain.owed();
	});

	/** Known with an address for mail. */
	async function person(name: string): Promise<Actor> {
		const actor = await domain.person(name);
		const email = `${name}@mail.example.com`;
		await domain.rooms.changeUser(operator, actor.uri, { email });
		return { ...actor, email };
	}

	/** Alice manages it. */
	async function addRoom(
		category: Parameters<typeof addCategory>[1] = {},
		members: readonly Actor[] = [],
	): Promise<RoomRecord> {
		const { id } = await addCategory(domain, category);
		const made = await domain.rooms.createRoom(operator, {
			name: `Room ${randomUUID()}`,
			category: id,
			privacy: "open",
			roles: {
				manager: [principalOf(alice)],
				member: members.map(principalOf),
			},
		});
		await domain.owed();
		return made;
	}

	const place = ({ room: { id, name, category } }: RoomRecord) => ({
		id,
		name,
		category: { id: category.id, name: category.name },
	});

	const enter = async (actor: Actor, { room }: RoomRecord) => {
		const session = randomUUID() as SessionId;
		const [outcome] = await domain.rooms.join(
			...([actor, session, [room.id], false] as const),
		);
		assert.ok(outcome !== undefined && "view" in outcome);
		return session;
	};

	const say = (actor: Actor, { room }: RoomRecord, text: string) =>
		domain.rooms.post(actor, { room: room.id, text, alert: false });

	/** The rest of exactly these events, in this order, each by this actor, now, and in this room. */
	async function owes(
		expected: readonly Type[],
		actor: Actor,
		room?: RoomRecord,
	): Promise<readonly Record<string, unknown>[]> {
		const owed = (await domain.owed()) as unknown as readonly Owed[];
		assert.deepEqual(
			owed.map(({ type }) => type),
			expected,
		);
		return owed.map(({ id, type, actor: by, at, room: where, ...rest }) => {
			seen.add(type);
			assert.match(String(id), /^[0-9a-f-]{36}$/);
			assert.deepEqual(by, actor);
			assert.equal(at, new Date(clock).toISOString());
			assert.deepEqual(where, room && place(room));
			return rest;
		});
	}
	const nothing = async () => assert.deepEqual(await domain.owed(), []);

	it("the coming and going of a user, not of his second session", async () => {
		const room = await addRoom();
		const first = await enter(alice, room);
		assert.deepEqual(await owes(["joined"], alice, room), [{}]);
		const second = await enter(alice, room);
		const part = (session: SessionId) =>
			domain.rooms.part(alice, session, [room.room.id]);
		await part(first);
		await nothing();
		await part(second);
		assert.deepEqual(await owes(["parted"], alice, room), [{}]);
		await part(second);
		await nothing();
	});

	it("a kick, by whoever was kicked, with his Call-ID and why", async () => {
		const kicks: readonly [string, (room: RoomRecord) => Promise<unknown>][] = [
			[
				"the room is disabled",
				({ room }) =>
					domain.rooms.changeRoom(operator, room.id, {
						properties: { disabled: true },
					}),
			],
			[
				"the room is gone",
				({ room }) => domain.rooms.removeRoom(operator, room.id),
			],
			[
				"not a member any more",
				({ room }) =>
					domain.rooms.changeRoom(operator, room.id, {
						properties: { privacy: "secret" },
					}),
			],
			[
				"not allowed in the category any more",
				({ room }) =>
					domain.rooms.changeCategory(operator, room.category.id, {
						denied: [principalOf(alice)],
					}),
			],
		];
		for (const [kicked, kick] of kicks) {
			const room = await addRoom();
			await enter(alice, room);
			await enter({ ...alice, callId: "another dialog" }, room);
			await domain.owed();
			await kick(room);
			const parted = (await domain.owed()).filter(
				({ type }) => type === "parted",
			);
			assert.deepEqual(
				parted.map(({ id: _, ...rest }) => rest),
				[
					{
						type: "parted",
						at: new Date(clock).toISOString(),
						actor: alice,
						room: place(room),
						kicked,
					},
				],
			);
		}
	});

	it("one PART for one JOIN, also of who leaves while he is being kicked", async () => {
		const room = await addRoom({}, [alice]);
		const session = await enter(alice, room);
		const { id } = room.room;
		await domain.owed();
		await domain.rooms.changeRoom(operator, id, {
			properties: { privacy: "closed" },
		});
		const change = { roles: { member: { remove: [principalOf(alice)] } } };
		// The second transaction of the change is the one that kicks.
		meanwhile = async () => {
			meanwhile = () => domain.rooms.part(alice, session, [id]);
		};
		await domain.rooms.changeRoom(operator, id, change);
		const parted = (await domain.owed()).filter(
			({ type }) => type === "parted",
		);
		assert.deepEqual(
			parted.map((event) => "kicked" in event),
			[false],
		);
	});

	it("a post, once however often it is repeated", async () => {
		const room = await addRoom();
		const draft = { room: room.room.id, text: "one", alert: true, key: "k" };
		await domain.rooms.post(alice, draft);
		await domain.rooms.post(alice, draft);
		const author = { uri: alice.uri, displayName: "Alice" };
		assert.deepEqual(await owes(["posted"], alice, room), [
			{
				message: {
					...draft,
					...{ sequence: 1, author },
					postedAt: new Date(clock).toISOString(),
				},
			},
		]);
	});

	it("history that was asked for, with what was asked, also when there was none", async () => {
		const room = await addRoom();
		const { id } = room.room;
		for (const text of ["1", "2", "3"]) await say(alice, room, text);
		await domain.owed();
		const date = new Date(clock - 60_000);
		const asked = date.toISOString();
		const { history } = domain.rooms;
		const cases = [
			[700, { window: "last", count: 700 }, 3, 1, 3],
			[
				{ type: "before", sequence: 3, count: 1 },
				{ window: "before", sequence: 3, count: 1 },
				...[1, 2, 2],
			],
			[
				{ type: "after", sequence: 1, count: 9 },
				{ window: "after", sequence: 1, count: 9 },
				...[2, 2, 3],
			],
			[
				{ type: "around", sequence: 2, count: 1 },
				{ window: "around", sequence: 2, count: 1 },
				...[1, 2, 2],
			],
			[
				{ type: "dates", from: date, newest: true, count: 2 },
				{ window: "dates", from: asked, newestFirst: true, count: 2 },
				...[2, 2, 3],
			],
			[
				{ type: "dates", to: date, newest: false, count: 2 },
				{ window: "dates", to: asked, newestFirst: false, count: 2 },
				...[0, 0, 0],
			],
		] as const;
		for (const [window, asked, count, first, through] of cases) {
			await history(bob, id, window);
			assert.deepEqual(await owes(["viewed"], bob, room), [
				{ count, fromSequence: first, throughSequence: through, asked },
			]);
		}
	});

	it("what the operator lists, with what he asked", async () => {
		const room = await addRoom();
		await say(alice, room, "1");
		await domain.owed();
		const list = (which: object) =>
			domain.rooms.listMessages(operator, room.room.id, { count: 5, ...which });
		const found = { count: 1, fromSequence: 1, throughSequence: 1 };
		await list({});
		await list({ belowSequence: 9 });
		await list({ from: new Date(1), belowSequence: 9 });
		assert.deepEqual(
			await owes(["viewed", "viewed", "viewed"], operator, room),
			[
				{ ...found, asked: { window: "last", count: 5 } },
				{ ...found, asked: { window: "before", sequence: 9, count: 5 } },
				{
					...found,
					asked: {
						window: "dates",
						from: "1970-01-01T00:00:00.001Z",
						start: 9,
						newestFirst: true,
						count: 5,
					},
				},
			],
		);
	});

	it("a search, in each room that was looked through, with what was asked and shown", async () => {
		const carol = await person("carol");
		const first = await addRoom({}, [carol]);
		const second = await addRoom({}, [carol]);
		const without = await addRoom({ history: false }, [carol]);
		for (const room of [first, without]) await say(alice, room, "quail");
		await domain.owed();
		await domain.rooms.searchMessages(carol, {
			wording: { words: "Quail", match: "phrase" },
			authors: [alice.uri],
			limitPerRoom: 3,
		});
		const owed = await domain.owed();
		const asked = owed.map((event) => event.type === "searched" && event.asked);
		const question = asked[0] !== false && asked[0]?.question;
		assert.match(String(question), /^[0-9a-f-]{36}$/);
		const found = owed.map((event) => {
			assert.ok(event.type === "searched");
			seen.add(event.type);
			assert.deepEqual(event.actor, carol);
			return [event.room.name, event.words, event.count, event.sequences];
		});
		assert.deepEqual(
			new Map(found.map((each) => [each[0], each.slice(1)])),
			new Map([
				[first.room.name, ["Quail", 1, [1]]],
				[second.room.name, ["Quail", 0, []]],
			]),
		);
		const expected = {
			question,
			...{ rooms: "own", roomCount: 2 },
			...{ words: "Quail", match: "phrase", authors: [alice.uri] },
			...{ newestFirst: true, count: 3 },
		};
		assert.deepEqual(asked, [expected, expected]);
	});

	it("messages beside another, looked for by nothing else, as history", async () => {
		const room = await addRoom();
		for (const text of ["1", "2", "3"]) await say(alice, room, text);
		await domain.owed();
		const rooms = [room.room.id];
		const { searchMessages } = domain.rooms;
		await searchMessages(bob, { rooms, start: 2, limitPerRoom: 4 });
		await searchMessages(bob, { rooms, start: 2, newestFirst: false });
		assert.deepEqual(await owes(["viewed", "viewed"], bob, room), [
			{
				...{ count: 1, fromSequence: 1, throughSequence: 1 },
				asked: { window: "before", sequence: 2, count: 4 },
			},
			{
				...{ count: 1, fromSequence: 3, throughSequence: 3 },
				asked: { window: "after", sequence: 2, count: 25 },
			},
		]);
	});

	it("what a device that comes back has missed and is sent", async () => {
		const room = await addRoom();
		for (const text of ["1", "2", "3"]) await say(alice, room, text);
		await domain.owed();
		const now = await domain.store.rooms.find(room.room.id);
		assert.ok(now);
		await domain.rooms.recordMissed(bob, now, 1);
		await domain.rooms.recordMissed(bob, now, 3);
		assert.deepEqual(await owes(["viewed"], bob, room), [
			{
				...{ count: 2, fromSequence: 2, throughSequence: 3 },
				asked: { window: "missed", sequence: 1 },
			},
		]);
	});

	it("nothing for what was refused, or shows no message", async () => {
		const room = await addRoom({ history: false }, [alice]);
		const { id } = room.room;
		const frank = await person("frank");
		await say(alice, room, "1");
		await domain.rooms.changeRoom(operator, id, {
			properties: { privacy: "secret" },
		});
		await domain.owed();
		const { rooms } = domain;
		await refused("no-such-room", rooms.history(frank, id, 9));
		await refused("no-such-room", rooms.searchMessages(frank, { rooms: [id] }));
		await refused("no-such-room", say(frank, room, "x"));
		assert.deepEqual(await rooms.history(alice, id, 9), []);
		await rooms.search(alice, {});
		await rooms.associations(alice, "member", 9);
		await rooms.participants(alice, id, { limit: 9 });
		await rooms.follow(alice, id);
		await rooms.followed(alice);
		await rooms.setPreference(alice, {
			label: "l",
			version: 1,
			content: "<c/>",
		});
		await nothing();
	});

	it("an invitation, by whoever made him a member", async () => {
		const dora = await person("dora");
		const room = await addRoom();
		await domain.rooms.changeRoom(alice, room.room.id, {
			roles: { member: { add: [principalOf(dora)] } },
		});
		await domain.owed();
		await domain.rooms.invitations(dora, 0);
		await domain.rooms.invitations(dora, 0);
		const { callId: _, ...granter } = alice;
		const { callId: __, ...user } = dora;
		assert.deepEqual(await owes(["invited"], granter, room), [{ user }]);
	});

	it("what becomes of a room: made, changed, moved, disabled, enabled, its roles, its end", async () => {
		const { id: category, name } = await addCategory(domain, {
			creators: [principalOf(alice)],
		});
		const other = await addCategory(domain, { creators: [wholeDomain] });
		await domain.owed();
		const room = await domain.rooms.createRoom(alice, {
			name: "Made",
			category,
		});
		const created = await owes(["room-created", "roles-changed"], alice, room);
		const { properties } = created[0] ?? {};
		assert.equal((properties as { name: string }).name, "Made");
		assert.deepEqual(created[1], {
			...{ role: "manager", added: [alice.uri], removed: [] },
		});
		const { id } = room.room;
		const change = async (properties: object) => {
			const changed = await domain.rooms.changeRoom(alice, id, { properties });
			const [event] = await owes(["room-changed"], alice, changed);
			return event;
		};
		assert.deepEqual(await change({ privacy: "secret" }), {
			before: { privacy: "closed" },
			after: { privacy: "secret" },
		});
		assert.deepEqual(await change({ invitations: "off" }), {
			before: { invitations: "inherit" },
			after: { invitations: "off" },
		});
		for (const disabled of [true, false]) {
			assert.deepEqual(await change({ disabled }), {
				before: { disabled: !disabled },
				after: { disabled },
			});
		}
		assert.deepEqual(await change({ category: other.id }), {
			before: { category },
			after: { category: other.id },
			movedFrom: { id: category, name },
		});
		for (const role of ["member", "presenter"] as const) {
			const set = [bob.uri as string as Principal];
			const changed = await domain.rooms.changeRoom(alice, id, {
				roles: { [role]: { set } },
				...(role === "presenter" && { properties: { type: "auditorium" } }),
			});
			const expected: readonly Type[] =
				role === "presenter"
					? ["room-changed", "roles-changed"]
					: ["roles-changed"];
			const owed = await owes(expected, alice, changed);
			assert.deepEqual(owed.at(-1), { role, added: set, removed: [] });
		}
		await domain.rooms.removeRoom(bob, id);
		const gone = (await domain.owed()).map(({ type, actor }) => {
			seen.add(type);
			return [type, actor.callId];
		});
		assert.deepEqual(gone, [
			["room-changed", bob.callId],
			["roles-changed", bob.callId],
			["roles-changed", bob.callId],
			["roles-changed", bob.callId],
			["room-removed", bob.callId],
		]);
	});

	it("what becomes of a category, its demand on the archive among it", async () => {
		const made = await domain.rooms.createCategory(bob, { name: "Walls" });
		assert.deepEqual(await owes(["category-created"], bob), [
			{ category: made },
		]);
		await domain.rooms.changeCategory(bob, made.id, {
			compliance: "closed",
			files: false,
		});
		assert.deepEqual(await owes(["category-changed"], bob), [
			{
				category: { id: made.id, name: "Walls" },
				before: { compliance: "open" },
				after: { compliance: "closed" },
			},
		]);
		await domain.rooms.removeCategory(bob, made.id);
		assert.deepEqual(await owes(["category-removed"], bob), [
			{ category: { ...made, compliance: "closed" } },
		]);
		await refused(
			"no-such-category",
			domain.rooms.removeCategory(bob, randomUUID() as CategoryId),
		);
		await nothing();
	});

	it("what administrators do to people, groups, policy and themselves", async () => {
		const uri = "sip:erin@example.com" as UserUri;
		const { rooms } = domain;
		let group: string | undefined;
		const deeds: readonly [string, () => Promise<unknown>][] = [
			[uri, () => rooms.addUser(bob, { uri })],
			[uri, () => rooms.changeUser(bob, uri, { active: false })],
			[uri, () => rooms.removeUser(bob, uri)],
			[
				"group",
				async () => {
					const { id } = await rooms.createGroup(bob, "G", []);
					group = id;
				},
			],
			["everybody", () => rooms.unsetPolicy(bob, "everybody")],
			[
				"everybody",
				() =>
					rooms.setPolicy(bob, {
						scope: "everybody",
						enabled: true,
						admit: false,
					}),
			],
			[
				"administrators",
				() => rooms.setAdministrators(bob, [principalOf(bob)]),
			],
		];
		for (const [subject, deed] of deeds) {
			await deed();
			const [event] = await owes(["directory-changed"], bob);
			const expected = subject === "group" ? `group:${group}` : subject;
			assert.equal(event?.subject, expected);
			assert.ok(event !== undefined && ("before" in event || "after" in event));
		}
	});

	it("who is admitted, with the dialog that he came by", async () => {
		const scope = "domain:elsewhere.example" as const;
		await domain.rooms.setPolicy(operator, {
			...{ scope, enabled: true, admit: true },
		});
		await domain.owed();
		const user = await domain.nodeRooms.admit({
			uri: "sip:zoe@elsewhere.example" as UserUri,
			callId: "her-call",
		});
		assert.ok(user);
		const { uri, displayName, guid } = user;
		const actor = { uri, displayName, guid, callId: "her-call" };
		await owes(["directory-changed"], actor);
	});

	it("each message that is deleted, replaced or purged, as it was, with its author as he was", async () => {
		const room = await addRoom();
		const { id } = room.room;
		const said = [];
		for (const text of ["1", "2", "3"]) said.push(await say(alice, room, text));
		await domain.rooms.changeUser(operator, alice.uri, {
			displayName: "Alice Married",
		});
		await domain.owed();
		const { rooms } = domain;
		await rooms.replaceMessages(bob, { room: id, sequences: [1] }, "gone");
		const [replaced] = await owes(["replaced"], bob, room);
		const plain = (message: unknown) => JSON.parse(JSON.stringify(message));
		assert.deepEqual(replaced, {
			message: plain(said[0]),
			replacement: "gone",
		});
		await rooms.deleteMessages(bob, { room: id, sequences: [2] });
		assert.deepEqual(await owes(["deleted"], bob, room), [
			{ message: plain(said[1]) },
		]);
		await rooms.clearRoom(bob, id, new Date(clock + 1));
		const purged = await owes(["deleted", "deleted"], bob, room);
		assert.deepEqual(purged[1], { message: plain(said[2]) });
		await rooms.clearRoom(bob, id, new Date(clock + 1));
		await nothing();
	});

	it("whom a killed node left, at the last that is known of it, as lost", async () => {
		await domain.nodeRooms.partLeftovers();
		const leave = async (aliveAt: number | undefined, postedAt?: number) => {
			const room = await addRoom();
			await enter(alice, room);
			const joinedAt = clock;
			if (postedAt !== undefined) {
				clock = joinedAt + postedAt;
				await say(alice, room, "x");
			}
			await domain.owed();
			await domain.knex("nodes").delete();
			if (aliveAt !== undefined) {
				clock = joinedAt + aliveAt;
				await domain.nodeRooms.alive();
			}
			clock = joinedAt + 600_000;
			assert.equal(await domain.nodeRooms.partLeftovers(), 1);
			assert.equal(await domain.nodeRooms.partLeftovers(), 0);
			const [event, ...others] = await domain.owed();
			assert.deepEqual(others, []);
			assert.ok(event?.type === "parted");
			assert.equal(event.lost, true);
			assert.deepEqual(event.actor, alice);
			assert.deepEqual(event.room, place(room));
			return Date.parse(String(event.at)) - joinedAt;
		};
		assert.equal(await leave(5_000), 5_000);
		assert.equal(await leave(5_000, 5_700), 5_700, "the room's last message");
		assert.equal(await leave(-2_000), 0, "not before he came");
		assert.equal(await leave(900_000), 600_000, "not later than now");
		assert.equal(await leave(undefined), 600_000, "never known to live");
	});

	it("no type of event that no test has made", () => {
		assert.deepEqual([...seen].sort(), Object.keys(types).sort());
	});
});
