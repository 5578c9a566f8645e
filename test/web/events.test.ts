/** What somebody who is signed in is told as it happens, and what nobody is told. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import type {
	CategoryId,
	Principal,
	RoomId,
	UserUri,
} from "../../plugin/index.ts";
import { operator } from "../support/domain.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { type EventReader, readEvents } from "./event-reader.ts";
import { type Site, startSite } from "./site.ts";

const general = "00000000-0000-4000-8000-00000000c001" as CategoryId;
const idOf = (uri: string) => uri.slice(uri.lastIndexOf("/") + 1) as RoomId;
const uriOf = (name: string) => `sip:${name}@example.com` as UserUri;
const principal = (name: string) => uriOf(name) as string as Principal;

describe("the event stream", () => {
	let site: Site;
	let bob: Person;
	const readers: EventReader[] = [];
	const people: Person[] = [];

	before(async () => {
		site = await startSite({
			node: { service: { newContentEveryMs: 100, limits: { roster: 3 } } },
		});
		bob = await signIn(site.node, "bob");
		await bob.chat.join(rooms.lobby);
		await bob.chat.join(rooms.operations);
	});
	after(async () => {
		await bob?.chat.close();
		await site?.close();
	});
	afterEach(async () => {
		for (const reader of readers.splice(0)) reader.close();
		for (const { chat } of people.splice(0)) await chat.close();
	});

	async function listen(name: string, headers = {}): Promise<EventReader> {
		const reader = await readEvents(site, await site.signedIn(name), headers);
		equal(reader.status, 200, reader.text());
		readers.push(reader);
		return reader;
	}

	async function here(name: string, ...where: string[]): Promise<Person> {
		const person = await signIn(site.node, name);
		people.push(person);
		for (const room of where) await person.chat.join(room);
		return person;
	}

	/** Something that comes last: what has not come before it does not come. */
	async function marked(reader: EventReader, text: string): Promise<string> {
		await bob.chat.post(rooms.lobby, text);
		await reader.told("message", (data) => data.text === text);
		return reader.text();
	}

	it("is for who is signed in, and for no cache or proxy to keep or hold back", async () => {
		const stranger = await readEvents(site, site.browser());
		equal(stranger.status, 401);
		const alice = await listen("alice");
		match(String(alice.headers["content-type"]), /^text\/event-stream/);
		equal(alice.headers["cache-control"], "no-store, no-transform");
		equal(alice.headers["x-accel-buffering"], "no");
		match(
			String(alice.headers["content-security-policy"]),
			/default-src 'none'/,
		);
		match(alice.text(), /^retry: \d+\n\nid: 1\nevent: ready\n/);
		// There is no way to ask for another's.
		const browser = await site.signedIn("alice");
		const asked = await browser.ask("GET", "/api/events?user=bob");
		equal(asked.status, 400);
		equal((await browser.ask("HEAD", "/api/events")).status, 404);
	});

	it("tells what is said in rooms that one is in, in its order, and of no other room", async () => {
		await here("alice", rooms.lobby);
		const alice = await listen("alice");
		const carol = await listen("carol");
		await bob.chat.post(rooms.operations, "not for the lobby");
		for (const text of ["one", "two", "three"]) {
			await bob.chat.post(rooms.lobby, text);
		}
		await alice.told("message", ({ text }) => text === "three");
		const messages = alice.events().filter(({ event }) => event === "message");
		deepEqual(
			messages.map(({ data }) => data.text),
			["one", "two", "three"],
		);
		deepEqual(messages[0]?.data.author, { uri: uriOf("bob"), name: "Bob" });
		equal(messages[0]?.data.room, idOf(rooms.lobby));
		doesNotMatch(alice.text(), /not for the lobby/);
		equal(carol.events().length, 1, carol.text());
	});

	it("tells who follows a room from elsewhere how much is unread, and no word of it", async () => {
		const alice = await listen("alice");
		await site.node.chat.rooms.follow(
			await actorOf("alice"),
			idOf(rooms.lobby),
		);
		await alice.told("followed");
		await bob.chat.post(rooms.lobby, "for @alice alone");
		const unread = await alice.told("unread");
		equal(unread.room, idOf(rooms.lobby));
		equal(unread.addressed, 1);
		doesNotMatch(alice.text(), /for @alice alone/);
		await site.node.chat.rooms.unfollow(
			await actorOf("alice"),
			idOf(rooms.lobby),
		);
	});

	it("tells where one comes and goes oneself, also where nobody else is told", async () => {
		const isLobby = (data: { rooms?: unknown }) =>
			String(data.rooms) === idOf(rooms.lobby);
		const shown = await listen("alice");
		const alice = await here("alice", rooms.lobby);
		await shown.told("entered", isLobby);
		await alice.chat.part(rooms.lobby);
		await shown.told("left", isLobby);
		await here("carol", rooms.lobby);
		await here("dave", rooms.lobby);
		const hidden = await listen("alice");
		await alice.chat.join(rooms.lobby);
		await hidden.told("entered", isLobby);
		await marked(hidden, "all are here");
		deepEqual(bob.comings.slice(-1), ["+Dave"]);
		await alice.chat.part(rooms.lobby);
		await hidden.told("left", isLobby);
	});

	it("tells of properties, rights and messages that are withdrawn", async () => {
		const { rooms: all } = site.node.chat;
		await here("alice", rooms.operations);
		const alice = await listen("alice");
		await bob.chat.administration.change(rooms.operations, {
			description: "Night shift",
		});
		await alice.told("room", (data) => data.description === "Night shift");
		await bob.chat.administration.changeRoles(rooms.operations, {
			add: { managers: [uriOf("alice")] },
		});
		const { standing } = await alice.told("rights");
		equal((standing as { manager: boolean }).manager, true);
		await all.setAdministrators(operator, [principal("bob")]);
		await bob.chat.post(rooms.operations, "a secret");
		const { sequence } = await alice.told(
			"message",
			({ text }) => text === "a secret",
		);
		await bob.chat.replaceMessages(
			rooms.operations,
			[Number(sequence)],
			"nothing",
		);
		equal((await alice.told("replaced")).text, "nothing");
		await bob.chat.deleteMessages(rooms.operations, [Number(sequence)]);
		deepEqual((await alice.told("deleted")).sequences, [sequence]);
		await all.setAdministrators(operator, []);
	});

	it("says nothing more of a room that one is put out of", async () => {
		await here("alice", rooms.operations, rooms.lobby);
		const alice = await listen("alice");
		const posts = Array.from({ length: 20 }, (_, index) =>
			bob.chat.post(rooms.operations, `before ${index}`),
		);
		const removal = bob.chat.administration.changeRoles(rooms.operations, {
			remove: {
				members: [uriOf("alice")],
				managers: [uriOf("alice")],
			},
		});
		const more = Array.from({ length: 20 }, (_, index) =>
			bob.chat.post(rooms.operations, `after ${index}`),
		);
		await Promise.all([...posts, removal, ...more]);
		const { why } = await alice.told("removed");
		equal(why, "not a member any more");
		await bob.chat.post(rooms.operations, "among us");
		await marked(alice, "still here");
		const names = alice.events();
		const removed = names.findIndex(({ event }) => event === "removed");
		const later = names.slice(removed + 1);
		deepEqual(
			later.filter(({ data }) => data.room === idOf(rooms.operations)),
			[],
		);
		doesNotMatch(alice.text(), /among us/);
	});

	it("tells a new member that he is one", async () => {
		await site.node.chat.rooms.changeCategory(operator, general, {
			invitations: true,
		});
		const carol = await listen("carol");
		const dave = await listen("dave");
		await bob.chat.administration.changeRoles(rooms.operations, {
			add: { members: [uriOf("carol")] },
		});
		const { room } = await carol.told("invitation");
		equal((room as { name: string }).name, "Operations");
		equal(dave.events().length, 1, dave.text());
	});

	it("says nothing of a secret room to who follows it and may not know of it any more", async () => {
		const { rooms: all } = site.node.chat;
		const board = idOf(rooms.board);
		await all.changeRoom(operator, board, {
			roles: { member: { add: [principal("alice")] } },
		});
		await all.follow(await actorOf("alice"), board);
		await here("alice", rooms.lobby);
		await here("carol", rooms.board);
		const alice = await listen("alice");
		await all.changeRoom(operator, board, {
			roles: { member: { remove: [principal("alice")] } },
		});
		await alice.told("followed");
		const before = alice.text().length;
		await people[1]?.chat.post(rooms.board, "strictly between us");
		await all.changeRoom(operator, board, {
			properties: { description: "What nobody knows" },
		});
		await marked(alice, "said in the lobby");
		doesNotMatch(alice.text(), /strictly|Board|What nobody/);
		doesNotMatch(alice.text().slice(before), new RegExp(board));
	});

	it("tells who comes back that there is a gap, instead of guessing", async () => {
		const fresh = await listen("alice");
		const back = await listen("alice", { "last-event-id": "7" });
		deepEqual(await back.told("resynchronise"), { why: "gap" });
		doesNotMatch(fresh.text(), /resynchronise/);
	});

	it("is in the OpenAPI document, with its vocabulary", async () => {
		const { json } = await site.browser().ask("GET", "/api/docs");
		const { paths } = json as {
			paths: Record<string, Record<string, { description: string }>>;
		};
		match(
			paths["/api/events"]?.get?.description ?? "",
			/`removed`: One was put out/,
		);
	});

	async function actorOf(name: string) {
		const user = await site.node.store.users.find(uriOf(name));
		if (user === undefined) throw new Error(`no ${name}`);
		return user;
	}
});
