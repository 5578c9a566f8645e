/** Whoever has lost his right while something of his was under way does not get it done, and nothing of it is left. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { RoomChange } from "../../plugin/rooms/room-changes.ts";
import type {
	Actor,
	CategoryRecord,
	GroupId,
	Principal,
	RoomRecord,
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

type Happening = () => Promise<unknown>;

/** A store where something happens just before one of its next transactions begins, or before a category is next looked up. */
function interruptible(store: Store) {
	let transactionsBefore = 0;
	let beforeTransaction: Happening | undefined;
	let beforeCategory: Happening | undefined;
	return {
		store: {
			...store,
			async transaction<T>(work: Parameters<typeof store.transaction<T>>[0]) {
				const happening = beforeTransaction;
				transactionsBefore -= 1;
				if (happening !== undefined && transactionsBefore <= 0) {
					beforeTransaction = undefined;
					await happening();
				}
				return store.transaction(work);
			},
			categories: {
				...store.categories,
				async find(id) {
					const happening = beforeCategory;
					beforeCategory = undefined;
					await happening?.();
					return store.categories.find(id);
				},
			},
		} satisfies Store,
		beforeTransaction(happening: Happening, nth = 1) {
			beforeTransaction = happening;
			transactionsBefore = nth;
		},
		beforeCategory(happening: Happening) {
			beforeCategory = happening;
		},
		/** Whether all that was to happen has. */
		happened: () =>
			beforeTransaction === undefined && beforeCategory === undefined,
	};
}

describe("a right, lost meanwhile,", () => {
	let domain: Domain;
	let interrupt: ReturnType<typeof interruptible>;
	let alice: Actor;
	let bob: Actor;
	let group: GroupId;
	let crew: Principal;
	let category: CategoryRecord;

	before(async () => {
		domain = await openDomain({
			through(store) {
				interrupt = interruptible(store);
				return interrupt.store;
			},
		});
		alice = await domain.person("alice");
		bob = await domain.person("bob");
	});
	after(() => domain.close());

	beforeEach("bob is a creator and an administrator by his group", async () => {
		const made = await domain.rooms.createGroup(operator, randomUUID(), [
			principalOf(bob),
		]);
		group = made.id;
		crew = `group:${group}` as Principal;
		category = await addCategory(domain, { creators: [crew] });
	});
	afterEach("everything happened", async () => {
		assert.ok(interrupt.happened());
		await domain.rooms.setAdministrators(operator, []);
	});

	const leaveGroup = () =>
		domain.rooms.changeGroup(operator, group, { remove: [principalOf(bob)] });
	const makeAdministrator = () =>
		domain.rooms.setAdministrators(operator, [crew]);
	/** As another node does it: nobody here is told. */
	const takeCreatorsElsewhere = ({ id }: CategoryRecord) =>
		domain.store.transaction((tx) =>
			tx.categories.change(id, { creators: [] }),
		);
	const addRoom = (roles: { readonly manager?: readonly Principal[] } = {}) =>
		domain.rooms.createRoom(operator, {
			name: randomUUID(),
			category: category.id,
			roles: { member: [crew, principalOf(alice)], ...roles },
		});
	const change = ({ room }: RoomRecord, given: RoomChange) =>
		domain.rooms.changeRoom(bob, room.id, given);
	const summary = ({ room }: RoomRecord) => domain.store.rooms.find(room.id);
	/** Refused, and nothing owed but what the loss itself owes. */
	async function comesToNothing(
		reason: Parameters<typeof refused>[0],
		asked: () => Promise<unknown>,
	): Promise<void> {
		await domain.owed();
		await refused(reason, asked());
		const mine = (await domain.owed()).filter(
			({ actor }) => actor.uri === bob.uri,
		);
		assert.deepEqual(mine, []);
	}

	describe("by a manager", () => {
		it("leaves the room as it was", async () => {
			const room = await addRoom({ manager: [crew] });
			interrupt.beforeTransaction(leaveGroup);
			const properties = { description: "too late" };
			await comesToNothing("forbidden", () => change(room, { properties }));
			assert.equal((await summary(room))?.description, "");
		});

		it("leaves the room where it was, when the destination has him as creator no more", async () => {
			const room = await addRoom({ manager: [crew] });
			for (const here of [true, false]) {
				const there = await addCategory(domain, { creators: [crew] });
				interrupt.beforeTransaction(() =>
					here
						? domain.rooms.changeCategory(operator, there.id, { creators: [] })
						: takeCreatorsElsewhere(there),
				);
				const properties = { category: there.id };
				await comesToNothing("cannot-create", () =>
					change(room, { properties }),
				);
				assert.equal((await summary(room))?.category.id, category.id);
			}
		});

		it("shows neither who is eligible nor who would lose what", async () => {
			const room = await addRoom({ manager: [crew] });
			const { id } = room.room;
			interrupt.beforeCategory(leaveGroup);
			await comesToNothing("forbidden", () =>
				domain.rooms.eligible(bob, { room: id }, { limit: 10 }),
			);
			await domain.rooms.changeGroup(operator, group, {
				add: [principalOf(bob)],
			});
			const there = await addCategory(domain, { creators: [crew] });
			interrupt.beforeCategory(leaveGroup);
			await comesToNothing("forbidden", () =>
				domain.rooms.preview(bob, {
					room: id,
					change: { properties: { category: there.id } },
				}),
			);
		});
	});

	describe("by a creator", () => {
		for (const [where, lose] of [
			["here", leaveGroup],
			["on another node", () => takeCreatorsElsewhere(category)],
		] as const) {
			it(`makes no room, when he has lost it ${where}`, async () => {
				const name = randomUUID();
				interrupt.beforeTransaction(lose);
				await comesToNothing("cannot-create", () =>
					domain.rooms.createRoom(bob, { name, category: category.id }),
				);
				assert.deepEqual(await domain.store.rooms.named(name), []);
			});
		}
	});

	describe("by an administrator", () => {
		beforeEach(makeAdministrator);

		it("changes no directory", async () => {
			const uri = `sip:${randomUUID()}@example.com` as UserUri;
			for (const write of [
				() => domain.rooms.addUser(bob, { uri }),
				() => domain.rooms.changeGroup(bob, group, { name: "taken" }),
				() => domain.rooms.setAdministrators(bob, [principalOf(bob)]),
			]) {
				await makeAdministrator();
				interrupt.beforeTransaction(() =>
					domain.rooms.setAdministrators(operator, []),
				);
				await comesToNothing("forbidden", write);
			}
			assert.equal(await domain.store.users.find(uri), undefined);
			assert.deepEqual(await domain.store.policies.administrators(), []);
		});

		it("changes no category", async () => {
			const name = randomUUID();
			const { id } = category;
			for (const write of [
				() => domain.rooms.createCategory(bob, { name }),
				() => domain.rooms.changeCategory(bob, id, { name }),
				() => domain.rooms.removeCategory(bob, id),
			]) {
				await makeAdministrator();
				interrupt.beforeTransaction(() =>
					domain.rooms.setAdministrators(operator, []),
				);
				await comesToNothing("forbidden", write);
			}
			assert.deepEqual(await domain.store.categories.find(id), category);
			assert.equal(await domain.store.categories.named(name), undefined);
		});

		it("removes no room, and not the room that is disabled for it already", async () => {
			const room = await addRoom();
			interrupt.beforeTransaction(leaveGroup);
			await comesToNothing("forbidden", () =>
				domain.rooms.removeRoom(bob, room.room.id),
			);
			assert.equal((await summary(room))?.disabled, false);
			await domain.rooms.changeGroup(operator, group, {
				add: [principalOf(bob)],
			});
			interrupt.beforeTransaction(leaveGroup, 2);
			await refused("forbidden", domain.rooms.removeRoom(bob, room.room.id));
			assert.equal((await summary(room))?.disabled, true);
		});

		it("neither deletes, replaces nor counts messages", async () => {
			const { room } = await addRoom();
			const draft = { room: room.id, text: "stays", alert: false };
			// Two batches.
			for (let count = 0; count < 101; count += 1) {
				await domain.rooms.post(alice, draft);
			}
			const all = { room: room.id };
			for (const moderate of [
				() => domain.rooms.deleteMessages(bob, all),
				() => domain.rooms.replaceMessages(bob, all),
			]) {
				await makeAdministrator();
				interrupt.beforeTransaction(() =>
					domain.rooms.setAdministrators(operator, []),
				);
				await comesToNothing("forbidden", moderate);
			}
			const kept = await domain.rooms.history(alice, room.id, 200);
			assert.equal(kept.length, 101);
			assert.ok(kept.every(({ text }) => text === "stays"));
			await makeAdministrator();
			const counted: number[] = [];
			await comesToNothing("forbidden", () =>
				domain.rooms.countMessages(bob, all, async ({ done }) => {
					counted.push(done);
					await domain.rooms.setAdministrators(operator, []);
				}),
			);
			assert.deepEqual(counted, [100]);
		});
	});

	it("shows nothing that was being searched for", async () => {
		const { room } = await addRoom();
		const draft = { room: room.id, text: "the merger", alert: false };
		await domain.rooms.post(alice, draft);
		const wording = { words: "merger", match: "all" } as const;
		const search = () =>
			domain.rooms.searchMessages(bob, { wording, rooms: [room.id] });
		assert.equal((await search()).rooms.length, 1);
		interrupt.beforeTransaction(leaveGroup);
		await comesToNothing("forbidden", search);
	});

	it("does not let a room be followed", async () => {
		const secret = await domain.rooms.createRoom(operator, {
			name: randomUUID(),
			category: category.id,
			privacy: "secret",
			roles: { member: [crew] },
		});
		interrupt.beforeTransaction(leaveGroup);
		await refused("no-such-room", domain.rooms.follow(bob, secret.room.id));
		assert.deepEqual(await domain.nodeRooms.roomsFollowed(bob.uri), []);
	});

	it("and is found to be held still, when another one has changed, lets it be done", async () => {
		const room = await domain.rooms.createRoom(operator, {
			name: randomUUID(),
			category: category.id,
			privacy: "open",
			roles: { manager: [principalOf(bob)] },
		});
		interrupt.beforeTransaction(() =>
			domain.rooms.changeCategory(operator, category.id, {
				allowed: [wholeDomain, crew],
			}),
		);
		const properties = { description: "in time" };
		await change(room, { properties });
		assert.equal((await summary(room))?.description, "in time");
	});
});
