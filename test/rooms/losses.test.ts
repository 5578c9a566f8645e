/** What a dry run foretells is what is lost then: each kind of change is foretold, made, and what people could do before and after compared. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { belongs } from "../../plugin/rooms/access.ts";
import type { Proposal } from "../../plugin/rooms/index.ts";
import type {
	Actor,
	CategoryId,
	CategoryRecord,
	GroupId,
	Losses,
	Principal,
	RoomId,
	RoomRecord,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { refused } from "../contracts/samples.ts";
import {
	addCategory,
	type Domain,
	enter,
	openDomain,
	operator,
	principalOf,
	wholeDomain,
} from "../support/domain.ts";

/** Room and user → what he is there. */
type Snapshot = ReadonlyMap<string, ReadonlySet<string>>;

const none: Losses = { losses: [], more: 0, cut: false };

describe("a dry run", () => {
	let domain: Domain;
	let alice: Actor;
	let bob: Actor;
	let carol: Actor;
	let crew: GroupId;
	let category: CategoryRecord;
	let rooms: readonly RoomRecord[];
	let closed: RoomId;
	let open: RoomId;

	beforeEach(async () => {
		domain = await openDomain();
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		carol = await domain.person("carol");
		const inner = await addGroup([bob, carol]);
		crew = await addGroup([inner]);
		category = await addCategory(domain);
		rooms = [
			await addRoom("Closed", {
				privacy: "closed",
				roles: {
					member: [principalOf(alice), groupOf(crew)],
					manager: [principalOf(alice), principalOf(carol)],
					presenter: [groupOf(crew)],
				},
			}),
			await addRoom("Open", {
				privacy: "open",
				roles: { member: [principalOf(bob)], manager: [principalOf(alice)] },
			}),
		];
		[closed, open] = rooms.map(({ room }) => room.id) as [RoomId, RoomId];
		for (const room of rooms) {
			await enter(domain, bob, room);
			await enter(domain, alice, room);
		}
	});
	afterEach(() => domain.close());

	const groupOf = (id: GroupId) => `group:${id}` as Principal;

	async function addGroup(
		members: readonly (Actor | GroupId)[],
	): Promise<GroupId> {
		const principals = members.map((each) =>
			typeof each === "string" ? groupOf(each) : principalOf(each),
		);
		const name = randomUUID();
		return (await domain.rooms.createGroup(operator, name, principals)).id;
	}

	function addRoom(
		name: string,
		request: Partial<Parameters<Domain["rooms"]["createRoom"]>[1]>,
	): Promise<RoomRecord> {
		const where = { category: category.id };
		return domain.rooms.createRoom(operator, { name, ...where, ...request });
	}

	/** What the rooms would let everybody do now, asked of the store. `asEnabled`: as if these rooms were enabled. */
	async function snapshot(): Promise<Snapshot> {
		const { store } = domain;
		const users = [alice, bob, carol].map(({ uri }) => uri);
		const enabled = await store.directory.enabled(users);
		const holders = await store.directory.holders(users);
		const found = new Map<string, Set<string>>();
		for (const { room } of rooms) {
			const present = await store.participants.among(room.id, users);
			for (const uri of users) {
				const holder = holders.get(uri);
				assert.ok(holder);
				const known = await store.rooms.known(room.id, holder);
				const is = new Set<string>();
				found.set(`${room.name}: ${nameOf(uri)}`, is);
				if (known === undefined || !enabled.has(uri)) continue;
				const { standing } = known;
				if (!standing.inScope) continue;
				if (standing.manager) is.add("manager");
				if (known.room.disabled) continue;
				if (standing.member) is.add("member");
				if (standing.presenter) is.add("presenter");
				if (present.has(uri)) is.add("participant");
				if (belongs(known.room, standing)) is.add("enters");
			}
		}
		return found;
	}

	const nameOf = (uri: string) => uri.replace(/^sip:|@.*$/g, "");

	function difference(before: Snapshot, after: Snapshot): readonly string[] {
		return [...before].flatMap(([key, had]) => {
			const has = after.get(key) ?? new Set();
			const gone = [...had].filter((each) => !has.has(each));
			const said = gone.filter((each) => each !== "enters").sort();
			if (said.length > 0) return [`${key} ${said}`];
			return gone.includes("enters") ? [`${key} visitor`] : [];
		});
	}

	const inWords = ({ losses }: Losses) =>
		losses
			.map(({ room, principal, was }) => {
				const what = [...was].sort();
				return `${room.name}: ${nameOf(principal)} ${what}`;
			})
			.sort();

	async function everything(): Promise<unknown> {
		const tables = [
			...["users", "groups", "group_members", "policies", "administrators"],
			...["rooms", "room_roles", "categories", "category_principals"],
			...["participants", "outbox"],
		];
		return Promise.all(tables.map((table) => domain.knex(table).select()));
	}

	/** Foretold, nothing changed; then made, and lost as foretold. */
	async function isForetold(
		proposal: Proposal,
		make: () => Promise<unknown>,
		expected: readonly string[],
	): Promise<void> {
		const before = await snapshot();
		const content = await everything();
		await domain.owed();
		domain.told();
		const foretold = await domain.rooms.preview(operator, proposal);
		assert.deepEqual(await everything(), content, "it changes nothing");
		assert.deepEqual([domain.told(), await domain.owed()], [[], []]);
		await make();
		const lost = difference(before, await snapshot());
		assert.deepEqual([...lost].sort(), inWords(foretold), "as foretold");
		assert.deepEqual(inWords(foretold), [...expected].sort());
		assert.equal(foretold.more, 0);
	}

	const changesRoom = (
		id: RoomId,
		change: Parameters<Domain["rooms"]["changeRoom"]>[2],
		expected: readonly string[],
	) =>
		isForetold(
			{ room: id, change },
			() => domain.rooms.changeRoom(operator, id, change),
			expected,
		);

	describe("of a room", () => {
		it("says who could visit it, and who is in it, before it is closed", () =>
			changesRoom(open, { properties: { privacy: "closed" } }, [
				"Open: alice participant",
				"Open: carol visitor",
			]));

		it("says that nobody loses anything when it becomes secret for those who are its members anyway", () =>
			changesRoom(closed, { properties: { privacy: "secret" } }, []));

		it("says what all but its managers lose before it is disabled", () =>
			changesRoom(closed, { properties: { disabled: true } }, [
				"Closed: alice member,participant",
				"Closed: bob member,participant,presenter",
				"Closed: carol member,presenter",
			]));

		it("says of a room that is disabled already only what else is taken", async () => {
			const disabled = { properties: { disabled: true } };
			await domain.rooms.changeRoom(operator, closed, disabled);
			await changesRoom(
				closed,
				{ roles: { manager: { remove: [principalOf(carol)] } } },
				["Closed: carol manager"],
			);
		});

		it("says who loses a role that is taken, and not who has it by another way", () =>
			changesRoom(
				closed,
				{
					roles: {
						member: { remove: [principalOf(alice)], add: [wholeDomain] },
						manager: { remove: [principalOf(carol)] },
						presenter: { remove: [groupOf(crew)] },
					},
				},
				["Closed: bob presenter", "Closed: carol manager,presenter"],
			));

		it("says who is out when his membership is taken", () =>
			changesRoom(
				closed,
				{ roles: { member: { set: [principalOf(carol)] } } },
				["Closed: alice member,participant", "Closed: bob member,participant"],
			));

		it("says what everybody loses before it is removed", () =>
			isForetold(
				{ room: closed, change: "remove" },
				() => domain.rooms.removeRoom(operator, closed),
				[
					"Closed: alice manager,member,participant",
					"Closed: bob member,participant,presenter",
					"Closed: carol manager,member,presenter",
				],
			));

		it("is for those who may change it, or remove it", async () => {
			const { rooms } = domain;
			const change = { properties: { disabled: true } };
			await refused("forbidden", rooms.preview(bob, { room: open, change }));
			const { losses } = await rooms.preview(alice, { room: open, change });
			assert.equal(losses.length, 3);
			await refused(
				"forbidden",
				rooms.preview(alice, { room: open, change: "remove" }),
			);
		});
	});

	describe("of a category", () => {
		it("says what those lose who are denied", () => {
			const change = { denied: [groupOf(crew)] };
			return isForetold(
				{ category: category.id, change },
				() => domain.rooms.changeCategory(operator, category.id, change),
				[
					"Closed: bob member,participant,presenter",
					"Closed: carol manager,member,presenter",
					"Open: bob member,participant",
					"Open: carol visitor",
				],
			);
		});

		it("refuses to remove one that has rooms, and takes nothing from anybody else", async () => {
			await refused(
				"in-use",
				domain.rooms.preview(operator, {
					category: category.id,
					change: "remove",
				}),
			);
			const { id } = await addCategory(domain);
			await isForetold(
				{ category: id, change: "remove" },
				() => domain.rooms.removeCategory(operator, id),
				[],
			);
		});
	});

	describe("of a group", () => {
		const lost = [
			"Closed: bob member,participant,presenter",
			"Closed: carol member,presenter",
		];

		it("says what its people lose when a group leaves it, however deep they are in it", async () => {
			const remove = (await domain.rooms.group(operator, crew))?.members ?? [];
			await isForetold(
				{ group: crew, change: { remove } },
				() => domain.rooms.changeGroup(operator, crew, { remove }),
				lost,
			);
		});

		it("says what they lose when it is removed", () =>
			isForetold(
				{ group: crew, change: "remove" },
				() => domain.rooms.removeGroup(operator, crew),
				lost,
			));

		it("says what is lost by coming into a group that is denied", async () => {
			const wall = await addGroup([]);
			await domain.rooms.changeCategory(operator, category.id, {
				denied: [groupOf(wall)],
			});
			const add = [principalOf(alice)];
			await isForetold(
				{ group: wall, change: { add } },
				() => domain.rooms.changeGroup(operator, wall, { add }),
				[
					"Closed: alice manager,member,participant",
					"Open: alice manager,participant",
				],
			);
		});

		it("refuses what the change refuses", async () => {
			const { rooms } = domain;
			await rooms.changeCategory(operator, category.id, {
				denied: [groupOf(crew)],
			});
			const refusal = async (work: Promise<unknown>) =>
				(await refused("in-use", work)).message;
			assert.equal(
				await refusal(
					rooms.preview(operator, { group: crew, change: "remove" }),
				),
				await refusal(rooms.removeGroup(operator, crew)),
			);
			const gone = randomUUID() as GroupId;
			await refused(
				"no-such-principal",
				rooms.preview(operator, { group: gone, change: "remove" }),
			);
		});
	});

	describe("of who may use persistent chat", () => {
		const bobs = [
			"Closed: bob member,participant,presenter",
			"Open: bob member,participant",
		];
		const all = [
			"Closed: alice manager,member,participant",
			"Closed: carol manager,member,presenter",
			"Open: alice manager,participant",
			"Open: carol visitor",
			...bobs,
		];

		const setsPolicy = (
			scope: "everybody" | "domain:example.com" | UserUri,
			expected: readonly string[],
		) =>
			isForetold(
				{ policy: scope, enabled: false },
				() =>
					domain.rooms.setPolicy(operator, {
						scope,
						enabled: false,
						admit: false,
					}),
				expected,
			);

		it("says what a user loses who is turned off", () =>
			setsPolicy(bob.uri, bobs));

		it("says what the people of a domain lose", () =>
			setsPolicy("domain:example.com", all));

		it("says what everybody loses but those of whom something else is said", async () => {
			await domain.rooms.setPolicy(operator, {
				scope: bob.uri,
				enabled: true,
				admit: false,
			});
			await setsPolicy(
				"everybody",
				all.filter((each) => !bobs.includes(each)),
			);
		});

		it("says what is lost when nothing is said of somebody any more", async () => {
			for (const [scope, enabled] of [
				["everybody", false],
				["domain:example.com", true],
			] as const) {
				const policy = { scope, enabled, admit: false };
				await domain.rooms.setPolicy(operator, policy);
			}
			await isForetold(
				{ policy: "domain:example.com", enabled: undefined },
				() => domain.rooms.unsetPolicy(operator, "domain:example.com"),
				all,
			);
		});

		it("says what a user loses whose account is disabled, or removed", async () => {
			const change = { active: false };
			await isForetold(
				{ user: bob.uri, change },
				() => domain.rooms.changeUser(operator, bob.uri, change),
				bobs,
			);
			await domain.rooms.changeUser(operator, bob.uri, { active: true });
			await isForetold(
				{ user: bob.uri, change: "remove" },
				() => domain.rooms.removeUser(operator, bob.uri),
				bobs,
			);
		});

		it("says nothing of other changes of a user", async () => {
			const change = { displayName: "Robert" };
			const foretold = await domain.rooms.preview(operator, {
				user: bob.uri,
				change,
			});
			assert.deepEqual(foretold, none);
		});
	});

	it("of the administrators says who is left outside then", async () => {
		await domain.rooms.setAdministrators(operator, [principalOf(carol)]);
		await domain.rooms.changeCategory(operator, category.id, {
			denied: [principalOf(carol)],
		});
		await isForetold(
			{ administrators: [] },
			() => domain.rooms.setAdministrators(operator, []),
			["Closed: carol manager,member,presenter", "Open: carol visitor"],
		);
	});

	it("is for administrators, but of a room", async () => {
		const proposals: readonly Proposal[] = [
			{ category: category.id, change: {} },
			{ category: "none" as CategoryId, change: "remove" },
			{ group: crew, change: {} },
			{ user: bob.uri, change: { active: false } },
			{ policy: "everybody", enabled: false },
			{ administrators: [] },
		];
		for (const proposal of proposals) {
			await refused("forbidden", domain.rooms.preview(alice, proposal));
		}
	});

	it("looks at no room for a change that takes nothing from anybody", async () => {
		const { rooms } = domain;
		const looked: number[] = [];
		for (const proposal of [
			{ room: open, change: { properties: { description: "Other words" } } },
			{ category: category.id, change: { history: false } },
			{ group: crew, change: { name: randomUUID() } },
			{ user: bob.uri, change: { displayName: "Robert" } },
			{ policy: "everybody", enabled: true },
		] as const) {
			const foretold = await rooms.preview(operator, proposal, (count) =>
				looked.push(count),
			);
			assert.deepEqual(foretold, none);
		}
		assert.deepEqual(looked, []);
	});

	it("keeps 1,000 losses, and counts the others up to 100,000", async () => {
		await domain.store.transaction(async (tx) => {
			for (let n = 0; n < 1_005; n += 1) {
				await tx.users.add({
					uri: `sip:many-${n}@many.example` as UserUri,
					displayName: `Many ${n}`,
					guid: randomUUID(),
					active: true,
				});
			}
		});
		const change = { allowed: ["domain:many.example" as Principal] };
		await domain.rooms.changeCategory(operator, category.id, change);
		const foretell = () =>
			domain.rooms.preview(operator, {
				policy: "domain:many.example",
				enabled: false,
			});
		const some = await foretell();
		assert.deepEqual(
			[some.losses.length, some.more, some.cut],
			[1_000, 5, false],
		);
		for (let n = 0; n < 105; n += 1) {
			await addRoom(`Open ${n}`, { privacy: "open" });
		}
		const all = await foretell();
		assert.deepEqual(
			[all.losses.length, all.more, all.cut],
			[1_000, 100_000, true],
		);
	});
});
