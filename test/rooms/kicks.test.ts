/** A right that is lost is lost at once: who is looked at, what is told, and that nobody slips in between. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	Actor,
	CategoryRecord,
	GroupId,
	JoinOutcome,
	Participant,
	Principal,
	RoomId,
	RoomRecord,
	SessionId,
} from "../../plugin/rooms/types.ts";
import type { Store } from "../../plugin/store/index.ts";
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
import { until } from "../support/until.ts";

const names = (users: readonly Participant["user"][]) =>
	users.map(({ displayName }) => displayName);

/** A store whose next transaction waits, before it begins or after it is committed, until it is let go. */
function holdUp(store: Store) {
	let next: "before" | "after" | undefined;
	let arrived = false;
	let letGo = () => {};
	const gate = () =>
		new Promise<void>((resolve) => {
			arrived = true;
			letGo = resolve;
		});
	return {
		store: {
			...store,
			async transaction<T>(work: Parameters<typeof store.transaction<T>>[0]) {
				const when = next;
				next = undefined;
				if (when === "before") await gate();
				const result = await store.transaction(work);
				if (when === "after") await gate();
				return result;
			},
		} satisfies Store,
		next(when: "before" | "after") {
			arrived = false;
			next = when;
		},
		held: () => until(() => arrived, { what: "the transaction" }),
		letGo: () => letGo(),
	};
}

describe("a right that is lost", () => {
	let domain: Domain;
	let hold: ReturnType<typeof holdUp>;
	let alice: Actor;
	let bob: Actor;
	let carol: Actor;
	let category: CategoryRecord;
	let made = 0;

	before(async () => {
		domain = await openDomain({
			through(store) {
				hold = holdUp(store);
				return hold.store;
			},
			roster: 3,
		});
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		carol = await domain.person("carol");
		category = await addCategory(domain);
	});
	after(() => domain.close());

	async function addRoom(
		change: Partial<Parameters<Domain["rooms"]["createRoom"]>[1]> = {},
	): Promise<RoomRecord> {
		made += 1;
		return domain.rooms.createRoom(operator, {
			name: `Room ${made}`,
			category: category.id,
			...change,
		});
	}

	async function settle(): Promise<void> {
		domain.told();
		await domain.owed();
	}

	async function crewWith(...members: readonly Actor[]): Promise<{
		readonly id: GroupId;
		readonly crew: Principal;
	}> {
		const { id } = await domain.rooms.createGroup(
			operator,
			`Crew ${randomUUID()}`,
			members.map(principalOf),
		);
		return { id, crew: `group:${id}` as Principal };
	}

	it("by a role is a kick, told with its reason and recorded", async () => {
		const room = await addRoom({
			roles: { member: [principalOf(bob), principalOf(carol)] },
		});
		await enter(domain, bob, room);
		await enter(domain, carol, room);
		await settle();
		await domain.rooms.changeRoom(operator, room.room.id, {
			roles: { member: { remove: [principalOf(bob)] } },
		});
		assert.deepEqual(await inside(domain, room.room.id), ["Carol"]);
		const [kicked, ...others] = domain.told();
		assert.deepEqual(others, []);
		assert.ok(kicked?.type === "kicked");
		assert.equal(kicked.why, "not a member any more");
		assert.deepEqual(names(kicked.users), ["Bob"]);
		const [, parted] = await domain.owed();
		assert.ok(parted?.type === "parted");
		assert.equal(parted.kicked, "not a member any more");
		await refused("forbidden", enter(domain, bob, room));
		await refused(
			"forbidden",
			domain.rooms.post(bob, { room: room.room.id, text: "?", alert: false }),
		);
	});

	it("ends all of somebody's sessions, and is recorded once", async () => {
		const room = await addRoom({ roles: { member: [principalOf(bob)] } });
		await enter(domain, bob, room);
		await enter(domain, bob, room);
		await settle();
		await domain.rooms.changeRoom(operator, room.room.id, {
			roles: { member: { set: [] } },
		});
		assert.deepEqual(await inside(domain, room.room.id), []);
		const parted = (await domain.owed()).filter(
			({ type }) => type === "parted",
		);
		assert.equal(parted.length, 1);
	});

	it("is not lost when it is held in another way too", async () => {
		const { crew } = await crewWith(bob);
		const room = await addRoom({ roles: { member: [principalOf(bob), crew] } });
		await enter(domain, bob, room);
		await settle();
		await domain.rooms.changeRoom(operator, room.room.id, {
			roles: { member: { remove: [principalOf(bob)] } },
		});
		assert.deepEqual(await inside(domain, room.room.id), ["Bob"]);
		assert.deepEqual(domain.told(), []);
	});

	it("by leaving a group, however deep, or by the end of the group, is a kick as well", async () => {
		const inner = await crewWith(bob, carol);
		const { id: outer } = await domain.rooms.createGroup(operator, "Outer", [
			inner.crew,
		]);
		const room = await addRoom({
			roles: { member: [`group:${outer}` as Principal] },
		});
		await enter(domain, bob, room);
		await enter(domain, carol, room);
		await domain.rooms.changeGroup(operator, inner.id, {
			remove: [principalOf(bob)],
		});
		assert.deepEqual(await inside(domain, room.room.id), ["Carol"]);
		await domain.rooms.removeGroup(operator, outer);
		assert.deepEqual(await inside(domain, room.room.id), []);
	});

	it("by a room that closes is a kick for whoever is no member", async () => {
		const room = await addRoom({
			privacy: "open",
			roles: { member: [principalOf(bob)] },
		});
		await enter(domain, bob, room);
		await enter(domain, carol, room);
		await domain.rooms.changeRoom(operator, room.room.id, {
			properties: { privacy: "closed" },
		});
		assert.deepEqual(await inside(domain, room.room.id), ["Bob"]);
	});

	it("by a room that becomes secret under a new name is a kick that comes before the name is told", async () => {
		const room = await addRoom({
			privacy: "open",
			roles: { member: [principalOf(bob)] },
		});
		await enter(domain, bob, room);
		await enter(domain, carol, room);
		await settle();
		await domain.rooms.changeRoom(operator, room.room.id, {
			properties: { privacy: "secret", name: "Merger" },
		});
		assert.deepEqual(
			domain.told().map(({ type }) => type),
			["kicked", "changed"],
		);
	});

	it("that is not needed to stay is told as a change of what one may do", async () => {
		const room = await addRoom({
			privacy: "open",
			roles: { manager: [principalOf(bob)] },
		});
		await enter(domain, bob, room);
		await enter(domain, carol, room);
		await settle();
		await domain.rooms.changeRoom(operator, room.room.id, {
			roles: { manager: { set: [principalOf(carol)] } },
		});
		const [standing, ...others] = domain.told();
		assert.deepEqual(others, []);
		assert.ok(standing?.type === "standing");
		assert.deepEqual(
			standing.participants.map(({ user, standing: { manager } }) => [
				user.displayName,
				manager,
			]),
			[
				["Bob", false],
				["Carol", true],
			],
		);
		const [bobs, carols] = await domain.store.participants.inRoom(
			room.room.id,
			{ limit: 10 },
		);
		assert.equal(bobs?.standing.manager, false);
		assert.equal(carols?.standing.manager, true);
	});

	it("or won by presenters, because the room becomes an auditorium, is told to them", async () => {
		const room = await addRoom({
			privacy: "open",
			roles: { presenter: [principalOf(bob)] },
		});
		await enter(domain, bob, room);
		await enter(domain, carol, room);
		for (const type of ["auditorium", "normal"] as const) {
			await settle();
			await domain.rooms.changeRoom(operator, room.room.id, {
				properties: { type },
			});
			const [changed, standing] = domain.told();
			assert.equal(changed?.type, "changed");
			assert.ok(standing?.type === "standing");
			assert.equal(standing.roomType, type);
			assert.deepEqual(names(standing.participants.map(({ user }) => user)), [
				"Bob",
			]);
		}
	});

	it("shows the roster again when few enough are left", async () => {
		const room = await addRoom({ privacy: "open" });
		const crowd: Actor[] = [];
		for (const name of ["u1", "u2", "u3", "u4"]) {
			const actor = await domain.person(name);
			crowd.push(actor);
			await enter(domain, actor, room);
		}
		await settle();
		await domain.rooms.changeRoom(operator, room.room.id, {
			properties: { privacy: "closed" },
			roles: { member: { add: crowd.slice(0, 2).map(principalOf) } },
		});
		const [kicked, roster] = domain.told();
		assert.ok(kicked?.type === "kicked");
		assert.equal(kicked.rosterHidden, true, "the list itself says who is gone");
		assert.ok(roster?.type === "roster");
		assert.deepEqual(names(roster.participants.map(({ user }) => user)), [
			"U1",
			"U2",
		]);
	});

	describe("while somebody joins", () => {
		const join = (actor: Actor, ...ids: readonly RoomId[]) =>
			domain.rooms.join(actor, randomUUID() as SessionId, ids, ids.length > 1);
		const verdicts = (outcomes: readonly JoinOutcome[]) =>
			outcomes.map((outcome) =>
				"refusal" in outcome ? outcome.refusal.reason : "joined",
			);

		it("is seen by the join that was decided before and is stored after: he is out again, and not told as come", async () => {
			const { id, crew } = await crewWith(bob);
			const room = await addRoom({ roles: { member: [crew] } });
			await settle();
			hold.next("before");
			const joining = join(bob, room.room.id);
			await hold.held();
			await domain.rooms.changeGroup(operator, id, {
				remove: [principalOf(bob)],
			});
			hold.letGo();
			assert.deepEqual(verdicts(await joining), ["forbidden"]);
			assert.deepEqual(await inside(domain, room.room.id), []);
			assert.deepEqual(
				domain.told().map(({ type }) => type),
				["kicked"],
			);
			const events = (await domain.owed()).map(({ type }) => type);
			assert.deepEqual(events, ["directory-changed", "joined", "parted"]);
		});

		it("is seen by the join that was stored before and is answered after: its answer is a refusal, and nobody is told that he came", async () => {
			const wall = await addCategory(domain);
			const room = await addRoom({ privacy: "open", category: wall.id });
			await settle();
			hold.next("after");
			const joining = join(bob, room.room.id);
			await hold.held();
			await domain.rooms.changeCategory(operator, wall.id, {
				denied: [principalOf(bob)],
			});
			hold.letGo();
			assert.deepEqual(verdicts(await joining), ["forbidden"]);
			assert.deepEqual(
				domain.told().map(({ type }) => type),
				["kicked"],
			);
		});

		it("keeps him out of the one room of several, and in the others", async () => {
			const rooms = [
				await addRoom({ privacy: "open" }),
				await addRoom({ privacy: "open" }),
			];
			const [first, second] = rooms.map(({ room }) => room.id) as [
				RoomId,
				RoomId,
			];
			await settle();
			hold.next("after");
			const joining = join(bob, first, second);
			await hold.held();
			await domain.rooms.changeRoom(operator, first, {
				properties: { privacy: "closed" },
			});
			hold.letGo();
			assert.deepEqual(verdicts(await joining), ["forbidden", "joined"]);
			const joined = domain.told().filter(({ type }) => type === "joined");
			assert.equal(joined.length, 1);
			assert.ok(joined[0]?.type === "joined");
			assert.deepEqual(
				joined[0].rooms.map(({ room }) => room),
				[second],
			);
			assert.deepEqual(await inside(domain, second), ["Bob"]);
		});

		it("of somebody else does him no harm", async () => {
			const room = await addRoom({ privacy: "open" });
			hold.next("after");
			const joining = join(alice, room.room.id);
			await hold.held();
			await domain.rooms.changeCategory(operator, category.id, {
				denied: [principalOf(carol)],
			});
			hold.letGo();
			assert.deepEqual(verdicts(await joining), ["joined"]);
			await domain.rooms.changeCategory(operator, category.id, { denied: [] });
		});
	});

	describe("while somebody posts or reads", () => {
		const post = (room: RoomRecord, text: string) =>
			domain.rooms.post(bob, { room: room.room.id, text, alert: false });

		const losses: readonly (readonly [
			string,
			(room: RoomRecord, group: GroupId) => Promise<unknown>,
		])[] = [
			[
				"by leaving a group",
				(_, group) =>
					domain.rooms.changeGroup(operator, group, {
						remove: [principalOf(bob)],
					}),
			],
			[
				"because the room is disabled",
				({ room }) =>
					domain.rooms.changeRoom(operator, room.id, {
						properties: { disabled: true },
					}),
			],
			[
				"because the category denies him",
				({ room }) =>
					domain.rooms.changeCategory(operator, room.category.id, {
						denied: [principalOf(bob)],
					}),
			],
		];
		for (const [how, lose] of losses) {
			it(`${how} refuses the post that was decided before`, async () => {
				const wall = await addCategory(domain);
				const { id, crew } = await crewWith(bob);
				const room = await addRoom({
					category: wall.id,
					roles: { member: [crew] },
				});
				await enter(domain, bob, room);
				await post(room, "in time");
				await settle();

				hold.next("before");
				const posting = post(room, "too late").catch((error) => error);
				await hold.held();
				await lose(room, id);
				hold.letGo();
				const reasons = ["forbidden", "no-such-room", "room-disabled"];
				assert.ok(reasons.includes((await posting).reason));
				assert.deepEqual(
					domain
						.told()
						.map(({ type }) => type)
						.filter((type) => type === "posted"),
					[],
				);
				assert.deepEqual(await inside(domain, room.room.id), []);
			});

			it(`${how} shows no history that was being read`, async () => {
				const wall = await addCategory(domain);
				const { id, crew } = await crewWith(bob);
				const room = await addRoom({
					category: wall.id,
					roles: { member: [crew] },
				});
				await enter(domain, bob, room);
				await post(room, "secret");
				await settle();
				hold.next("before");
				const reading = domain.rooms
					.history(bob, room.room.id, 10)
					.catch((error) => error);
				await hold.held();
				await lose(room, id);
				hold.letGo();
				const shown = await reading;
				assert.ok(
					["forbidden", "no-such-room", "room-disabled"].includes(shown.reason),
				);
				const owed = (await domain.owed()).map(({ type }) => type);
				assert.ok(!owed.includes("viewed"));
			});
		}
	});
});
