/** The directory as administrators keep it: what each change does, what it refuses, that it is recorded, and felt at once. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ChatError } from "../../plugin/errors.ts";
import type {
	Actor,
	GroupId,
	PolicyScope,
	Principal,
	RoomRecord,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { kept, refused } from "../contracts/samples.ts";
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

const as = (text: string) => text as Principal;
const groupOf = ({ id }: { readonly id: GroupId }) => as(`group:${id}`);
const nobody = as("sip:nobody@example.com");
const noGroup = randomUUID() as GroupId;

describe("the directory's keeper", () => {
	let domain: Domain;
	let alice: Actor;
	let bob: Actor;
	let carol: Actor;

	before(async () => {
		domain = await openDomain();
		alice = await domain.person("alice");
		bob = await domain.person("bob");
		carol = await domain.person("carol");
	});
	after(() => domain.close());

	async function settle(): Promise<void> {
		domain.told();
		await domain.owed();
	}

	/** The one change of the directory that has been recorded since the last look. */
	async function recorded(subject: string) {
		const changes = (await domain.owed()).filter(
			({ type }) => type === "directory-changed",
		);
		assert.equal(changes.length, 1);
		const [change] = changes;
		assert.ok(change?.type === "directory-changed");
		assert.equal(change.subject, subject);
		return change;
	}

	/** Each is refused for this reason, says why, and leaves nothing recorded or told. */
	async function refusedEach(
		reason: ChatError["reason"],
		attempts: readonly (() => Promise<unknown>)[],
	): Promise<void> {
		await settle();
		for (const attempt of attempts) await refused(reason, attempt());
		assert.deepEqual(await domain.owed(), []);
		assert.deepEqual(domain.told(), []);
	}

	async function roomOf(...members: readonly Principal[]): Promise<RoomRecord> {
		const { id } = await addCategory(domain);
		return domain.rooms.createRoom(operator, {
			name: `Room ${randomUUID()}`,
			category: id,
			roles: { member: members },
		});
	}

	const group = (...members: readonly Principal[]) =>
		domain.rooms.createGroup(operator, `Group ${randomUUID()}`, members);

	it("gives no names that read as principals, or as others than they are", async () => {
		const { rooms } = domain;
		const { id } = await group();
		const uri = `sip:${randomUUID()}@example.com` as UserUri;
		await refusedEach("malformed", [
			() => rooms.createGroup(operator, "group:Traders", []),
			() => rooms.createGroup(operator, "Domain:example.com", []),
			() => rooms.changeGroup(operator, id, { name: "sip:alice@example.com" }),
			...["\u202e", "\u2066"].flatMap((turning) => [
				() => rooms.createGroup(operator, `a${turning}b`, []),
				() => rooms.createCategory(operator, { name: `a${turning}b` }),
				() => rooms.addUser(operator, { uri, displayName: `a${turning}b` }),
			]),
		]);
	});

	it("is nobody but an administrator", async () => {
		const { rooms } = domain;
		const { id } = await group(principalOf(alice));
		const uri = "sip:new@example.com" as UserUri;
		const policy = { scope: bob.uri, enabled: false, admit: false };
		await refusedEach("forbidden", [
			() => rooms.users(alice, { limit: 1 }),
			() => rooms.addUser(alice, { uri }),
			() => rooms.changeUser(alice, alice.uri, { displayName: "Queen" }),
			() => rooms.removeUser(alice, bob.uri),
			() => rooms.groups(alice),
			() => rooms.createGroup(alice, "Mine", []),
			() => rooms.changeGroup(alice, id, { name: "Mine" }),
			() => rooms.removeGroup(alice, id),
			() => rooms.policies(alice),
			() => rooms.setPolicy(alice, policy),
			() => rooms.unsetPolicy(alice, "everybody"),
			() => rooms.administrators(alice),
			() => rooms.setAdministrators(alice, [principalOf(alice)]),
		]);
	});

	it("refuses others before looking at what they ask for", async () => {
		const { rooms } = domain;
		await refusedEach("forbidden", [
			() => rooms.addUser(alice, { uri: bob.uri }),
			() => rooms.addUser(alice, { uri: "bob" as UserUri }),
			() => rooms.removeUser(alice, "sip:x@y.example" as UserUri),
			() => rooms.createGroup(alice, "", [nobody]),
			() => rooms.changeGroup(alice, noGroup, {}),
			() => rooms.removeGroup(alice, noGroup),
			() => rooms.unsetPolicy(alice, "nonsense" as PolicyScope),
			() => rooms.setAdministrators(alice, [as("nonsense")]),
		]);
	});

	describe("of users", () => {
		it("adds them, named by their address unless they have a name, and never records what opens their account", async () => {
			const uri = "sip:zoe.smith@example.com" as UserUri;
			const credentials = {
				md5: "a".repeat(32),
				sha256: "b".repeat(64),
				md5WithDomain: "c".repeat(32),
				sha256WithDomain: "d".repeat(64),
			};
			await settle();
			await domain.rooms.addUser(operator, {
				uri,
				email: "zoe@mail.example",
				credentials,
			});
			const user = kept(await domain.store.users.record(uri));
			assert.equal(user.displayName, "zoe.smith");
			assert.deepEqual([user.active, user.enabled], [true, true]);
			assert.deepEqual(await domain.store.users.credentials(uri), credentials);
			const { actor, before, after } = await recorded(uri);
			assert.equal(actor.uri, operator.uri);
			assert.equal(before, undefined);
			assert.deepEqual(after, {
				uri,
				displayName: "zoe.smith",
				email: "zoe@mail.example",
				guid: user.guid,
				active: true,
			});
		});

		it("refuses addresses that are none, names that cannot be shown, and whom there is already", async () => {
			const { rooms } = domain;
			const add = (uri: string, displayName?: string) => () =>
				rooms.addUser(operator, {
					uri: uri as UserUri,
					...(displayName !== undefined && { displayName }),
				});
			const spare = "sip:spare@example.com";
			await refusedEach("malformed", [
				add("spare@example.com"),
				add("sip:Spare@example.com"),
				add("sip:sp are@example.com"),
				add("sip:spare@"),
				add(`sip:${"s".repeat(250)}@example.com`),
				add(spare, " "),
				add(spare, " Spare"),
				add(spare, "Sp\u0000are"),
			]);
			await refusedEach("too-large", [add(spare, "é".repeat(257))]);
			await refusedEach("name-taken", [add(alice.uri)]);
		});

		it("changes what is named, keeps the rest, and records both states", async () => {
			const dora = await domain.person("dora");
			await domain.rooms.changeUser(operator, dora.uri, { email: "d@x.org" });
			await settle();
			await domain.rooms.changeUser(operator, dora.uri, {
				displayName: "Dora Ω",
			});
			const user = kept(await domain.store.users.record(dora.uri));
			assert.deepEqual([user.displayName, user.email], ["Dora Ω", "d@x.org"]);
			const { before, after } = await recorded(dora.uri);
			assert.deepEqual(after, { ...user });
			assert.deepEqual(before, { ...user, displayName: "Dora" });
			assert.deepEqual(domain.told(), [{ type: "policy", users: [dora.uri] }]);
		});

		it("switches an account off, whatever policy says, and on again", async () => {
			const emil = await domain.person("emil");
			const { rooms, store } = domain;
			const enabled = async () =>
				(await store.directory.enabled([emil.uri])).has(emil.uri);
			await rooms.setPolicy(operator, {
				scope: emil.uri,
				enabled: true,
				admit: false,
			});
			await settle();
			await rooms.changeUser(operator, emil.uri, { active: false });
			assert.equal(await enabled(), false);
			assert.deepEqual(domain.told(), [{ type: "policy", users: [emil.uri] }]);
			await rooms.changeUser(operator, emil.uri, { active: true });
			assert.equal(await enabled(), true);
		});

		it("refuses changes of nobody, and into what cannot be shown", async () => {
			const { rooms } = domain;
			const unknown = "sip:nobody@example.com" as UserUri;
			await refusedEach("no-such-principal", [
				() => rooms.changeUser(operator, unknown, { displayName: "N" }),
			]);
			await refusedEach("malformed", [
				() => rooms.changeUser(operator, alice.uri, { displayName: "" }),
				() => rooms.changeUser(operator, alice.uri, { email: "a\u0007" }),
			]);
			await refusedEach("too-large", [
				() => rooms.changeUser(operator, alice.uri, { email: "a".repeat(257) }),
			]);
		});

		it("refuses to remove who is gone already, and tells the doors once more: nobody may have heard it before", async () => {
			const users = ["sip:nobody@example.com" as UserUri];
			await settle();
			await refused(
				"no-such-principal",
				domain.rooms.removeUser(operator, users[0] ?? alice.uri),
			);
			assert.deepEqual(await domain.owed(), []);
			assert.deepEqual(domain.told(), [{ type: "policy", users }]);
		});

		it("removes them with their rights: whoever is in a room for these is out at once", async () => {
			const finn = await domain.person("finn");
			const room = await roomOf(principalOf(finn), principalOf(alice));
			await enter(domain, finn, room);
			await enter(domain, alice, room);
			const { id } = await group(principalOf(finn));
			await settle();
			await domain.rooms.removeUser(operator, finn.uri);
			assert.deepEqual(await inside(domain, room.room.id), ["Alice"]);
			assert.deepEqual(
				domain.told().map(({ type }) => type),
				["kicked", "policy"],
			);
			const { before, after } = await recorded(finn.uri);
			assert.equal((before as Actor).uri, finn.uri);
			assert.equal(after, undefined);
			const left = kept(await domain.store.groups.find(id));
			assert.deepEqual(left.members, []);
		});

		it("lists them in pages", async () => {
			const [first] = await domain.rooms.users(operator, { limit: 1 });
			const [second] = await domain.rooms.users(operator, {
				after: kept(first).uri,
				limit: 1,
			});
			assert.ok(kept(second).uri > kept(first).uri);
		});
	});

	describe("of groups", () => {
		it("makes them, each member once", async () => {
			await settle();
			const made = await domain.rooms.createGroup(operator, "Brokers", [
				principalOf(bob),
				wholeDomain,
				principalOf(bob),
			]);
			const found = kept(await domain.store.groups.named("BROKERS"));
			assert.equal(found.id, made.id);
			assert.deepEqual(found.members, [wholeDomain, bob.uri]);
			const { before, after } = await recorded(`group:${made.id}`);
			assert.equal(before, undefined);
			assert.deepEqual(after, { ...made });
			const all = await domain.rooms.groups(operator);
			assert.ok(all.some(({ id }) => id === made.id));
		});

		it("refuses names that are taken or cannot be shown, and members whom nobody knows", async () => {
			const { rooms } = domain;
			const taken = await group();
			const other = await group();
			const { id } = other;
			await refusedEach("name-taken", [
				() => rooms.createGroup(operator, taken.name.toUpperCase(), []),
				() => rooms.changeGroup(operator, id, { name: taken.name }),
			]);
			await refusedEach("malformed", [
				() => rooms.createGroup(operator, "", []),
				() => rooms.createGroup(operator, "Bob", [as("bob")]),
				() => rooms.createGroup(operator, "Bob", [as("sip:Bob@example.com")]),
				() => rooms.changeGroup(operator, id, { name: "a\tb" }),
				() => rooms.changeGroup(operator, id, { add: [as("domain:")] }),
				() => rooms.changeGroup(operator, id, { add: [groupOf(other)] }),
			]);
			await refusedEach("no-such-principal", [
				() => rooms.createGroup(operator, "Nobodies", [nobody]),
				() => rooms.changeGroup(operator, id, { add: [nobody] }),
				() => rooms.changeGroup(operator, id, { add: [as("group:none")] }),
				() => rooms.changeGroup(operator, noGroup, { name: "None" }),
				() => rooms.removeGroup(operator, noGroup),
			]);
			const many = Array.from({ length: 10_001 }, (_, index) =>
				as(`sip:${index}@example.com`),
			);
			await refusedEach("too-large", [
				() => rooms.createGroup(operator, "x".repeat(257), []),
				() => rooms.createGroup(operator, "Many", many),
				() => rooms.changeGroup(operator, id, { add: many }),
				() => rooms.changeGroup(operator, id, { remove: many }),
			]);
			assert.deepEqual(await domain.store.groups.find(id), other);
		});

		it("changes name and members, and records both states", async () => {
			const before = await group(principalOf(alice), principalOf(bob));
			await settle();
			const after = await domain.rooms.changeGroup(operator, before.id, {
				name: "After all",
				add: [principalOf(carol), principalOf(bob)],
				remove: [principalOf(alice), nobody],
			});
			assert.deepEqual(after, {
				id: before.id,
				name: "After all",
				members: [bob.uri, carol.uri],
			});
			assert.deepEqual(await domain.store.groups.find(before.id), after);
			const event = await recorded(`group:${before.id}`);
			assert.deepEqual([event.before, event.after], [before, after]);
		});

		it("loses no member when several changes come at once", async () => {
			const { id } = await group();
			const people = [alice, bob, carol].map(principalOf);
			await Promise.all(
				people.map((each) =>
					domain.rooms.changeGroup(operator, id, { add: [each] }),
				),
			);
			const found = kept(await domain.store.groups.find(id));
			assert.deepEqual(found.members, people);
		});

		it("takes out of the room at once whom a group, or a group in it, loses", async () => {
			const inner = await group(principalOf(bob), principalOf(carol));
			const outer = await group(groupOf(inner), principalOf(alice));
			const room = await roomOf(groupOf(outer));
			for (const each of [alice, bob, carol]) await enter(domain, each, room);
			await settle();
			await domain.rooms.changeGroup(operator, inner.id, {
				remove: [principalOf(bob)],
			});
			assert.deepEqual(await inside(domain, room.room.id), ["Alice", "Carol"]);
			const [kicked, ...others] = domain.told();
			assert.deepEqual(others, []);
			assert.ok(kicked?.type === "kicked");
			assert.equal(kicked.why, "not a member any more");
			assert.deepEqual(
				kicked.users.map(({ uri }) => uri),
				[bob.uri],
			);
			assert.deepEqual(
				(await domain.owed()).map(({ type }) => type),
				["directory-changed", "parted"],
			);
			await refused("forbidden", enter(domain, bob, room));
			await domain.rooms.changeGroup(operator, outer.id, {
				remove: [groupOf(inner)],
			});
			assert.deepEqual(await inside(domain, room.room.id), ["Alice"]);
		});

		it("lets in at once whom a group gains, and shows out whom a denied group gains", async () => {
			const friends = await group();
			const denied = await group();
			const { id } = await addCategory(domain, { denied: [groupOf(denied)] });
			const room = await domain.rooms.createRoom(operator, {
				name: `Walled ${randomUUID()}`,
				category: id,
				roles: { member: [groupOf(friends)] },
			});
			await refused("forbidden", enter(domain, bob, room));
			const add = { add: [principalOf(bob)] };
			await domain.rooms.changeGroup(operator, friends.id, add);
			await enter(domain, bob, room);
			await settle();
			await domain.rooms.changeGroup(operator, denied.id, add);
			assert.deepEqual(await inside(domain, room.room.id), []);
			const [kicked] = domain.told();
			assert.ok(kicked?.type === "kicked");
			assert.equal(kicked.why, "not allowed in the category any more");
			await refused("in-use", domain.rooms.removeGroup(operator, denied.id));
			const members = { remove: [principalOf(bob)] };
			await domain.rooms.changeGroup(operator, denied.id, members);
			await enter(domain, bob, room);
		});

		it("takes circles of groups for what they are: everybody in them", async () => {
			const one = await group(principalOf(alice));
			const two = await group(groupOf(one), principalOf(bob));
			await refused(
				"malformed",
				domain.rooms.changeGroup(operator, one.id, { add: [groupOf(two)] }),
			);
			// Two changes at once can still make one.
			const members = [...one.members, groupOf(two)];
			await domain.store.transaction((tx) =>
				tx.groups.change({ ...one, members }),
			);
			const room = await roomOf(groupOf(one));
			await enter(domain, alice, room);
			await enter(domain, bob, room);
			await domain.rooms.removeGroup(operator, two.id);
			assert.deepEqual(await inside(domain, room.room.id), ["Alice"]);
		});

		it("removes them with every right given to them", async () => {
			const crew = await group(principalOf(bob), principalOf(carol));
			const room = await roomOf(groupOf(crew), principalOf(carol));
			await enter(domain, bob, room);
			await enter(domain, carol, room);
			await settle();
			await domain.rooms.removeGroup(operator, crew.id);
			assert.deepEqual(await inside(domain, room.room.id), ["Carol"]);
			const { member } = await domain.store.rooms.roles(room.room.id);
			assert.deepEqual(member, [carol.uri]);
			const { before, after } = await recorded(`group:${crew.id}`);
			assert.deepEqual(before, crew);
			assert.equal(after, undefined);
		});
	});

	describe("of policy", () => {
		it("says it of everybody, a domain or a user, tells whom it concerns, and records what was said before", async () => {
			const { rooms } = domain;
			const scope: PolicyScope = "domain:policy.example";
			const on = { scope, enabled: true, admit: true };
			const off = { scope, enabled: false, admit: false };
			await settle();
			await rooms.setPolicy(operator, on);
			const first = await recorded(scope);
			assert.deepEqual([first.before, first.after], [undefined, on]);
			assert.deepEqual(domain.told(), [{ type: "policy" }]);
			await rooms.setPolicy(operator, off);
			const second = await recorded(scope);
			assert.deepEqual([second.before, second.after], [on, off]);
			assert.ok(
				(await rooms.policies(operator)).some((each) => each.scope === scope),
			);
			await rooms.unsetPolicy(operator, scope);
			const third = await recorded(scope);
			assert.deepEqual([third.before, third.after], [off, undefined]);
			assert.equal(await domain.store.policies.find(scope), undefined);
		});

		it("decides at once who may use persistent chat: the narrowest that is said", async () => {
			const gina = await domain.person("gina@narrow.example");
			const { rooms, store } = domain;
			const set = (scope: PolicyScope, enabled: boolean) =>
				rooms.setPolicy(operator, { scope, enabled, admit: false });
			const enabled = async () =>
				(await store.directory.enabled([gina.uri])).has(gina.uri);
			assert.equal(await enabled(), true, "everybody");
			await set("domain:narrow.example", false);
			assert.equal(await enabled(), false, "her domain");
			await settle();
			await set(gina.uri, true);
			assert.equal(await enabled(), true, "herself");
			assert.deepEqual(domain.told(), [{ type: "policy", users: [gina.uri] }]);
			await rooms.unsetPolicy(operator, gina.uri);
			assert.equal(await enabled(), false, "her domain again");
		});

		it("refuses what is no scope, and to admit others than the people of a domain", async () => {
			const set =
				(scope: string, admit = false) =>
				() => {
					const policy = { scope: scope as PolicyScope, enabled: true, admit };
					return domain.rooms.setPolicy(operator, policy);
				};
			await refusedEach("malformed", [
				set(""),
				set("example.com"),
				set("domain:"),
				set("domain:Example.com"),
				set(`domain:${"a".repeat(249)}`),
				set("group:x"),
				set("sip:Bob@example.com"),
				set(`sip:${"b".repeat(250)}@example.com`),
				set("everybody", true),
				set(bob.uri, true),
				() => domain.rooms.unsetPolicy(operator, "all" as PolicyScope),
			]);
		});
	});

	describe("of administrators", () => {
		afterEach(() => domain.rooms.setAdministrators(operator, []));

		it("gives a group the keys, and takes them back, at once", async () => {
			const { rooms } = domain;
			const keepers = await group(principalOf(alice));
			await refused("forbidden", rooms.groups(alice));
			await settle();
			await rooms.setAdministrators(operator, [groupOf(keepers)]);
			const { before, after } = await recorded("administrators");
			assert.deepEqual([before, after], [[], [groupOf(keepers)]]);
			assert.deepEqual(await rooms.administrators(alice), [groupOf(keepers)]);
			await rooms.changeGroup(alice, keepers.id, {
				remove: [principalOf(alice)],
			});
			await refused("forbidden", rooms.groups(alice));
		});

		it("shows out of a category that does not allow them those who are administrators no more", async () => {
			const { rooms } = domain;
			const guest = await domain.person("gus@guests.example");
			await rooms.setAdministrators(operator, [principalOf(guest)]);
			const { id } = await addCategory(domain);
			const room = await rooms.createRoom(operator, {
				name: "Open to those in scope",
				category: id,
				privacy: "open",
			});
			await enter(domain, guest, room);
			await enter(domain, alice, room);
			await settle();
			await rooms.setAdministrators(operator, [principalOf(alice)]);
			assert.deepEqual(await inside(domain, room.room.id), ["Alice"]);
			const told = domain
				.told()
				.filter((event) => "room" in event && event.room === room.room.id);
			assert.deepEqual(told.map(({ type }) => type).sort(), [
				"kicked",
				"standing",
			]);
			const standing = told.find((event) => event.type === "standing");
			assert.ok(standing?.type === "standing");
			assert.deepEqual(
				standing.participants.map(({ user, standing: { administrator } }) => [
					user.displayName,
					administrator,
				]),
				[["Alice", true]],
			);
		});

		it("refuses whom nobody knows", async () => {
			const set = (principal: string) => () =>
				domain.rooms.setAdministrators(operator, [as(principal)]);
			await refusedEach("no-such-principal", [set(nobody), set("group:none")]);
			await refusedEach("malformed", [set("alice"), set("domain:UPPER")]);
		});
	});

	describe("for everybody", () => {
		it("finds people and groups by the words of a line, as many as may be shown", async () => {
			const word = `word${randomUUID().slice(0, 8)}`;
			const { rooms } = domain;
			for (const name of ["one", "two"]) {
				await rooms.addUser(operator, {
					uri: `sip:${name}-${word}@example.com` as UserUri,
					displayName: `${name} ${word}`,
				});
			}
			await rooms.createGroup(operator, `Both ${word}`, []);
			const both = await rooms.findPeople(alice, ` ${word.toUpperCase()} `, 50);
			assert.deepEqual(
				[...both.users, ...both.groups].length,
				3,
				"two people and their group",
			);
			const one = await rooms.findPeople(alice, `${word}  ONE`, 50);
			assert.deepEqual(
				one.users.map(({ displayName }) => displayName),
				[`one ${word}`],
			);
			const few = await rooms.findPeople(alice, word, -5);
			assert.deepEqual([few.users.length, few.more], [1, true]);
		});

		it("refuses to search for more than 20 words, or 1,000 characters", async () => {
			await domain.rooms.findPeople(alice, "a ".repeat(20), 5);
			await domain.rooms.findPeople(alice, "a".repeat(1_000), 5);
			await refusedEach("too-large", [
				() => domain.rooms.findPeople(alice, "a ".repeat(21), 5),
				() => domain.rooms.findPeople(alice, "a".repeat(1_001), 5),
			]);
		});

		it("names principals in the order asked", async () => {
			assert.deepEqual(
				await domain.rooms.named(alice, [principalOf(bob), nobody]),
				[
					{ principal: bob.uri, name: "Bob", known: true },
					{ principal: nobody, name: "nobody@example.com", known: false },
				],
			);
		});
	});

	describe("of whom the network asserts", () => {
		const asserted = (name: string) => `sip:${name}@carrier.example` as UserUri;

		before(() =>
			domain.rooms.setPolicy(operator, {
				scope: "domain:carrier.example",
				enabled: true,
				admit: true,
			}),
		);

		it("takes in who is of a domain that admits its people, once, and records it as his own doing", async () => {
			const uri = asserted("hugo");
			await settle();
			const come = () =>
				domain.nodeRooms.admit({ uri, displayName: "  Hugo\r\n  Ω " });
			const [one, two] = await Promise.all([come(), come()]);
			assert.equal(one?.displayName, "Hugo Ω");
			assert.equal(one?.enabled, true);
			assert.deepEqual(two, one);
			const { actor, before } = await recorded(uri);
			assert.equal(actor.uri, uri);
			assert.equal(before, undefined);
		});

		it("keeps whom it knows already as he is", async () => {
			const uri = asserted("ines");
			await domain.nodeRooms.admit({ uri, displayName: "Ines" });
			await domain.rooms.changeUser(operator, uri, { active: false });
			await settle();
			const user = await domain.nodeRooms.admit({ uri, displayName: "Other" });
			assert.deepEqual([user?.displayName, user?.enabled], ["Ines", false]);
			assert.deepEqual(await domain.owed(), []);
		});

		it("takes in nobody else", async () => {
			await settle();
			for (const uri of [
				"sip:jan@example.com",
				"sip:jan@sub.carrier.example",
				"sip:Jan@carrier.example",
				"sip:ja n@carrier.example",
				"jan@carrier.example",
				`sip:${"j".repeat(250)}@carrier.example`,
			]) {
				const user = await domain.nodeRooms.admit({ uri: uri as UserUri });
				assert.equal(user, undefined, uri);
			}
			assert.deepEqual(await domain.owed(), []);
		});

		it("calls by his address whose name is none or cannot be shown, and cuts a long one between characters", async () => {
			const named = async (name: string, displayName: string) =>
				(await domain.nodeRooms.admit({ uri: asserted(name), displayName }))
					?.displayName;
			assert.equal(await named("kim", " "), "kim");
			assert.equal(await named("lea", "L\u0000ea"), "lea");
			assert.equal(await named("max", "😀".repeat(300)), "😀".repeat(256));
		});
	});
});
