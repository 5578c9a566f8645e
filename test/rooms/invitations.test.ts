/** Who is invited, what is owed for it, and what nobody is told. */
import assert from "node:assert/strict";
import type {
	Actor,
	CategoryId,
	Principal,
	RoomRecord,
} from "../../plugin/rooms/types.ts";
import {
	addCategory,
	type Domain,
	openDomain,
	operator,
	principalOf,
} from "../support/domain.ts";

describe("an invitation", () => {
	let domain: Domain;
	let category: CategoryId;
	let alice: Actor;
	let bob: Actor;

	before("makes people and a category", async () => {
		domain = await openDomain();
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		category = (await addCategory(domain, { creators: [principalOf(alice)] }))
			.id;
	});
	after(() => domain.close());

	let count = 0;
	const roomOf = (
		actor: Actor,
		members: readonly Principal[] = [],
		more: object = {},
	): Promise<RoomRecord> =>
		domain.rooms.createRoom(actor, {
			name: `Invited ${++count}`,
			category,
			roles: { member: members },
			...more,
		});
	/** The highest that was made; what is due only now is not. */
	const seenBy = async ({ uri }: Actor): Promise<number> => {
		const [row] = await domain
			.knex("invitations")
			.where({ user_uri: uri })
			.max("serial as last");
		return Number(row?.last ?? 1);
	};
	const lastOf = async (actor: Actor) =>
		(await domain.rooms.invitations(actor, 0)).at(-1)?.serial ?? 1;

	it("is made when its user asks, owed to compliance once, and given only to who has not seen it", async () => {
		const { room } = await roomOf(alice, [principalOf(bob)]);
		const seen = await lastOf(alice);
		await domain.owed();
		const [invitation] = await domain.rooms.invitations(bob, 1);
		assert.equal(invitation?.room.room.name, room.name);
		const [event, ...others] = await domain.owed();
		assert.ok(event?.type === "invited");
		assert.equal(event.actor.uri, alice.uri);
		assert.equal(event.actor.displayName, "Alice");
		const { uri, displayName, guid } = bob;
		assert.deepEqual(event.user, { uri, displayName, guid });
		assert.equal(event.room.id, room.id);
		assert.deepEqual(others, []);
		assert.equal((await domain.rooms.invitations(bob, 1)).length, 1);
		const serial = invitation?.serial ?? 0;
		assert.deepEqual(await domain.rooms.invitations(bob, serial), []);
		assert.equal(await lastOf(alice), seen);
		assert.deepEqual(await domain.owed(), []);
	});

	it("by the operator, or by somebody who has left the directory, is owed with his address for a name", async () => {
		const dora = await domain.person("dora");
		const rooms = [await roomOf(operator, [principalOf(bob)])];
		await domain.rooms.setAdministrators(operator, [principalOf(dora)]);
		rooms.push(await roomOf(dora, [principalOf(bob)]));
		await domain.rooms.removeUser(operator, dora.uri);
		await domain.owed();
		const invited = await domain.rooms.invitations(bob, await seenBy(bob));
		assert.equal(invited.length, 2);
		const owed = (await domain.owed()).flatMap((event) =>
			event.type === "invited" ? [event] : [],
		);
		assert.deepEqual(
			new Map(owed.map(({ room, actor }) => [room.id, actor])),
			new Map(
				rooms.map(({ room }, index) => {
					const { uri } = index === 0 ? operator : dora;
					return [room.id, { uri, displayName: uri, guid: "" }];
				}),
			),
		);
	});

	it("to a group makes no row until somebody asks", async () => {
		const whole = ["domain:example.com" as Principal];
		const group = await domain.rooms.createGroup(operator, "All", whole);
		const { room } = await roomOf(alice, [`group:${group.id}` as Principal]);
		const rows = await domain.knex("invitations").where({ room_id: room.id });
		assert.deepEqual(rows, []);
		const invited = await domain.rooms.invitations(bob, 1);
		assert.equal(invited.at(-1)?.room.room.id, room.id);
	});

	it("is told of when a membership is given, with the room and the time", async () => {
		const { room } = await roomOf(alice);
		domain.told();
		const add = [principalOf(bob)];
		const change = { roles: { member: { add } } };
		await domain.rooms.changeRoom(alice, room.id, change);
		const event = domain.told().find(({ type }) => type === "invited");
		assert.ok(event?.type === "invited");
		assert.deepEqual(event.principals, add);
		assert.equal(event.room, room.id);
		const to = () => domain.rooms.invitationTo(bob, room.id, event.at);
		const found = await to();
		assert.equal(found?.room.room.id, room.id);
		// Another node asks for its sessions of him.
		assert.deepEqual(await to(), found);
		const later = new Date(event.at.getTime() + 1);
		const none = await domain.rooms.invitationTo(bob, room.id, later);
		assert.equal(none, undefined);
	});

	for (const [what, off] of [
		["a room that does not invite", { invitations: "off" }],
		["a disabled room", { disabled: true }],
	] as const) {
		it(`of ${what} is neither made nor told of`, async () => {
			domain.told();
			const seen = await lastOf(bob);
			await roomOf(alice, [principalOf(bob)], off);
			const told = domain.told().filter(({ type }) => type === "invited");
			assert.deepEqual(told, []);
			assert.equal(await lastOf(bob), seen);
		});
	}

	it("comes anew to who is taken out of the room and let in again", async () => {
		const { room } = await roomOf(alice, [principalOf(bob)]);
		const first = await lastOf(bob);
		const member = [principalOf(bob)];
		for (const change of [{ remove: member }, { add: member }]) {
			await domain.rooms.changeRoom(alice, room.id, {
				roles: { member: change },
			});
		}
		assert.equal(await lastOf(bob), first + 1);
	});

	it("does not come to who made himself a member", async () => {
		const seen = await lastOf(alice);
		await roomOf(alice, [principalOf(alice)]);
		assert.equal(await lastOf(alice), seen);
	});

	it("comes in batches to who has very many", async () => {
		const carol = await domain.person("carol");
		const seen = await lastOf(carol);
		for (let made = 0; made < 60; made++) {
			await roomOf(alice, [principalOf(carol)]);
		}
		const serials = (await domain.rooms.invitations(carol, seen)).map(
			({ serial }) => serial - seen,
		);
		assert.deepEqual(
			serials,
			Array.from({ length: 60 }, (_, index) => index + 1),
		);
	});

	it("concerns those who hold one of the principals", async () => {
		const users = [alice.uri, bob.uri];
		const held = await domain.nodeRooms.holding(users, [principalOf(bob)]);
		assert.deepEqual(held, [bob.uri]);
		const whole = "domain:example.com" as Principal;
		assert.deepEqual(await domain.nodeRooms.holding(users, [whole]), users);
	});
});
