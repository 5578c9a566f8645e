/** Rooms as their creators and managers make and change them. */
import assert from "node:assert/strict";
import type {
	RoomChange,
	RoomRequest,
} from "../../plugin/rooms/administration.ts";
import type {
	Actor,
	AddIn,
	CategoryId,
	CategoryRecord,
	Principal,
	RoomId,
	RoomProperties,
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

describe("the administration of rooms", () => {
	let domain: Domain;
	let alice: Actor;
	let bob: Actor;
	let carol: Actor;
	let category: CategoryRecord;
	let made = 0;

	before(async () => {
		domain = await openDomain();
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		carol = await domain.person("carol");
		category = await addCategory(domain, { creators: [principalOf(alice)] });
	});
	after(() => domain.close());

	/** A room of alice's in which bob is a member. */
	async function addRoom(
		change: Partial<RoomRequest> = {},
	): Promise<RoomRecord> {
		made += 1;
		const room = await domain.rooms.createRoom(alice, {
			name: `Room ${made}`,
			category: category.id,
			roles: { member: [principalOf(bob)] },
			...change,
		});
		domain.told();
		await domain.owed();
		return room;
	}

	const change = (actor: Actor, room: RoomRecord, given: RoomChange) =>
		domain.rooms.changeRoom(actor, room.room.id, given);

	describe("making one", () => {
		it("makes its creator the manager, and is closed, normal and inviting by default", async () => {
			await domain.owed();
			const { room, roles, participantCount } = await domain.rooms.createRoom(
				alice,
				{ name: "Plain", category: category.id },
			);
			assert.equal(room.privacy, "closed");
			assert.equal(room.type, "normal");
			assert.equal(room.invitations, "inherit");
			assert.equal(room.disabled, false);
			assert.equal(room.description, "");
			assert.equal(room.addIn, undefined);
			assert.equal(room.createdBy, alice.uri);
			assert.equal(participantCount, 0);
			assert.deepEqual(roles, {
				member: [],
				manager: [alice.uri],
				presenter: [],
			});
			const events = await domain.owed();
			assert.deepEqual(
				events.map(({ type }) => type),
				["room-created", "roles-changed"],
			);
			const [created, granted] = events;
			assert.ok(created?.type === "room-created");
			assert.deepEqual(created.actor, JSON.parse(JSON.stringify(alice)));
			assert.deepEqual(created.room, {
				id: room.id,
				name: "Plain",
				category: { id: category.id, name: category.name },
			});
			assert.equal(created.properties.privacy, "closed");
			assert.ok(granted?.type === "roles-changed");
			assert.equal(granted.role, "manager");
			assert.deepEqual(granted.added, [alice.uri]);
			assert.deepEqual(granted.removed, []);
		});

		it("keeps every property and role that was asked for", async () => {
			const addIn: AddIn = { name: "Wiki", url: "https://wiki.example.com/" };
			const { room, roles } = await domain.rooms.createRoom(alice, {
				name: "Whole",
				description: "Everything said",
				category: category.id,
				privacy: "secret",
				type: "auditorium",
				invitations: "off",
				disabled: true,
				addIn,
				roles: {
					member: [principalOf(bob), wholeDomain],
					presenter: [principalOf(bob)],
					manager: [principalOf(carol)],
				},
			});
			assert.equal(room.description, "Everything said");
			assert.equal(room.privacy, "secret");
			assert.equal(room.type, "auditorium");
			assert.equal(room.invitations, "off");
			assert.equal(room.disabled, true);
			assert.deepEqual(room.addIn, addIn);
			assert.deepEqual(roles, {
				member: [wholeDomain, bob.uri],
				manager: [alice.uri, carol.uri],
				presenter: [bob.uri],
			});
		});

		it("is for creators and administrators, and says the same of a category that is not there", async () => {
			const attempt = (actor: Actor, id: CategoryId) =>
				domain.rooms.createRoom(actor, { name: "Nowhere", category: id });
			const here = await refused("cannot-create", attempt(bob, category.id));
			const nowhere = await refused(
				"cannot-create",
				attempt(bob, "none" as CategoryId),
			);
			assert.equal(here.message, nowhere.message);
			const { roles } = await attempt(operator, category.id);
			assert.deepEqual(roles.manager, [], "the operator is no user");
		});

		it("is not for a creator whom the category denies", async () => {
			const wall = await addCategory(domain, {
				creators: [principalOf(alice)],
				denied: [principalOf(alice)],
			});
			await refused(
				"cannot-create",
				domain.rooms.createRoom(alice, { name: "Wall", category: wall.id }),
			);
			assert.deepEqual(
				(await domain.rooms.creatable(alice)).map(({ id }) => id),
				[category.id],
			);
		});

		it("refuses a name that is taken, whatever its case and width, but not a secret room's", async () => {
			const attempt = (name: string, privacy: "open" | "secret" = "open") =>
				domain.rooms.createRoom(alice, {
					name,
					privacy,
					category: category.id,
				});
			await attempt("Taken");
			await refused("name-taken", attempt("TAKEN"));
			await refused("name-taken", attempt("Ｔａｋｅｎ"));
			await attempt("taken", "secret");
			await attempt("Hidden", "secret");
			await attempt("Hidden", "secret");
			await attempt("Hidden");
		});

		it("leaves nothing behind when it is refused", async () => {
			await domain.owed();
			domain.told();
			const attempt = (roles: Record<string, readonly string[]>) =>
				domain.rooms.createRoom(alice, {
					name: "Refused",
					category: category.id,
					roles: roles as never,
				});
			await refused(
				"no-such-principal",
				attempt({ member: ["sip:nobody@example.com"] }),
			);
			await refused("no-such-principal", attempt({ member: ["group:none"] }));
			await refused("malformed", attempt({ member: ["bob"] }));
			await refused(
				"too-large",
				attempt({
					member: Array.from(
						{ length: 10_001 },
						(_, n) => `sip:${n}@example.com`,
					),
				}),
			);
			await refused("presenter-not-member", attempt({ presenter: [bob.uri] }));
			assert.deepEqual(await domain.store.rooms.named("Refused"), []);
			assert.deepEqual(await domain.owed(), []);
			assert.deepEqual(domain.told(), []);
		});
	});

	describe("changing one", () => {
		const properties: readonly Partial<RoomProperties>[] = [
			{ name: "Another name" },
			{ description: "Other words" },
			{ privacy: "open" },
			{ privacy: "secret" },
			{ type: "auditorium" },
			{ invitations: "off" },
			{ disabled: true },
			{ addIn: { name: "Wiki", url: "https://wiki.example.com/" } },
		];
		for (const given of properties) {
			it(`${JSON.stringify(given)} holds then, is told, and is recorded with what was before`, async () => {
				const before = await addRoom();
				const after = await change(alice, before, { properties: given });
				for (const [name, value] of Object.entries(given)) {
					assert.deepEqual(after.room[name as keyof typeof given], value);
				}
				assert.ok(after.room.updatedAt > before.room.updatedAt);
				assert.equal(after.room.updatedBy, alice.uri);
				const [told] = domain.told();
				assert.ok(told?.type === "changed");
				assert.deepEqual(told.summary.room, after.room);
				const [event, ...others] = await domain.owed();
				assert.ok(event?.type === "room-changed");
				assert.deepEqual(others, []);
				const [name] = Object.keys(given) as (keyof RoomProperties)[];
				assert.ok(name);
				assert.deepEqual(event.after, given);
				const was = before.room[name as keyof typeof before.room];
				assert.deepEqual(
					event.before,
					was === undefined ? {} : { [name]: was },
				);
				assert.equal(event.actor.uri, alice.uri);
				assert.equal(event.actor.callId, alice.callId);
				assert.equal(event.room.name, after.room.name);
			});
		}

		it("takes an add-in away", async () => {
			const room = await addRoom({
				addIn: { name: "Wiki", url: "https://wiki.example.com/" },
			});
			const after = await change(alice, room, {
				properties: { addIn: undefined },
			});
			assert.equal(after.room.addIn, undefined);
			const [event] = await domain.owed();
			assert.ok(event?.type === "room-changed");
			assert.deepEqual(Object.keys(event.before), ["addIn"]);
		});

		it("is nothing when it says what holds already", async () => {
			const room = await addRoom({
				addIn: { name: "Wiki", url: "https://wiki.example.com/" },
			});
			const after = await change(alice, room, {
				properties: {
					name: room.room.name,
					addIn: { url: "https://wiki.example.com/", name: "Wiki" },
				},
				roles: { member: { add: [principalOf(bob)] } },
			});
			assert.deepEqual(after.room.updatedAt, room.room.updatedAt);
			assert.deepEqual(await domain.owed(), []);
			assert.deepEqual(domain.told(), []);
		});

		it("is for its managers and administrators", async () => {
			const room = await addRoom();
			const given = { properties: { description: "mine" } };
			await refused("forbidden", change(bob, room, given));
			await refused("forbidden", change(carol, room, given));
			await change(operator, room, given);
			const secret = await addRoom({ privacy: "secret" });
			await refused("forbidden", change(bob, secret, given));
			await refused("no-such-room", change(carol, secret, given));
		});

		it("refuses what is too long, cannot be written, or is taken", async () => {
			const room = await addRoom();
			const other = await addRoom();
			const attempt = (given: Partial<RoomProperties>) =>
				change(alice, room, { properties: given });
			await refused("too-large", attempt({ name: "x".repeat(257) }));
			await refused("too-large", attempt({ description: "x".repeat(257) }));
			await refused("malformed", attempt({ name: "" }));
			await refused("malformed", attempt({ name: "a\nb" }));
			await refused("malformed", attempt({ description: "a\u0007b" }));
			await refused(
				"malformed",
				attempt({ addIn: { name: "Wiki", url: "ftp://example.com/" } }),
			);
			await refused(
				"malformed",
				attempt({ addIn: { name: "Wiki", url: 'https://example.com/"' } }),
			);
			await refused(
				"malformed",
				attempt({ addIn: { name: "", url: "https://e/" } }),
			);
			await refused("name-taken", attempt({ name: other.room.name }));
			assert.deepEqual(await domain.owed(), []);
			assert.deepEqual(domain.told(), []);
			const kept = await domain.rooms.room(alice, room.room.id);
			assert.deepEqual(kept.room, room.room);
		});

		it("lets a secret room become visible only under a free name", async () => {
			const open = await addRoom({ privacy: "open" });
			const secret = await addRoom({
				privacy: "secret",
				name: open.room.name,
			});
			await refused(
				"name-taken",
				change(alice, secret, { properties: { privacy: "closed" } }),
			);
			await change(alice, secret, {
				properties: { privacy: "closed", name: "Seen at last" },
			});
		});
	});

	describe("its roles", () => {
		it("are set, added and taken away, and every change is recorded by role", async () => {
			const room = await addRoom();
			const [b, c] = [principalOf(bob), principalOf(carol)];
			let { roles } = await change(alice, room, {
				roles: { member: { add: [c, wholeDomain], remove: [b] } },
			});
			assert.deepEqual(roles.member, [wholeDomain, c]);
			({ roles } = await change(alice, room, {
				roles: { member: { set: [b] }, manager: { add: [c] } },
			}));
			assert.deepEqual(roles, {
				member: [b],
				manager: [principalOf(alice), c],
				presenter: [],
			});
			const events = (await domain.owed()).map((event) => {
				assert.ok(event.type === "roles-changed");
				return [event.role, event.added, event.removed];
			});
			assert.deepEqual(events, [
				["member", [c, wholeDomain], [b]],
				["member", [b], [wholeDomain, c]],
				["manager", [c], []],
			]);
		});

		it("invite new members, unless the room or the category does not", async () => {
			const invited = async (room: RoomRecord) => {
				await change(alice, room, {
					roles: { member: { add: [principalOf(carol)] } },
				});
				return domain
					.told()
					.flatMap((event) =>
						event.type === "invited" ? [[event.room, event.principals]] : [],
					);
			};
			const inviting = await addRoom();
			assert.deepEqual(await invited(inviting), [
				[inviting.room.id, [carol.uri]],
			]);
			assert.deepEqual(
				await invited(await addRoom({ invitations: "off" })),
				[],
			);
			assert.deepEqual(await invited(await addRoom({ disabled: true })), []);
			const quiet = await addCategory(domain, {
				creators: [principalOf(alice)],
				invitations: false,
			});
			assert.deepEqual(
				await invited(await addRoom({ category: quiet.id })),
				[],
			);
		});

		it("are not given to whom the category does not allow", async () => {
			const eve = await domain.person("eve@elsewhere.com");
			const room = await addRoom();
			const error = await refused(
				"not-in-scope",
				change(alice, room, {
					roles: { manager: { add: [principalOf(eve)] } },
				}),
			);
			assert.match(error.message, /sip:eve@elsewhere\.com/);
			const wider = await addCategory(domain, {
				allowed: [wholeDomain, principalOf(eve)],
				denied: [principalOf(carol)],
				creators: [principalOf(alice)],
			});
			const other = await addRoom({ category: wider.id });
			await change(alice, other, {
				roles: { member: { add: [principalOf(eve)] } },
			});
			await refused(
				"not-in-scope",
				change(alice, other, {
					roles: { member: { add: [principalOf(carol)] } },
				}),
			);
		});

		it("of a presenter need membership, his own or by a group, but not in an open room", async () => {
			const room = await addRoom();
			const presenter = (who: Actor | Principal) => ({
				roles: {
					presenter: {
						add: [typeof who === "string" ? who : principalOf(who)],
					},
				},
			});
			const error = await refused(
				"presenter-not-member",
				change(alice, room, presenter(carol)),
			);
			assert.match(error.message, /sip:carol@example\.com/);
			await refused(
				"presenter-not-member",
				change(alice, room, presenter(wholeDomain)),
			);
			await change(alice, room, presenter(bob));
			const { id } = await domain.rooms.createGroup(operator, "Crew", [
				principalOf(carol),
			]);
			await change(alice, room, {
				roles: { member: { add: [`group:${id}` as Principal] } },
			});
			await change(alice, room, presenter(carol));
			await change(alice, room, presenter(`group:${id}` as Principal));
			const open = await addRoom({ privacy: "open" });
			await change(alice, open, presenter(carol));
		});

		it("are shown to those who manage the room only", async () => {
			const room = await addRoom();
			const { id } = room.room;
			assert.deepEqual((await domain.rooms.room(alice, id)).roles, room.roles);
			assert.deepEqual(
				(await domain.rooms.room(operator, id)).roles,
				room.roles,
			);
			assert.equal((await domain.rooms.room(bob, id)).roles, undefined);
		});

		it("can be given to those who are eligible, page by page", async () => {
			const small = await addCategory(domain, {
				allowed: [principalOf(alice), principalOf(bob), principalOf(carol)],
				denied: [principalOf(bob)],
				creators: [principalOf(alice)],
			});
			const room = await addRoom({
				category: small.id,
				roles: {},
			});
			const page = async (after?: Actor["uri"]) =>
				(
					await domain.rooms.eligible(
						alice,
						{ room: room.room.id },
						{ after, limit: 1 },
					)
				).map(({ uri }) => uri);
			assert.deepEqual(await page(), [alice.uri]);
			assert.deepEqual(await page(alice.uri), [carol.uri]);
			assert.deepEqual(await page(carol.uri), []);
			const all = { limit: 10 };
			const ofCategory = { category: small.id };
			const users = await domain.rooms.eligible(alice, ofCategory, all);
			assert.equal(users.length, 2);
			await refused(
				"cannot-create",
				domain.rooms.eligible(bob, ofCategory, all),
			);
			await refused(
				"no-such-room",
				domain.rooms.eligible(bob, { room: room.room.id }, all),
			);
			const seen = await addRoom();
			await refused(
				"forbidden",
				domain.rooms.eligible(bob, { room: seen.room.id }, all),
			);
		});
	});

	describe("two changes", () => {
		it("of which the second had read what the first has changed: the second is told of a conflict", async () => {
			const room = await addRoom();
			const { updatedAt: readAt } = room.room;
			await change(alice, room, { properties: { description: "1" }, readAt });
			await refused(
				"conflict",
				change(alice, room, { properties: { name: "2" }, readAt }),
			);
			await refused(
				"conflict",
				change(alice, room, {
					roles: { member: { remove: [principalOf(bob)] } },
					readAt,
				}),
			);
			const { roles } = await domain.rooms.room(alice, room.room.id);
			assert.deepEqual(roles?.member, [bob.uri]);
		});

		it("at the same moment: one holds, the other is told of a conflict", async () => {
			const room = await addRoom();
			const attempts = await Promise.allSettled(
				["one", "two"].map((description) =>
					change(alice, room, { properties: { description } }),
				),
			);
			const rejected = attempts.filter(({ status }) => status === "rejected");
			assert.equal(rejected.length, 1);
			const [fault] = rejected;
			assert.ok(fault?.status === "rejected");
			await refused("conflict", Promise.reject(fault.reason));
			assert.equal((await domain.owed()).length, 1);
		});

		it("of roles alone collide as well: lists are whole", async () => {
			const room = await addRoom();
			const { updatedAt: readAt } = room.room;
			await change(alice, room, {
				roles: { member: { add: [principalOf(carol)] } },
			});
			await refused(
				"conflict",
				change(alice, room, { roles: { member: { set: [] } }, readAt }),
			);
		});
	});

	describe("disabling one", () => {
		it("has everybody out at once, keeps content and rights, and enabling lets them in again", async () => {
			const room = await addRoom();
			const { id } = room.room;
			await enter(domain, bob, id);
			await domain.rooms.post(bob, { room: id, text: "kept", alert: false });
			domain.told();
			await domain.owed();
			await change(alice, room, { properties: { disabled: true } });
			assert.deepEqual(await inside(domain, id), []);
			const [kicked, changed] = domain.told();
			assert.ok(changed?.type === "changed");
			assert.equal(changed.summary.room.disabled, true);
			assert.ok(kicked?.type === "kicked");
			assert.equal(kicked.why, "the room is disabled");
			assert.deepEqual(
				kicked.users.map(({ uri }) => uri),
				[bob.uri],
			);
			const [, parted] = await domain.owed();
			assert.ok(parted?.type === "parted");
			assert.equal(parted.kicked, "the room is disabled");
			assert.equal(parted.actor.uri, bob.uri);
			await refused("room-disabled", enter(domain, bob, id));
			await refused("room-disabled", domain.rooms.history(bob, id, 5));
			await refused("room-disabled", domain.rooms.room(bob, id));
			const seen = await domain.rooms.room(alice, id);
			assert.deepEqual(seen.roles, room.roles);
			const names = async (actor: Actor) =>
				(await domain.rooms.search(actor, { criteria: room.room.name })).length;
			assert.equal(await names(bob), 0);
			assert.equal(await names(alice), 1);
			await change(alice, room, { properties: { disabled: false } });
			await enter(domain, bob, id);
			const history = await domain.rooms.history(bob, id, 5);
			assert.deepEqual(
				history.map(({ text }) => text),
				["kept"],
			);
		});
	});

	describe("removing one", () => {
		it("is for administrators, shows everybody out first, and takes all of it away", async () => {
			const room = await addRoom();
			const { id, name } = room.room;
			await enter(domain, bob, id);
			await domain.rooms.post(bob, { room: id, text: "gone", alert: false });
			domain.told();
			await domain.owed();
			await refused("forbidden", domain.rooms.removeRoom(alice, id));
			await domain.rooms.removeRoom(operator, id);
			const [kicked, ...others] = domain.told();
			assert.ok(kicked?.type === "kicked");
			assert.equal(kicked.why, "the room is gone");
			assert.deepEqual(others, []);
			const events = await domain.owed();
			assert.deepEqual(
				events.map((event) => [event.type, "kicked" in event && event.kicked]),
				[
					["room-changed", false],
					["parted", "the room is gone"],
					["roles-changed", false],
					["roles-changed", false],
					["room-removed", false],
				],
			);
			const removed = events.at(-1);
			assert.ok(removed?.type === "room-removed");
			assert.equal(removed.properties.name, name);
			assert.equal(removed.properties.disabled, false);
			await refused("no-such-room", domain.rooms.room(operator, id));
			await refused("no-such-room", domain.rooms.removeRoom(operator, id));
			await addRoom({ name });
		});
	});

	describe("a manager who is no member", () => {
		it("changes a secret room and finds it, but neither joins nor reads it", async () => {
			const room = await addRoom({ privacy: "secret", name: "Managed" });
			const { id } = room.room;
			assert.equal(
				(await domain.rooms.roomNamed(alice, "managed")).room.id,
				id,
			);
			await refused("forbidden", enter(domain, alice, id));
			await refused("forbidden", domain.rooms.history(alice, id, 1));
			await change(alice, room, {
				roles: { member: { add: [principalOf(alice)] } },
			});
			await enter(domain, alice, id);
		});
	});

	describe("an administrator", () => {
		it("is out of no scope and manages every room, but is let in as anybody is", async () => {
			const root = await domain.person("root@elsewhere.com");
			await domain.rooms.setAdministrators(operator, [principalOf(root)]);
			const room = await addRoom({ privacy: "secret" });
			await refused("forbidden", enter(domain, root, room));
			await change(root, room, {
				roles: { member: { add: [principalOf(root)] } },
			});
			await enter(domain, root, room);
			await domain.owed();
			await domain.rooms.setAdministrators(operator, []);
			assert.deepEqual(await inside(domain, room.room.id), []);
			const [, parted] = await domain.owed();
			assert.ok(parted?.type === "parted");
			assert.equal(parted.kicked, "not allowed in the category any more");
		});
	});

	describe("a room that is not there", () => {
		it("is refused by every action in the same words as a hidden one", async () => {
			const { room: hidden } = await addRoom({ privacy: "secret" });
			const nowhere = "00000000-0000-4000-8000-0000000000ff" as RoomId;
			const { rooms } = domain;
			const actions: readonly ((id: RoomId) => Promise<unknown>)[] = [
				(id) => rooms.room(carol, id),
				(id) => rooms.changeRoom(carol, id, {}),
				(id) =>
					rooms.preview(carol, {
						room: id,
						change: { properties: { category: category.id } },
					}),
				(id) => rooms.removeRoom(carol, id),
				(id) => rooms.eligible(carol, { room: id }, { limit: 1 }),
				(id) => rooms.history(carol, id, 1),
				(id) => rooms.post(carol, { room: id, text: "?", alert: false }),
				(id) => enter(domain, carol, id),
			];
			for (const act of actions) {
				const one = await refused("no-such-room", act(hidden.id));
				const other = await refused("no-such-room", act(nowhere));
				assert.equal(one.message, other.message);
			}
			await refused("no-such-room", rooms.roomNamed(carol, hidden.name));
			await refused("no-such-room", rooms.roomNamed(carol, "no such name"));
		});
	});
});
