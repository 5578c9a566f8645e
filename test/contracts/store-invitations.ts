/** The store's contract: invitations, made when they are asked for, numbered for each user, once for each membership. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	CategoryId,
	Holder,
	Room,
	UserUri,
} from "../../plugin/rooms/types.ts";
import type { NewRoom, Store } from "../../plugin/store/index.ts";
import {
	addCategory,
	addRoom,
	principal,
	type StoreUnderTest,
	someTime,
	uri,
} from "./samples.ts";

const later = (minutes: number) =>
	new Date(someTime.getTime() + minutes * 60_000);
const all = { limit: 100 };

export function invitationsContract(current: () => StoreUnderTest): void {
	describe("invitations", () => {
		let user: UserUri;
		let holder: Holder;
		let category: CategoryId;
		beforeEach("makes somebody new, and a category for him", async () => {
			user = uri(randomUUID());
			const scope = principal(`group:${randomUUID()}`);
			holder = { principals: [principal(user), scope], administrator: false };
			const { store } = current();
			category = (await addCategory(store, { allowed: [scope] })).id;
		});

		const add = (changes: Partial<NewRoom> = {}): Promise<Room> =>
			addRoom(current().store, { category, ...changes });
		const roomFor = (...members: string[]): Promise<Room> =>
			add({ members: members.map(principal) });
		const make = (store: Store = current().store, at = later(1)) =>
			store.transaction((tx) => tx.invitations.make(user, holder, all, at));
		const had = async (afterSerial = 0) => {
			const { invitations } = current().store;
			const found = await invitations.after(user, holder, afterSerial, all);
			return found.map(({ serial, room }) => [serial, room.room.id]);
		};
		const changeMembers = (
			{ id }: Room,
			change: { add?: readonly string[]; remove?: readonly string[] },
			at: Date,
			by = "test",
		) =>
			current().store.transaction(async (tx) => {
				await tx.rooms.lock(id);
				const add = (change.add ?? []).map(principal);
				const remove = (change.remove ?? []).map(principal);
				await tx.rooms.changeRole(id, "member", { add, remove }, by, at);
			});

		it("are due to a member until they are made, and have the next serials from 2", async () => {
			const { store } = current();
			const room = await roomFor(user);
			const [due] = await store.invitations.due(user, holder, all);
			assert.deepEqual(due, {
				room: room.id,
				grantedAt: someTime,
				grantedBy: "test",
			});
			assert.equal((await make()).length, 1);
			assert.deepEqual(await make(), []);
			const other = await roomFor(user);
			await make();
			assert.deepEqual(await had(), [
				[2, room.id],
				[3, other.id],
			]);
			assert.deepEqual(await had(2), [[3, other.id]]);
			const [first] = await store.invitations.after(user, holder, 0, all);
			assert.deepEqual(first?.invitedAt, later(1));
			assert.deepEqual(first?.grantedAt, someTime);
		});

		it("are of memberships by a group or the domain too, and of no other roles", async () => {
			const group = `group:${randomUUID()}`;
			const byGroup = await roomFor(group);
			await add({ managers: [principal(user)] });
			await add({ presenters: [principal(user)] });
			assert.deepEqual(await make(), []);
			holder = {
				...holder,
				principals: [...holder.principals, principal(group)],
			};
			await make();
			assert.deepEqual(await had(), [[2, byGroup.id]]);
		});

		it("are not of rooms that he made, or made himself a member of", async () => {
			await add({ members: [principal(user)], createdBy: user });
			const joined = await roomFor();
			await changeMembers(joined, { add: [user] }, later(1), user);
			assert.deepEqual(await make(), []);
		});

		it("are not of memberships from before there were invitations", async () => {
			const room = await roomFor(user);
			await current()
				.knex("room_roles")
				.where({ room_id: room.id })
				.update({ granted_at: 0 });
			assert.deepEqual(await make(), []);
			// He was a member all the time.
			const group = `group:${randomUUID()}`;
			await changeMembers(room, { add: [group] }, later(1));
			holder = {
				...holder,
				principals: [...holder.principals, principal(group)],
			};
			assert.deepEqual(await make(), []);
		});

		it("come anew, in place of the old one, to who was taken out and is added again", async () => {
			const room = await roomFor(user);
			await make();
			await changeMembers(room, { remove: [user] }, later(2));
			assert.deepEqual(await had(), []);
			await changeMembers(room, { add: [user] }, later(3));
			assert.equal((await make()).length, 1);
			assert.deepEqual(await had(), [[3, room.id]]);
		});

		it("do not come anew to who is made a member by a group beside", async () => {
			const room = await roomFor(user);
			await make();
			const group = `group:${randomUUID()}`;
			await changeMembers(room, { add: [group] }, later(2));
			holder = {
				...holder,
				principals: [...holder.principals, principal(group)],
			};
			assert.deepEqual(await make(), []);
		});

		it("are withheld while room or category do not invite, or he is out of scope, and not lost", async () => {
			const { store } = current();
			const room = await roomFor(user);
			const kept = [[2, room.id]];
			const change = (properties: object) =>
				store.transaction(async (tx) => {
					await tx.rooms.lock(room.id);
					await tx.rooms.change(room.id, properties, "test", someTime);
				});
			const recategorize = (changes: object) =>
				store.transaction((tx) => tx.categories.change(category, changes));
			for (const made of [false, true]) {
				for (const [off, on] of [
					[{ disabled: true }, { disabled: false }],
					[{ invitations: "off" }, { invitations: "inherit" }],
				] as const) {
					await change(off);
					assert.deepEqual([await make(), await had()], [[], []]);
					await change(on);
				}
				for (const [off, on] of [
					[{ invitations: false }, { invitations: true }],
					[{ denied: [principal(user)] }, { denied: [] }],
				] as const) {
					await recategorize(off);
					assert.deepEqual([await make(), await had()], [[], []]);
					await recategorize(on);
				}
				if (!made) await make();
				assert.deepEqual(await had(), kept);
			}
		});

		it("asked for of one room are of no other, and no more than asked", async () => {
			const { store } = current();
			const rooms = [];
			for (let count = 0; count < 3; count++) rooms.push(await roomFor(user));
			const [, second] = rooms;
			assert.ok(second);
			const one = { room: second.id, limit: 5 };
			await store.transaction((tx) =>
				tx.invitations.make(user, holder, one, someTime),
			);
			assert.deepEqual(await had(), [[2, second.id]]);
			const few = { limit: 1 };
			assert.equal((await store.invitations.due(user, holder, few)).length, 1);
			await make();
			const { invitations } = store;
			const found = await invitations.after(user, holder, 0, one);
			assert.deepEqual(
				found.map(({ serial }) => serial),
				[2],
			);
			assert.equal((await invitations.after(user, holder, 0, few)).length, 1);
		});

		it("made by two nodes at once are one for each room, 2 … 21 without gap", async () => {
			const { store, another } = current();
			const rooms: Room[] = [];
			for (let count = 0; count < 20; count++) {
				rooms.push(await roomFor(user));
			}
			const nodes = [store, await another()];
			const made = await Promise.all(
				Array.from({ length: 10 }, (_, index) =>
					nodes[index % 2]?.transaction((tx) =>
						tx.invitations.make(user, holder, { limit: 3 }, later(1)),
					),
				),
			);
			assert.equal(made.flat().length, 20);
			const serials = (await had()).map(([serial]) => serial);
			assert.deepEqual(
				serials,
				Array.from({ length: 20 }, (_, index) => index + 2),
			);
		});

		it("go with their room and with their user", async () => {
			const { store, knex } = current();
			const [room, other] = [await roomFor(user), await roomFor(user)];
			await make();
			await store.transaction(async (tx) => {
				await tx.rooms.lock(room.id);
				await tx.rooms.remove(room.id);
			});
			const left = (await had()).map(([, id]) => id);
			assert.deepEqual(left, [other.id]);
			await store.transaction(async (tx) => {
				const guid = randomUUID();
				await tx.users.add({
					uri: user,
					displayName: "X",
					guid,
					active: true,
				});
				await tx.users.remove(user);
			});
			const rows = await knex("invitations").where({ user_uri: user });
			assert.deepEqual(rows, []);
		});
	});
}
