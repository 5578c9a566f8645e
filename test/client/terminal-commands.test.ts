/** What is typed into the terminal chat, against a node: what is shown for it. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import type { BackOff } from "../../client/back-off.ts";
import { commands, take } from "../../client/terminal/commands/index.ts";
import {
	type Conversation,
	createConversation,
} from "../../client/terminal/conversation.ts";
import { showHappenings } from "../../client/terminal/happenings.ts";
import type { Screen } from "../../client/terminal/screen.ts";
import { styleFor } from "../../client/terminal/style.ts";
import type {
	CategoryId,
	Principal,
	UserUri,
} from "../../plugin/rooms/types.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { operator } from "../support/domain.ts";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";

const general = "00000000-0000-4000-8000-00000000c001" as CategoryId;

interface AtTerminal extends Person {
	readonly conversation: Conversation;
	/** What a line shows until it has been dealt with. */
	type(line: string): Promise<readonly string[]>;
	/** Everything shown so far. */
	readonly shown: readonly string[];
}

describe("the commands of the terminal chat", () => {
	let node: ChatNode;
	let alice: AtTerminal;
	const others: Person[] = [];

	async function atTerminal(
		name: string,
		reconnect: BackOff | false = false,
	): Promise<AtTerminal> {
		const person = await signIn(node, name, "tcp", {}, { reconnect });
		const shown: string[] = [];
		const screen: Screen = {
			interactive: false,
			print: (text) => shown.push(...text.split("\n")),
			complain: (text) => shown.push(text),
			setPrompt: () => {},
			start: () => {},
			stop: () => {},
			flush: async () => {},
		};
		const style = styleFor(false);
		const conversation = createConversation(
			person.chat,
			screen,
			style,
			() => {},
		);
		showHappenings(conversation);
		return {
			...person,
			conversation,
			shown,
			async type(line) {
				const before = shown.length;
				await take(conversation, line);
				return shown.slice(before);
			},
		};
	}

	beforeEach(async () => {
		node = await startChatNode();
		await node.chat.rooms.changeCategory(operator, general, {
			creators: ["sip:alice@example.com" as Principal],
		});
		alice = await atTerminal("alice");
		await alice.conversation.enter(rooms.lobby, 0);
	});
	afterEach(async () => {
		for (const { chat } of others.splice(0)) await chat.close();
		await alice?.chat.close();
		await node?.close();
	});

	const addsRoom = (name: string, privacy: "open" | "secret" = "secret") =>
		node.chat.rooms.createRoom(operator, {
			name,
			category: general,
			privacy,
			roles: {
				member: ["sip:alice@example.com" as Principal],
				manager: ["sip:alice@example.com" as Principal],
				presenter: [],
			},
		});

	it("make a room, change it and its roles, and close and open it again", async () => {
		const made = await alice.type("/create Plans in spring in general");
		match(made.join("\n"), /^\* Made Plans in spring in General; \/add/);
		match(made.join("\n"), /\* Plans in spring: here are Alice \(manager\)$/);
		deepEqual(await alice.type("/add member Bob, carol@example.com"), [
			"* Plans in spring: members are alice@example.com, bob@example.com, carol@example.com",
		]);
		deepEqual(await alice.type("/add presenters bob"), [
			"* Plans in spring: presenters are bob@example.com",
		]);
		deepEqual(await alice.type("/remove member CAROL"), [
			"* Plans in spring: members are alice@example.com, bob@example.com",
		]);
		await alice.type("/set name Plans");
		await alice.type("/set description What we do");
		await alice.type("/set privacy secret");
		await alice.type("/set type auditorium");
		deepEqual(await alice.type("/set invitations off"), [
			"* Plans: invitations is off now.",
		]);
		const disabled = (await alice.type("/disable")).join("\n");
		match(disabled, /You were shown out of Plans[\s\S]*\* Plans is disabled: /);
		equal(alice.conversation.here.info.name, "Lobby");
		const shown = (await alice.type("/manage plans")).join("\n");
		match(
			shown,
			/^ {2}Plans \(secret, auditorium, disabled\)\n {2}id +[0-9a-f-]{36}\n/,
		);
		match(
			shown,
			/description What we do\n {2}members +alice@.*bob@.*\n {2}managers +alice@.*\n {2}presenters +bob@/,
		);
		deepEqual(await alice.type("/enable"), ["* Plans is enabled."]);
		deepEqual(await alice.type("/set description"), [
			"* Plans: description is empty now.",
		]);
	});

	it("give roles to groups, also to those whose names have commas", async () => {
		await node.chat.rooms.createGroup(operator, "Front, back", [
			"sip:bob@example.com" as Principal,
		]);
		await alice.type("/create Plans");
		deepEqual(
			await alice.type('/add member group:"Front, back", domain:example.com'),
			[
				'* Plans: members are domain:example.com, group:"Front, back", alice@example.com',
			],
		);
		deepEqual(await alice.type('/remove member "Front, back"'), [
			"* Plans: members are domain:example.com, alice@example.com",
		]);
	});

	it("are about the room written in, and stay with it when it is closed", async () => {
		await addsRoom("Solo");
		await alice.type("/join solo");
		await alice.type("/disable");
		equal(alice.conversation.here.info.name, "Lobby");
		deepEqual(await alice.type("/enable"), ["* Solo is enabled."]);
		// Whoever goes into another room manages that one.
		await alice.type("/join Solo");
		await alice.type("/join Lobby");
		match((await alice.type("/set name Mine")).join(), /manage/);
	});

	it("move a room to another category, and make one in the one that is named", async () => {
		await node.chat.rooms.createCategory(operator, {
			name: "Work in progress",
			allowed: ["domain:example.com" as Principal],
			creators: ["sip:alice@example.com" as Principal],
		});
		match(
			(await alice.type("/create Plans")).join(),
			/General, Work in progress\.$/,
		);
		await alice.type("/create Plans in work in progress");
		const at = async () =>
			(await node.chat.rooms.roomNamed(operator, "Plans")).room.category.name;
		equal(await at(), "Work in progress");
		deepEqual(await alice.type("/set category general"), [
			"* Plans: category is general now.",
		]);
		equal(await at(), "General");
	});

	it("say what was typed wrong, and what would be right", async () => {
		const says = async (line: string, what: RegExp) =>
			match((await alice.type(line)).join("\n"), what);
		await says(
			"/create",
			/^Say what it is to be called.*You may make rooms in General\.$/,
		);
		await says(
			"/set privacy loud",
			/^\/set privacy takes open or closed or secret, not "loud"\.$/,
		);
		await says("/set colour red", /^Say what, and what it is to be: /);
		await says("/set category Nowhere", /There are: General\.$/);
		await says("/add chief bob", /Roles are member, manager and presenter\.$/);
		await says("/add member zed", /^There is nobody called "zed"\.$/);
		await says(
			"/add member exam",
			/^There is nobody called "exam"\. Is it \S+@example\.com or/,
		);
		await says("/manage Nowhere", /^There is no room "Nowhere"/);
		await says("/set privacy open", /./);
		await says("/delete", /^Say which messages: \/delete 12 15-17\.$/);
		await says("/delete x", /^Say which messages/);
		await says("/replace 3", /^Say which message, and what/);
		await says("/frobnicate", /^There is no \/frobnicate: see \/help\.$/);
		await alice.type("/create Plans");
		await says(
			"/remove member bob",
			/^"bob" is not among the members of Plans/,
		);
	});

	it("name messages by the numbers that are shown with them", async () => {
		for (const text of ["one", "two", "three", "four"]) await alice.type(text);
		match(alice.shown.at(-1) ?? "", /^\d\d:\d\d {3}#4 Alice: four$/);
		match((await alice.type("/delete 2")).join(), /administrator/i);
		await node.chat.rooms.setAdministrators(operator, [
			"sip:alice@example.com" as Principal,
		]);
		deepEqual(await alice.type("/delete #2-3 9"), [
			"* an administrator deleted messages 2-3",
			"* 2 messages were deleted.",
		]);
		deepEqual(await alice.type("/delete 2"), [
			"* No message of these numbers is there: none was deleted.",
		]);
		deepEqual(await alice.type("/replace 4 nothing  to see"), [
			"* an administrator replaced message 4: nothing  to see",
			"* One message was replaced.",
		]);
		const history = (await alice.type("/history")).join("\n");
		match(
			history,
			/^\S+ {3}#1 Alice: one\n\S+ {3}#4 Alice: nothing {2}to see$/,
		);
	});

	it("take a room by its name, its id or its URI, and want the id where a name is ambiguous", async () => {
		const [one, two] = [await addsRoom("Twin"), await addsRoom("Twin")];
		isAmbiguous(await alice.type("/join Twin"), one.room.id, two.room.id);
		await alice.type(`/join ${two.room.id}`);
		equal(
			alice.conversation.here.info.uri,
			`ma-chan://example.com/${two.room.id}`,
		);
		await alice.type(`/join ma-chan://example.com/${one.room.id}`);
		equal(
			alice.conversation.here.info.uri,
			`ma-chan://example.com/${one.room.id}`,
		);
		const listed = (await alice.type("/rooms")).join("\n");
		equal(listed.includes(one.room.id) && listed.includes(two.room.id), true);
		equal(listed.includes(rooms.lobby.slice(-36)), false);
		const unknown = "00000000-0000-4000-8000-00000000dead";
		for (const text of [
			unknown,
			`ma-chan://example.com/${unknown}`,
			"ma-chan:x",
		]) {
			match((await alice.type(`/join ${text}`)).join(), /^There is no room "/);
		}
		// One's own id as the name of a room.
		const named = await addsRoom(unknown, "open");
		await alice.type(`/join ${unknown}`);
		equal(alice.conversation.here.info.uri.endsWith(named.room.id), true);
	});

	function isAmbiguous(lines: readonly string[], ...ids: readonly string[]) {
		const text = lines.join("\n");
		match(text, /^2 rooms are called "Twin": say which by its id, /);
		for (const id of ids) equal(text.includes(id), true, text);
	}

	it("name the room in notes as soon as one is in several", async () => {
		const bob = await signIn(node, "bob");
		others.push(bob);
		await bob.chat.join(rooms.lobby);
		await until(() => alice.shown.includes("* Bob came in"), { what: "Bob" });
		await alice.type("/join Operations");
		await alice.type("/join Lobby");
		match((await alice.type("/who")).join(), /^\* Lobby: here are /);
		await bob.chat.part(rooms.lobby);
		await until(() => alice.shown.includes("* Lobby: Bob left"), {
			what: "Bob's parting",
		});
	});

	it("say that a room keeps no history, or has no such message", async () => {
		deepEqual(await alice.type("/history"), ["* there is no such message"]);
		await alice.type("said");
		await node.chat.rooms.changeCategory(operator, general, { history: false });
		await alice.type("/part");
		await alice.type("/join Lobby");
		deepEqual(await alice.type("/history"), [
			"* this room keeps no history that could be read back",
		]);
	});

	it("give a link that signs in at the web page, on a line of its own", async () => {
		node.chat.webDoorAt("https://chat.example.com");
		const [note, link, ...more] = await alice.type("/web");
		match(note ?? "", /^\* Open this before \d\d:\d\d; keep it to yourself:$/);
		match(link ?? "", /^https:\/\/chat\.example\.com\/#sign-in=[\w-]{43}$/);
		deepEqual(more, []);
	});

	it("are all in /help, each on one line of a usual terminal", async () => {
		const help = await alice.type("/help");
		for (const { word } of commands) {
			equal(
				help.filter((line) => line.startsWith(`  /${word} `)).length,
				1,
				word,
			);
		}
		equal(help.length, commands.length + 1);
		for (const line of help) equal(line.length <= 120, true, line);
	});

	it("are over with a clear sentence when one is turned off, and so is each new sign-in", async () => {
		const uri = "sip:bob@example.com" as UserUri;
		const sentence =
			"persistent chat is turned off for bob@example.com; an administrator can turn it on";
		const { rooms: all } = node.chat;
		const policy = (enabled: boolean) =>
			all.setPolicy(operator, { scope: uri, enabled, admit: false });
		const account = (active: boolean) =>
			all.changeUser(operator, uri, { active });
		for (const turn of [policy, account]) {
			const bob = await atTerminal("bob", { firstDelayMs: 1, maxDelayMs: 1 });
			others.push(bob);
			await turn(false);
			await until(() => bob.shown.includes(`You are signed out: ${sentence}`), {
				what: `the sentence in ${bob.shown.join("\n")}`,
			});
			await rejects(signIn(node, "bob"), {
				name: "ChatRefused",
				text: sentence,
			});
			await turn(true);
		}
	});
});
