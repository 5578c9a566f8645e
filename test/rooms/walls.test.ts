/** Categories as walls: a change of scope is foretold by its preview, felt at once, and recorded. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	Actor,
	CategoryId,
	CategoryRecord,
	Loss,
	Principal,
	RoomRecord,
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
	wholeDomain,
} from "../support/domain.ts";

describe("categories", () => {
	let domain: Domain;
	let alice: Actor;
	let bob: Actor;
	let carol: Actor;
	let traders: Principal;
	let made = 0;

	before(async () => {
		domain = await openDomain();
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		carol = await domain.person("carol");
		const group = await domain.rooms.createGroup(operator, "Traders", [
			principalOf(alice),
			principalOf(bob),
		]);
		traders = `group:${group.id}` as Principal;
	});
	after(() => domain.close());
	beforeEach(async () => {
		domain.told();
		await domain.owed();
	});

	async function addRoom(
		category: CategoryRecord,
		change: Partial<Parameters<Domain["rooms"]["createRoom"]>[1]> = {},
	): Promise<RoomRecord> {
		made += 1;
		const room = await domain.rooms.createRoom(operator, {
			name: `Floor ${made}`,
			category: category.id,
			privacy: "open",
			...change,
		});
		domain.told();
		await domain.owed();
		return room;
	}

	/** `Floor 1: sip:bob@example.com member, participant`. */
	const inWords = (losses: readonly Loss[]) =>
		losses
			.map(({ room, principal, was }) => `${room.name}: ${principal} ${was}`)
			.sort();

	/** Everything that a preview could change. */
	async function everything(): Promise<unknown> {
		const { knex } = domain;
		const tables = [
			"rooms",
			"room_roles",
			"categories",
			"category_principals",
			"participants",
			"outbox",
		];
		return Promise.all(tables.map((table) => knex(table).select()));
	}

	describe("as administrators keep them", () => {
		it("let nobody in, keep history, send invitations and take no files by default", async () => {
			const category = await domain.rooms.createCategory(operator, {
				name: "Bare",
			});
			assert.deepEqual(category, {
				id: category.id,
				name: "Bare",
				description: "",
				invitations: true,
				files: false,
				history: true,
				compliance: "open",
				retainDays: null,
				allowed: [],
				denied: [],
				creators: [],
			});
			const [event] = await domain.owed();
			assert.ok(event?.type === "category-created");
			assert.deepEqual(event.category, category);
			assert.equal(event.actor.uri, operator.uri);
		});

		it("change, and what has changed is recorded with what was before", async () => {
			const category = await addCategory(domain);
			await domain.owed();
			const changed = await domain.rooms.changeCategory(operator, category.id, {
				name: "Renamed",
				history: false,
				invitations: true,
				allowed: [traders, wholeDomain],
			});
			assert.deepEqual(changed, {
				...category,
				name: "Renamed",
				history: false,
				allowed: [wholeDomain, traders].sort(),
			});
			const [event, ...others] = await domain.owed();
			assert.deepEqual(others, []);
			assert.ok(event?.type === "category-changed");
			assert.deepEqual(event.before, {
				name: category.name,
				history: true,
				allowed: [wholeDomain],
			});
			assert.deepEqual(event.after, {
				name: "Renamed",
				history: false,
				allowed: [traders, wholeDomain],
			});
		});

		it("are left alone by a change that says what holds already", async () => {
			const category = await addCategory(domain, {
				allowed: [wholeDomain, traders],
			});
			await domain.owed();
			await domain.rooms.changeCategory(operator, category.id, {
				name: category.name,
				allowed: [traders, wholeDomain],
			});
			assert.deepEqual(await domain.owed(), []);
		});

		it("are told to the people in their rooms when what their rooms may do changes", async () => {
			const category = await addCategory(domain);
			const room = await addRoom(category);
			await addRoom(category);
			await enter(domain, bob, room);
			domain.told();
			await domain.rooms.changeCategory(operator, category.id, {
				history: false,
			});
			const [told, ...others] = domain.told();
			assert.ok(told?.type === "changed");
			assert.equal(told.summary.room.id, room.room.id);
			assert.equal(told.summary.room.category.history, false);
			assert.deepEqual(others, [], "nobody is in the other room");
			await domain.rooms.changeCategory(operator, category.id, {
				description: "other words",
			});
			assert.deepEqual(domain.told(), []);
		});

		it("are removed when they are empty", async () => {
			const category = await addCategory(domain);
			const { room } = await addRoom(category);
			await refused(
				"in-use",
				domain.rooms.removeCategory(operator, category.id),
			);
			await domain.rooms.removeRoom(operator, room.id);
			await domain.owed();
			await domain.rooms.removeCategory(operator, category.id);
			const [event] = await domain.owed();
			assert.ok(event?.type === "category-removed");
			assert.deepEqual(event.category, category);
			await refused(
				"no-such-category",
				domain.rooms.removeCategory(operator, category.id),
			);
		});

		it("refuse names that are taken or empty, and principals that nobody knows", async () => {
			const category = await addCategory(domain, { name: "One of a kind" });
			const { rooms } = domain;
			const create = (name: string) => rooms.createCategory(operator, { name });
			await refused("name-taken", create("ONE of a kind"));
			await refused("malformed", create(" "));
			await refused("too-large", create("x".repeat(257)));
			const change = { allowed: ["sip:nobody@example.com" as Principal] };
			await refused(
				"no-such-principal",
				rooms.changeCategory(operator, category.id, change),
			);
			await refused(
				"no-such-principal",
				rooms.preview(operator, { category: category.id, change: change }),
			);
			await refused(
				"no-such-category",
				rooms.changeCategory(operator, "none" as CategoryId, {}),
			);
		});

		it("are nobody else's business", async () => {
			const category = await addCategory(domain, {
				creators: [principalOf(alice)],
			});
			const { rooms } = domain;
			await refused("forbidden", rooms.categories(alice));
			await refused("forbidden", rooms.createCategory(alice, { name: "x" }));
			await refused("forbidden", rooms.changeCategory(alice, category.id, {}));
			await refused(
				"forbidden",
				rooms.preview(alice, { category: category.id, change: {} }),
			);
			await refused("forbidden", rooms.removeCategory(alice, category.id));
		});
	});

	describe("narrowed", () => {
		it("show out at once whom they allow no more; the others are told, and it is recorded", async () => {
			const category = await addCategory(domain);
			const room = await addRoom(category);
			for (const actor of [alice, bob, carol]) {
				await enter(domain, actor, room);
			}
			domain.told();
			await domain.owed();
			const change = { allowed: [traders] };
			const before = await everything();
			const { losses } = await domain.rooms.preview(operator, {
				category: category.id,
				change: change,
			});
			assert.deepEqual(await everything(), before, "a preview changes nothing");
			assert.deepEqual(domain.told(), []);
			assert.deepEqual(inWords(losses), [
				`${room.room.name}: ${carol.uri} participant`,
			]);
			await domain.rooms.changeCategory(operator, category.id, change);
			assert.deepEqual(await inside(domain, room.room.id), ["Alice", "Bob"]);
			assert.deepEqual(domain.told(), [
				{
					type: "kicked",
					room: room.room.id,
					why: "not allowed in the category any more",
					users: [{ uri: carol.uri, displayName: "Carol", guid: carol.guid }],
					rosterHidden: false,
				},
			]);
			const [changed, parted, ...others] = await domain.owed();
			assert.deepEqual(others, []);
			assert.equal(changed?.type, "category-changed");
			assert.ok(parted?.type === "parted");
			assert.equal(parted.kicked, "not allowed in the category any more");
			assert.equal(parted.actor.uri, carol.uri);
			assert.equal(parted.room.name, room.room.name);
			await refused("no-such-room", enter(domain, carol, room));
		});

		it("deny whom they allow, by himself, his domain or his group", async () => {
			for (const denied of [principalOf(bob), traders, wholeDomain]) {
				const category = await addCategory(domain, {
					allowed: [wholeDomain, principalOf(bob), traders],
				});
				const room = await addRoom(category);
				await enter(domain, bob, room);
				await enter(domain, carol, room);
				const change = { denied: [denied] };
				const { losses } = await domain.rooms.preview(operator, {
					category: category.id,
					change: change,
				});
				await domain.rooms.changeCategory(operator, category.id, change);
				const left = denied === wholeDomain ? [] : ["Carol"];
				assert.deepEqual(await inside(domain, room.room.id), left);
				const present = losses.filter(({ was }) => was.includes("participant"));
				assert.equal(present.length, 2 - left.length);
			}
		});

		it("leave roles as they are: allowing somebody again restores them", async () => {
			const category = await addCategory(domain);
			const room = await addRoom(category, {
				privacy: "closed",
				roles: { member: [principalOf(carol)], manager: [principalOf(carol)] },
			});
			await enter(domain, carol, room);
			const narrow = { allowed: [traders] };
			const { losses } = await domain.rooms.preview(operator, {
				category: category.id,
				change: narrow,
			});
			assert.deepEqual(inWords(losses), [
				`${room.room.name}: ${carol.uri} member,manager,participant`,
			]);
			await domain.rooms.changeCategory(operator, category.id, narrow);
			const { losses: again } = await domain.rooms.preview(operator, {
				category: category.id,
				change: {
					allowed: [principalOf(alice)],
				},
			});
			assert.deepEqual(again, [], "he has nothing left to lose");
			await domain.rooms.changeCategory(operator, category.id, {
				allowed: [wholeDomain],
			});
			await enter(domain, carol, room);
			const { roles } = await domain.rooms.room(carol, room.room.id);
			assert.deepEqual(roles?.manager, [carol.uri]);
		});

		it("do not touch administrators, nor rooms of other categories", async () => {
			const root = await domain.person("root");
			await domain.rooms.setAdministrators(operator, [principalOf(root)]);
			const [one, other] = [
				await addCategory(domain),
				await addCategory(domain),
			];
			const rooms = [await addRoom(one), await addRoom(other)];
			for (const room of rooms) {
				await enter(domain, root, room);
				await enter(domain, carol, room);
			}
			await domain.rooms.changeCategory(operator, one.id, { allowed: [] });
			const here = rooms.map(({ room }) => inside(domain, room.id));
			assert.deepEqual(await Promise.all(here), [["Root"], ["Carol", "Root"]]);
			await domain.rooms.setAdministrators(operator, []);
		});

		it("are looked at room by room in a preview", async () => {
			const category = await addCategory(domain);
			for (let n = 0; n < 3; n += 1) await addRoom(category);
			const looked: number[] = [];
			await domain.rooms.preview(
				operator,
				{ category: category.id, change: { allowed: [] } },
				(count) => looked.push(count),
			);
			assert.deepEqual(looked, [1, 2, 3]);
		});
	});

	describe("that a room is moved to", () => {
		async function twoCategories() {
			const from = await addCategory(domain, {
				creators: [principalOf(alice)],
			});
			const to = await addCategory(domain, {
				allowed: [traders],
				creators: [principalOf(alice)],
			});
			return { from, to };
		}

		it("take the roles from whom they do not allow, show him out, and record both", async () => {
			const { from, to } = await twoCategories();
			const [a, b, c] = [alice, bob, carol].map(principalOf) as [
				Principal,
				Principal,
				Principal,
			];
			const room = await addRoom(from, {
				privacy: "closed",
				roles: {
					member: [b, c, wholeDomain],
					manager: [a, c],
					presenter: [c],
				},
			});
			const { id } = room.room;
			await enter(domain, bob, room);
			await enter(domain, carol, room);
			domain.told();
			await domain.owed();
			const before = await everything();
			const { losses } = await domain.rooms.preview(alice, {
				room: id,
				change: { properties: { category: to.id } },
			});
			assert.deepEqual(await everything(), before, "a preview changes nothing");
			assert.deepEqual(inWords(losses), [
				`${room.room.name}: ${c} member,manager,presenter,participant`,
				`${room.room.name}: sip:root@example.com member`,
			]);
			const moved = await domain.rooms.changeRoom(alice, id, {
				properties: { category: to.id },
			});
			assert.equal(moved.room.category.id, to.id);
			assert.deepEqual(moved.roles, {
				member: [wholeDomain, b],
				manager: [a],
				presenter: [],
			});
			assert.deepEqual(await inside(domain, id), ["Bob"]);
			const events = await domain.owed();
			assert.deepEqual(
				events.map((event) => [
					event.type,
					"role" in event ? event.role : undefined,
					"removed" in event ? event.removed : undefined,
					"kicked" in event ? event.kicked : undefined,
				]),
				[
					["room-changed", undefined, undefined, undefined],
					["roles-changed", "member", [c], undefined],
					["roles-changed", "manager", [c], undefined],
					["roles-changed", "presenter", [c], undefined],
					[
						"parted",
						undefined,
						undefined,
						"not allowed in the category any more",
					],
				],
			);
			const [changed] = events;
			assert.ok(changed?.type === "room-changed");
			assert.deepEqual(changed.before, { category: from.id });
			assert.deepEqual(changed.after, { category: to.id });
			assert.deepEqual(changed.room.category, { id: to.id, name: to.name });
		});

		it("foretell who loses a role by a group or a domain, present or not, and who could visit an open room", async () => {
			const crew = await domain.rooms.createGroup(
				operator,
				`Crew ${randomUUID()}`,
				[principalOf(bob), principalOf(carol)],
			);
			const asGroup = `group:${crew.id}` as Principal;
			const category = await addCategory(domain);
			const closed = await addRoom(category, {
				privacy: "closed",
				roles: { member: [asGroup] },
			});
			const open = await addRoom(category, { privacy: "open" });
			const { losses } = await domain.rooms.preview(operator, {
				category: category.id,
				change: {
					denied: [asGroup],
				},
			});
			assert.deepEqual(
				inWords(losses).toSorted(),
				[
					...[bob, carol].map(
						({ uri }) => `${closed.room.name}: ${uri} member`,
					),
					...[bob, carol].map(({ uri }) => `${open.room.name}: ${uri} visitor`),
				].toSorted(),
			);
			const to = await addCategory(domain, { allowed: [principalOf(carol)] });
			const { losses: moved } = await domain.rooms.preview(operator, {
				room: closed.room.id,
				change: { properties: { category: to.id } },
			});
			const [first] = moved.filter(({ was }) => was.includes("member"));
			assert.equal(first?.principal, bob.uri);
		});

		it("foretell also the roles of whom the old category does not allow any more", async () => {
			const { from, to } = await twoCategories();
			const room = await addRoom(from, {
				roles: { member: [principalOf(carol)] },
			});
			await domain.rooms.changeCategory(operator, from.id, {
				denied: [principalOf(carol)],
			});
			const { losses } = await domain.rooms.preview(operator, {
				room: room.room.id,
				change: { properties: { category: to.id } },
			});
			assert.ok(
				inWords(losses).includes(`${room.room.name}: ${carol.uri} member`),
			);
			const moved = await domain.rooms.changeRoom(operator, room.room.id, {
				properties: { category: to.id },
			});
			assert.deepEqual(moved.roles.member, []);
		});

		it("need a manager of the room who may make rooms there", async () => {
			const { from, to } = await twoCategories();
			const room = await addRoom(from, {
				roles: { manager: [principalOf(alice), principalOf(bob)] },
			});
			const { id } = room.room;
			const { rooms } = domain;
			const move = (actor: Actor, category: CategoryId) =>
				rooms.changeRoom(actor, id, { properties: { category } });
			await refused("cannot-create", move(bob, to.id));
			await refused(
				"cannot-create",
				rooms.preview(bob, {
					room: id,
					change: { properties: { category: to.id } },
				}),
			);
			await refused("cannot-create", move(alice, "none" as CategoryId));
			await refused("forbidden", move(carol, to.id));
			await refused(
				"forbidden",
				rooms.preview(carol, {
					room: id,
					change: { properties: { category: to.id } },
				}),
			);
			assert.deepEqual(
				await rooms.preview(bob, {
					room: id,
					change: { properties: { category: from.id } },
				}),
				{ losses: [], more: 0, cut: false },
			);
			await rooms.changeRoom(bob, id, {
				properties: { category: from.id, description: "stays" },
			});
			await move(alice, to.id);
		});
	});
});
