/** What is remembered of what people hold, when it is forgotten, and that nothing is answered from what held before. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
	createRights,
	withHolder,
	writeUnless,
} from "../../plugin/rooms/rights.ts";
import type {
	Actor,
	CategoryRecord,
	Principal,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { refused, sampleUser } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
	principalOf,
} from "../support/domain.ts";

describe("rights", () => {
	let domain: Domain;
	let alice: Actor;
	let category: CategoryRecord;
	/** Whom the directory was asked for. */
	let asked: UserUri[] = [];

	before(async () => {
		domain = await openDomain({
			through: (store) => ({
				...store,
				directory: {
					...store.directory,
					holders(users) {
						asked.push(...users);
						return store.directory.holders(users);
					},
				},
			}),
		});
		alice = await domain.person("alice");
		category = await addCategory(domain);
	});
	after(() => domain.close());

	/** Whether the directory is asked for alice's rights again after this. */
	async function isAskedAgain(
		happening: () => Promise<unknown>,
	): Promise<boolean> {
		await domain.rooms.creatable(alice);
		await happening();
		asked = [];
		await domain.rooms.creatable(alice);
		return asked.length > 0;
	}

	describe("that are remembered", () => {
		it("stay so when users and groups are added", async () => {
			const { rooms } = domain;
			const uri = `sip:${randomUUID()}@example.com` as UserUri;
			assert.equal(
				await isAskedAgain(async () => {
					await rooms.addUser(operator, { uri });
					await rooms.createGroup(operator, randomUUID(), [principalOf(alice)]);
				}),
				false,
			);
		});

		it("stay so when a room or a category is only described otherwise", async () => {
			const { rooms } = domain;
			const { room } = await rooms.createRoom(operator, {
				name: randomUUID(),
				category: category.id,
			});
			const description = "other words";
			assert.equal(
				await isAskedAgain(async () => {
					await rooms.changeRoom(operator, room.id, {
						properties: { description },
					});
					await rooms.changeCategory(operator, category.id, { description });
				}),
				false,
			);
		});

		it("are forgotten when a group changes, and are whole when a new group is given something", async () => {
			const { rooms } = domain;
			const { id } = await rooms.createGroup(operator, randomUUID(), []);
			const add = [principalOf(alice)];
			assert.ok(
				await isAskedAgain(() => rooms.changeGroup(operator, id, { add })),
			);
			await rooms.creatable(alice);
			const fresh = await rooms.createGroup(operator, randomUUID(), add);
			const { room } = await rooms.createRoom(operator, {
				name: randomUUID(),
				category: category.id,
				privacy: "secret",
				roles: { member: [`group:${fresh.id}` as Principal] },
			});
			assert.equal((await rooms.room(alice, room.id)).standing.member, true);
		});
	});

	describe("that change while something is done", () => {
		it("have it done anew, five times at most: then it is refused, not done", async () => {
			const rights = createRights(domain.store.directory, domain.store.rights);
			let looks = 0;
			await refused(
				"unavailable",
				withHolder(rights, alice, async (_, stale) => {
					looks += 1;
					rights.changed();
					return stale() ? undefined : {};
				}),
			);
			assert.equal(looks, 5);
		});

		it("never hold up the operator", async () => {
			const rights = createRights(domain.store.directory, domain.store.rights);
			const done = await withHolder(rights, operator, async (_, stale) => {
				rights.changed();
				return { stale: stale() };
			});
			assert.deepEqual(done, { stale: false });
		});

		it("let nothing be begun that they came before", async () => {
			const written = await writeUnless(
				() => true,
				domain.store,
				async () => assert.fail("begun"),
			);
			assert.equal(written, undefined);
		});

		it("undo what was written before they changed", async () => {
			const user = sampleUser();
			let stale = false;
			const written = await writeUnless(
				() => stale,
				domain.store,
				async (tx) => {
					await tx.users.add(user);
					stale = true;
					return user;
				},
			);
			assert.equal(written, undefined);
			assert.equal(await domain.store.users.find(user.uri), undefined);
		});
	});
});
