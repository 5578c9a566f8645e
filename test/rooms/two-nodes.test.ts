/** Two nodes on one MariaDB that change rights at the same time: each sees what the other one has kept. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	Actor,
	CategoryRecord,
	GroupId,
	Principal,
	RoomId,
} from "../../plugin/rooms/types.ts";
import type { Store } from "../../plugin/store/index.ts";
import { refused } from "../contracts/samples.ts";
import { freshMysql } from "../support/databases.ts";
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
import { until } from "../support/until.ts";

/** A store whose next transaction waits, when all is written and nothing is kept yet. */
function holding(store: Store) {
	let armed = false;
	let arrived = false;
	let letGo = () => {};
	return {
		store: {
			...store,
			transaction: <T>(work: Parameters<typeof store.transaction<T>>[0]) => {
				const mine = armed;
				armed = false;
				return store.transaction<T>(async (tx) => {
					const result = await work(tx);
					if (mine) {
						await new Promise<void>((resolve) => {
							letGo = resolve;
							arrived = true;
						});
					}
					return result;
				});
			},
		} satisfies Store,
		next() {
			arrived = false;
			armed = true;
		},
		held: () => until(() => arrived, { what: "the transaction" }),
		letGo: () => letGo(),
	};
}

describe("two nodes on one MariaDB", () => {
	let here: Domain;
	let there: Domain;
	let hold: ReturnType<typeof holding>;
	let bob: Actor;
	let category: CategoryRecord;
	let room: RoomId;

	before(async () => {
		const database = await freshMysql();
		const shared = { ...database, drop: async () => {} };
		here = await openDomain({ database });
		there = await openDomain({
			database: shared,
			through(store) {
				hold = holding(store);
				return hold.store;
			},
		});
	});
	after(async () => {
		await there?.close();
		await here?.close();
	});
	beforeEach(async () => {
		bob = await here.person(`bob-${randomUUID()}`);
		category = await addCategory(here, { allowed: [wholeDomain] });
		const made = await here.rooms.createRoom(operator, {
			name: randomUUID(),
			category: category.id,
			privacy: "open",
		});
		room = made.room.id;
	});

	it("deny here who is joining there: he is out", async () => {
		hold.next();
		const joining = enter(there, bob, room);
		await hold.held();
		await here.rooms.changeCategory(operator, category.id, {
			denied: [principalOf(bob)],
		});
		hold.letGo();
		await refused("forbidden", joining);
		assert.deepEqual(await inside(here, room), []);
	});

	it("count at once there who is taken out of a group here, for who joins", async () => {
		const group = await here.rooms.createGroup(operator, randomUUID(), [
			principalOf(bob),
		]);
		await here.rooms.changeCategory(operator, category.id, {
			allowed: [`group:${group.id}` as Principal],
		});
		await there.rooms.part(bob, await enter(there, bob, room), [room]);
		await here.rooms.changeGroup(operator, group.id, {
			remove: [principalOf(bob)],
		});
		await refused("no-such-room", enter(there, bob, room));
	});

	it("give no role to somebody whom the other one is just removing", async () => {
		hold.next();
		const removing = there.rooms.removeUser(operator, bob.uri);
		await hold.held();
		const giving = here.rooms.changeRoom(operator, room, {
			roles: { member: { add: [principalOf(bob)] } },
		});
		hold.letGo();
		await removing;
		await refused("no-such-principal", giving);
		assert.deepEqual((await here.store.rooms.roles(room)).member, []);
	});

	for (const what of ["a group", "a category", "the administrators"]) {
		it(`name nobody in ${what} whom the other one is just removing`, async () => {
			const [gone, other] = [
				await here.rooms.createGroup(operator, randomUUID(), []),
				await here.rooms.createGroup(operator, randomUUID(), []),
			];
			const principal = `group:${gone.id}` as Principal;
			hold.next();
			const removing = there.rooms.removeGroup(operator, gone.id);
			await hold.held();
			const naming: Promise<unknown> =
				what === "a group"
					? here.rooms.changeGroup(operator, other.id, { add: [principal] })
					: what === "a category"
						? here.rooms.changeCategory(operator, category.id, {
								allowed: { add: [principal] },
							})
						: here.rooms.changeAdministrators(operator, { add: [principal] });
			hold.letGo();
			await removing;
			await refused("no-such-principal", naming);
		});
	}

	it("remove no group that the other one is just putting into a denied one", async () => {
		const make = async (): Promise<GroupId> =>
			(await here.rooms.createGroup(operator, randomUUID(), [])).id;
		const [inner, outer] = [await make(), await make()];
		await here.rooms.changeCategory(operator, category.id, {
			denied: [`group:${outer}` as Principal],
		});
		hold.next();
		const putting = there.rooms.changeGroup(operator, outer, {
			add: [`group:${inner}` as Principal],
		});
		await hold.held();
		const removing = here.rooms.removeGroup(operator, inner);
		hold.letGo();
		await putting;
		await refused("in-use", removing);
	});

	it("make no circle of two groups that each puts into the other", async () => {
		const make = async (): Promise<GroupId> =>
			(await here.rooms.createGroup(operator, randomUUID(), [])).id;
		const [one, other] = [await make(), await make()];
		const put = (domain: Domain, inner: GroupId, outer: GroupId) =>
			domain.rooms.changeGroup(operator, outer, {
				add: [`group:${inner}` as Principal],
			});
		hold.next();
		const first = put(there, one, other);
		await hold.held();
		const second = put(here, other, one);
		hold.letGo();
		await first;
		await refused("malformed", second);
	});

	it("lose nobody whom both add to a list", async () => {
		const carol = await here.person(`carol-${randomUUID()}`);
		for (const list of ["allowed", "denied", "creators"] as const) {
			hold.next();
			const change = (domain: Domain, who: Actor) =>
				domain.rooms.changeCategory(operator, category.id, {
					[list]: { add: [principalOf(who)] },
				});
			const first = change(there, bob);
			await hold.held();
			const second = change(here, carol);
			hold.letGo();
			await Promise.all([first, second]);
			const after = await here.store.categories.find(category.id);
			for (const who of [bob, carol]) {
				assert.ok(after?.[list].includes(principalOf(who)), list);
			}
		}
		hold.next();
		const first = there.rooms.changeAdministrators(operator, {
			add: [principalOf(bob)],
		});
		await hold.held();
		const second = here.rooms.changeAdministrators(operator, {
			add: [principalOf(carol)],
		});
		hold.letGo();
		await Promise.all([first, second]);
		assert.deepEqual(
			new Set(await here.rooms.administrators(operator)),
			new Set([principalOf(bob), principalOf(carol)]),
		);
		await here.rooms.setAdministrators(operator, []);
	});

	it("refuse a whole list that was made from what is outdated", async () => {
		const read = category;
		await there.rooms.changeCategory(operator, category.id, {
			denied: { add: [principalOf(bob)] },
		});
		await refused(
			"conflict",
			here.rooms.changeCategory(operator, category.id, { denied: [] }, read),
		);
		await here.rooms.changeCategory(
			operator,
			category.id,
			{ creators: [wholeDomain] },
			read,
		);
		const after = await here.store.categories.find(category.id);
		assert.deepEqual(after?.denied, [principalOf(bob)]);
	});
});
