/** The operator's commands, each against a service that runs. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { type Person, rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";
import { type Operator, startOperator } from "./door.ts";

describe("The command persistent-chat", () => {
	let operator: Operator;

	beforeEach(async () => {
		operator = await startOperator();
	});
	afterEach(() => operator.close());

	const type = (...words: string[]) => operator.type(...words);
	const refused = (reason: string, message: RegExp, ...words: string[]) =>
		rejects(operator.type(...words), { name: "Refused", reason, message });
	const misused = (message: RegExp, ...words: string[]) =>
		rejects(operator.type(...words), { name: "Misuse", message });

	async function walls() {
		await type("group", "add", "Traders", "--member", "alice,bob");
		await type("group", "add", "Analysts", "--member", "carol");
		await type(
			...["category", "add", "Trading", "--allow", "group:Traders"],
			...["--deny", "group:Analysts", "--creator", "alice"],
		);
		await type(
			...["room", "add", "Floor", "--category", "trading"],
			...["--member", "group:traders", "--manager", "alice"],
		);
	}

	it("adds a user who can sign in with the password, and lists, shows, changes and removes him", async () => {
		equal(
			await type("user", "add", "Erin", "--name", "Erin Walsh"),
			"Added erin@example.com.",
		);
		const erin = await signIn(operator.node, "erin", "tcp", {
			password: "typed-pw",
		});
		const ended = endOf(erin);
		await type("user", "set", "erin", "--email", "e@example.com", "--disable");
		await ended;
		await erin.chat.close();
		deepEqual(await operator.json("user", "get", "erin"), {
			uri: "sip:erin@example.com",
			name: "Erin Walsh",
			email: "e@example.com",
			active: false,
			enabled: false,
			groups: [],
			administrator: false,
		});
		match(
			await type("user", "list"),
			/^USER +NAME +E-MAIL +STATE\nalice@example\.com +Alice +- +enabled\n[\s\S]*erin@example\.com +Erin Walsh +e@example\.com +disabled$/,
		);
		match(await type("user", "list", "walsh"), /^USER.*\nerin@[^\n]*$/);
		equal(
			await type("user", "remove", "erin", "--yes"),
			"Removed erin@example.com.\nNobody lost anything.",
		);
		await refused(
			"no-such-principal",
			/no user sip:erin/,
			"user",
			"get",
			"erin",
		);
	});

	it("keeps nothing of a password but sums", async () => {
		await type("user", "add", "erin");
		const kept = JSON.stringify([
			await operator.node.database("users"),
			await operator.node.database("outbox"),
			operator.node.logged,
		]);
		equal(kept.includes("typed-pw"), false);
	});

	it("makes groups of users, domains and groups, and says who is meant when a name is wrong", async () => {
		await walls();
		match(
			await type(
				...["group", "add", "All", "--member", "group:Traders"],
				...["--member", "domain:sales.example.com,dave"],
			),
			/members +dave@example\.com, domain:sales\.example\.com, group:Traders|members +group:Traders, domain:sales\.example\.com, dave@example\.com/,
		);
		await refused(
			"no-such-principal",
			/no user Traders .*write group:Traders/,
			...["group", "set", "All", "--add-member", "Traders"],
		);
		await refused(
			"no-such-principal",
			/"user add zed" makes one/,
			...["group", "set", "All", "--add-member", "zed"],
		);
		await refused(
			"no-such-principal",
			/carol .*not among the members of Traders/,
			...["group", "set", "Traders", "--remove-member", "carol"],
		);
		match(
			await type("group", "set", "All", "--member", "", "--name", "Nobody"),
			/group +Nobody\nmembers +-/,
		);
		deepEqual(
			((await operator.json("group", "list")) as { name: string }[]).map(
				({ name }) => name,
			),
			["Analysts", "Nobody", "Traders"],
		);
		await type("group", "remove", "Nobody", "--yes");
		await refused("no-such-principal", /no group/, "group", "get", "Nobody");
	});

	it("says who may use persistent chat at all", async () => {
		const alice = await signIn(operator.node, "alice");
		const ended = endOf(alice);
		equal(
			await type("policy", "set", "alice", "off"),
			"Persistent chat is off for alice@example.com.\nROOM           WHO                IS NO LONGER\nLobby          alice@example.com  visitor\nOperations     alice@example.com  member\nAnnouncements  alice@example.com  visitor",
		);
		await ended;
		await alice.chat.close();
		match(await type("user", "get", "alice"), /state +off by policy/);
		await type("policy", "set", "domain:Example.com", "on", "--admit");
		deepEqual(await operator.json("policy", "list"), [
			{ scope: "domain:example.com", enabled: true, admit: true },
			{ scope: "everybody", enabled: true, admit: false },
			{ scope: "sip:alice@example.com", enabled: false, admit: false },
		]);
		await type("policy", "unset", "alice");
		equal(
			await type("policy", "set", "alcie", "off"),
			"Persistent chat is off for alcie@example.com.\nThe directory knows no alcie@example.com.\nNobody lost anything.",
		);
		await refused(
			"malformed",
			/^A policy is said of everybody, a domain .*not of a group/,
			...["policy", "set", "group:Traders", "off"],
		);
		await refused("no-such-principal", /said of/, "policy", "unset", "alice");
		await misused(/on or off/, "policy", "set", "alice", "maybe");
	});

	it("keeps the list of administrators", async () => {
		await type("administrator", "add", "alice", "bob");
		await type("administrator", "remove", "alice");
		deepEqual(await operator.json("administrator", "list"), [
			{ principal: "sip:bob@example.com", name: "Bob", known: true },
		]);
	});

	it("makes categories and shows who would lose what before they are narrowed", async () => {
		await walls();
		const narrowing = [
			...["category", "set", "Trading", "--remove-allow", "group:Traders"],
			...["--add-allow", "bob"],
		];
		match(
			await type(...narrowing, "--dry-run"),
			/^ROOM +WHO +WOULD NO LONGER BE\nFloor +alice@example\.com +member, manager\nNothing has been changed\.$/,
		);
		match(await type("category", "get", "Trading"), /allowed +group:Traders/);
		match(
			await type(...narrowing, "--history", "off"),
			/allowed +bob@example\.com\n[\s\S]*history +off/,
		);
		match(
			await type("category", "get", "Trading"),
			/kept +as the service says/,
		);
		for (const [days, words] of [
			["90", /^kept +for 90 days$/m],
			["ever", /^kept +for ever$/m],
			["default", /^kept +as the service says$/m],
		] as const) {
			match(
				await type("category", "set", "Trading", "--retain-days", days),
				words,
			);
		}
		for (const days of ["0", "36501", "1.5", "soon"]) {
			await misused(
				/--retain-days is a number of days from 1 to 36500, ever or default/,
				...["category", "set", "Trading", "--retain-days", days],
			);
		}
		await refused("in-use", /room/, "category", "remove", "Trading", "--yes");
		await misused(
			/--history is on or off/,
			...["category", "set", "Trading", "--history", "maybe"],
		);
	});

	it("makes rooms, changes them and finds them again", async () => {
		await walls();
		match(
			await type("room", "get", "FLOOR"),
			/category +Trading\nprivacy +closed\n[\s\S]*members +group:Traders\nmanagers +alice@/,
		);
		match(
			await type(
				...["room", "set", "Floor", "--add-member", "bob"],
				...["--remove-manager", "alice", "--privacy", "secret"],
				...["--add-in", "Prices", "--add-in-url", "https://p.example.com/"],
			),
			/privacy +secret\n[\s\S]*add-in +Prices \(https:\/\/p\.example\.com\/\)\n[\s\S]*managers +-/,
		);
		match(
			await type("room", "set", "Floor", "--no-add-in", "--disable"),
			/add-in +-\ndisabled +yes/,
		);
		match(
			await type("room", "list", "--member", "bob", "--disabled"),
			/^ROOM.*\nFloor +Trading +secret, disabled +0$/,
		);
		match(
			await type("room", "list", "--limit", "1"),
			/There are more: raise --limit/,
		);
		match(
			await type("room", "eligible", "Floor"),
			/alice@example\.com +Alice\nbob@example\.com +Bob$/,
		);
		await rejects(type("room", "remove", "Floor"), { name: "NotWanted" });
		equal(
			await type("room", "remove", "Floor", "--yes"),
			"Removed the room Floor.\nROOM   WHO                IS NO LONGER\nFloor  alice@example.com  member\nFloor  bob@example.com    member",
		);
		await refused("no-such-room", /no room "Floor"/, "room", "get", "Floor");
	});

	it("moves a room after showing who would lose what, and whoever is out is told", async () => {
		await walls();
		const bob = await signIn(operator.node, "bob");
		await bob.chat.join(rooms.operations);
		await type("group", "set", "Traders", "--remove-member", "bob");
		match(
			await type(
				...["room", "set", "Operations", "--category", "Trading", "--dry-run"],
			),
			/Operations +bob@example\.com +member, manager, participant/,
		);
		equal(bob.chat.joined.size, 1);
		match(
			await type("room", "set", "Operations", "--category", "Trading"),
			/people in it +0\nROOM +WHO +IS NO LONGER\nOperations +bob@example\.com +member, manager, participant$/,
		);
		await until(() => bob.chat.joined.size === 0, { what: "the kick" });
		await bob.chat.close();
		await misused(/Say what/, "room", "set", "Operations", "--dry-run");
	});

	it("wants an id where two secret rooms have one name", async () => {
		for (const category of ["General", "General"]) {
			await type(
				...["room", "add", "Twin", "--category", category],
				...["--privacy", "secret"],
			);
		}
		await rejects(type("room", "get", "Twin"), (error: Error) => {
			match(error.message, /2 rooms are named "Twin".*\(in General\)/);
			return true;
		});
		const [twin] = (await operator.json("room", "list", "Twin")) as {
			id: string;
		}[];
		match(await type("room", "get", twin?.id ?? ""), /room +Twin/);
	});

	it("deletes and replaces messages once it has said how many are meant", async () => {
		const alice = await signIn(operator.node, "alice");
		await alice.chat.join(rooms.lobby);
		for (const text of ["one", "two plans", "three plans"]) {
			await alice.chat.post(rooms.lobby, text);
		}
		const plans = ["--room", "Lobby", "--words", "plans"];
		equal(
			await type("message", "delete", ...plans, "--dry-run"),
			"2 messages are meant. Nothing has been changed.",
		);
		await rejects(type("message", "delete", ...plans), {
			name: "Misuse",
			message: "Delete 2 messages in Lobby, for good?",
		});
		equal(
			await type("message", "replace", ...plans, "--number", "2", "--yes"),
			"One message is replaced.",
		);
		equal(
			await type(
				...["message", "delete", "--author", "alice", "--words", "three two"],
				...["--match", "any", "--yes"],
			),
			"One message is deleted.",
		);
		const texts = (await alice.chat.history(rooms.lobby, 10)).map(
			({ text }) => text,
		);
		deepEqual(
			[texts.length, texts[0], /replaced/.test(texts[1] ?? "")],
			[2, "one", true],
		);
		equal(
			await type("message", "clear", "Lobby", "--before", "now", "--yes"),
			"2 messages are deleted.",
		);
		await alice.chat.close();
		await misused(/Say which messages/, "message", "delete", "--yes");
		await misused(
			/--from is a date/,
			...["message", "delete", "--from", "yesterday"],
		);
		await misused(/--before says/, "message", "clear", "Lobby");
		await refused(
			"malformed",
			/say which room/,
			...["message", "delete", "--number", "3", "--yes"],
		);
	});

	it("lists the messages of any room, with their numbers, harmless; it is recorded", async () => {
		const alice = await signIn(operator.node, "alice");
		await alice.chat.join(rooms.operations);
		for (const text of ["one", "two\u202e\u001b[2J\nlines", "three"]) {
			await alice.chat.post(rooms.operations, text.replace("\u001b", "\u009b"));
		}
		await alice.chat.post(rooms.operations, "four", { alert: true });
		await type("category", "set", "General", "--history", "off");
		const message = ["message", "--room", "Operations", "--number", "1"];
		const replace = [...message.slice(0, 1), "replace", ...message.slice(1)];
		await type(...replace, "--text", "Gone.", "--yes");
		const time = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d";
		match(
			await type("message", "list", "operations"),
			new RegExp(
				[
					"^NUMBER +POSTED +AUTHOR +TEXT",
					` +1 +${time} +alice@example\\.com +\\(replaced\\) Gone\\.`,
					` +2 +${time} +alice@example\\.com +two\ufffd\\[2J lines`,
					` +3 +${time} +alice@example\\.com +three`,
					` +4 +${time} +alice@example\\.com +! four$`,
				].join("\n"),
			),
		);
		match(
			await type("message", "list", "Operations", "--last", "2"),
			/^NUMBER.*\n +3 .*\n +4 .*\nThere are older ones: --below 3 shows them\.$/,
		);
		match(
			await type(
				...["message", "list", "Operations", "--last", "1", "--below", "3"],
			),
			/^NUMBER.*\n +2 [^\n]*\nThere are older ones: --below 2 shows them\.$/,
		);
		const [first] = (await operator.json(
			...["message", "list", "Operations", "--before", "now", "--last", "4"],
		)) as { number: number; text: string; replaced: boolean }[];
		deepEqual(
			[first?.number, first?.text, first?.replaced],
			[1, "Gone.", true],
		);
		equal(
			await type("message", "list", "Operations", "--before", "2020-01-01"),
			"There is no such message.",
		);
		await alice.chat.close();
		const rows = await operator.node
			.database("outbox")
			.where({ type: "viewed" });
		equal(rows.length, 5, "also when there was nothing to see");
		match(JSON.stringify(rows), /Operator \(tester\)/);
		await misused(
			/--last is a whole number from 1 to 500, not "0"/,
			...["message", "list", "Operations", "--last", "0"],
		);
		await refused("no-such-room", /no room "X"/, "message", "list", "X");
	});

	it("says of an author whom the directory does not know that there is none", async () => {
		equal(
			await type("message", "delete", "--author", "alcie,bob"),
			"0 messages are meant. Nothing has been changed.\nThe directory knows no alcie@example.com.",
		);
	});

	it("refuses groups that would be within themselves", async () => {
		await type("group", "add", "Inner");
		await type("group", "add", "Middle", "--member", "alice,group:Inner");
		await type("group", "add", "Outer", "--member", "group:Middle");
		for (const inner of ["Inner", "Middle"]) {
			await refused(
				"malformed",
				new RegExp(`${inner} is in the group Outer, itself or by another`),
				...["group", "set", inner, "--add-member", "bob,group:Outer"],
			);
		}
		await refused(
			"malformed",
			/cannot be a member of itself/,
			...["group", "set", "Inner", "--add-member", "group:inner"],
		);
		await type("group", "set", "Outer", "--add-member", "group:Inner");
	});

	it("takes lists with commas, also of groups whose names have some", async () => {
		await type("group", "add", 'Front, "back"', "--member", "carol");
		await type("group", "add", "Desk");
		const list = 'bob,group:"Front, ""back""",group:Desk , alice';
		const text = await type("group", "add", "All", "--member", list);
		const members = /members +(.*)$/.exec(text)?.[1] ?? "";
		match(members, /bob@example\.com/);
		equal(members.includes('group:"Front, ""back"""'), true, members);
		// What it shows can be given back.
		await type("group", "set", "All", "--remove-member", members);
		match(await type("group", "get", "All"), /members +-$/);
		await misused(
			/a quote is not closed/,
			...["group", "set", "All", "--add-member", 'group:"Front'],
		);
	});

	it("aligns tables by what a terminal shows", async () => {
		const names = ["漢字", "한글", "👩‍👩‍👧 👍🏽 ❤️", "e\u0301t\u00e9", "plain"];
		for (const [index, name] of names.entries()) {
			await type("user", "add", `u${index}`, "--name", name);
		}
		const lines = (await type("user", "list", "u")).split("\n");
		const columns = ["漢字".length * 2, 4, 8, 3, 5];
		const wanted = names.map((name, index) => {
			const blanks = " ".repeat(8 - (columns[index] ?? 0) + 2);
			return `u${index}@example.com  ${name}${blanks}-       enabled`;
		});
		for (const line of wanted) {
			equal(lines.includes(line), true, `${line} in\n${lines.join("\n")}`);
		}
	});

	it("says what is wrong in sentences of its own", async () => {
		await misused(
			/^There is no --memb here\. Is it --member that you mean\?$/,
			...["group", "add", "X", "--memb", "alice"],
		);
		await misused(
			/^--name needs a value: --name TEXT\.$/,
			"group",
			"set",
			"X",
			"--name",
		);
		await misused(
			/^--name needs a value: --name TEXT; .* is written --name=--yes\.$/,
			...["group", "set", "X", "--name", "--yes"],
		);
		await misused(/^--json has no value\.$/, "group", "list", "--json=1");
		await refused(
			"malformed",
			/^"name" must not be empty\.$/,
			...["room", "set", "Lobby", "--name", ""],
		);
		await refused(
			"malformed",
			/^"description" may have at most 1000 characters\.$/,
			...["room", "set", "Lobby", "--description", "x".repeat(1001)],
		);
		await refused(
			"malformed",
			/^Entry 2 of "members\.add" may have at most 300 characters\.$/,
			...["room", "set", "Lobby", "--add-member", `alice,${"x".repeat(301)}`],
		);
	});

	it("records who did it", async () => {
		await type("group", "add", "Traders");
		const rows = await operator.node.database("outbox");
		match(JSON.stringify(rows), /Operator \(tester\)/);
	});

	it("explains itself on every level", async () => {
		match(await type(), /user +add, set, remove, get, list[\s\S]*Exit status/);
		match(await type("room", "--help"), /room eligible[\s\S]*For example/);
		match(
			await type("room", "set", "--help"),
			/--remove-presenter WHO[\s\S]*For example/,
		);
		await misused(/no "rooms" here: it is user, group/, "rooms", "list");
		await misused(/it is add, set, remove/, "room", "make");
		await misused(/no --prot here/, "room", "list", "--prot");
		await misused(/NAME is missing/, "room", "get");
		await misused(/put in quotes/, "room", "get", "Trading", "floor");
		await misused(/Say what is to be changed/, "room", "set", "Lobby");
	});

	it("shows names of strangers without their control characters", async () => {
		// As a script has written it, or a version before this one.
		await operator.node.store.transaction((tx) =>
			tx.users.add({
				uri: "sip:eve@example.com" as never,
				displayName: "E\u202eve",
				guid: "eve",
				active: true,
			}),
		);
		equal((await type("user", "get", "eve")).includes("\u202e"), false);
	});
});

/** Resolves when the service has ended his dialog. */
function endOf({ chat }: Person): Promise<void> {
	return new Promise((resolve) => chat.on("disconnected", () => resolve()));
}
