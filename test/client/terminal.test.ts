import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readArguments, UsageError } from "../../client/terminal/arguments.ts";
import {
	harmless,
	harmlessLine,
	refusalText,
} from "../../client/terminal/harmless.ts";
import { clock, messageLines, styleFor } from "../../client/terminal/style.ts";
import { until } from "../support/until.ts";
import { Peer } from "./scripted-peer.ts";
import {
	acceptChat,
	history,
	joinData,
	message,
	relayed,
	room,
} from "./scripted-service.ts";

describe("Text of strangers on a terminal", () => {
	it("cannot send escape sequences, whether by ESC or by C1", () => {
		const text = harmless("a\x1b[2J\x1b]0;title\x07b\x9b31mc\x7f\r\x08d");
		assert.equal(text, "a␛[2J␛]0;title␇b\ufffd31mc␡␍␈d");
		for (const character of text)
			assert.ok((character.codePointAt(0) ?? 0) > 31);
	});

	it("keeps tabs, line feeds, emoji, CJK and right-to-left letters", () => {
		const text = "a\tb\nc 👩‍👩‍👧 漢字 שלום";
		assert.equal(harmless(text), text);
	});

	it("cannot turn the direction of what follows", () => {
		assert.equal(harmless("a\u202eb\u2066c\u2069"), "abc");
	});

	it("is one line where it is a name", () => {
		assert.equal(harmlessLine("Bob\n12:00 alice:\thi"), "Bob 12:00 alice: hi");
	});

	it("is a sentence where it is a refusal", () => {
		assert.equal(refusalText("ERROR_PERMISSION: you may not."), "You may not.");
		assert.equal(refusalText("no"), "No");
	});

	it("cannot look like another message", () => {
		const lines = messageLines(styleFor(false), {
			room,
			author: { uri: "sip:bob@contoso.com", name: "Bob\x1b[31m" },
			text: "one\n12:00 Alice: two\u202812:00 Alice: three",
			alert: false,
			sequence: 7,
			at: new Date(),
		}).split("\n");
		assert.match(lines[0] ?? "", /^\d\d:\d\d {3}#7 Bob␛\[31m: one$/);
		assert.equal(lines[1], "           12:00 Alice: two");
		assert.equal(lines[2], "           12:00 Alice: three");
	});

	it("has a colour per user that stays, and none where none is wanted", () => {
		const { name } = styleFor(true);
		const bob = name("Bob", "sip:bob@contoso.com");
		assert.ok(bob.startsWith("\x1b["));
		assert.equal(bob, name("Bob", "sip:BOB@contoso.com"));
		assert.equal(styleFor(false).name("Bob", "sip:bob@contoso.com"), "Bob");
	});

	it("says the day of what is not of today", () => {
		const now = new Date(2026, 10, 22, 12, 0);
		assert.equal(clock(new Date(2026, 10, 22, 8, 5), now), "08:05");
		assert.equal(clock(new Date(2026, 10, 21, 8, 5), now), "2026-11-21 08:05");
	});
});

describe("The command line of the terminal chat", () => {
	it("makes an address and the demo's password of a name", () => {
		assert.deepEqual(readArguments(["--as", "alice"], {}), {
			user: "sip:alice@example.com",
			password: "alice-pw",
			server: "sip:127.0.0.1:5060;transport=tcp",
			room: "Lobby",
			history: 25,
			color: true,
		});
	});

	it("takes a whole address, a domain, and the password of the environment", () => {
		const given = readArguments(["--as", "sip:bob@contoso.com"], {
			CHAT_PASSWORD: "x",
			CHAT_SERVER: "ws://127.0.0.1:1",
			NO_COLOR: "1",
		});
		assert.equal(given?.user, "sip:bob@contoso.com");
		assert.equal(given?.password, "x");
		assert.equal(given?.server, "ws://127.0.0.1:1");
		assert.equal(given?.color, false);
		assert.equal(
			readArguments(["--as", "bob", "--domain", "a.example"], {})?.user,
			"sip:bob@a.example",
		);
	});

	it("refuses what it does not know, in words", () => {
		const refused = (message: RegExp, ...args: string[]) =>
			assert.throws(
				() => readArguments(args, {}),
				(error) => error instanceof UsageError && message.test(error.message),
			);
		refused(/^--as says who you are/);
		refused(/^"a b" is no user/, "--as", "a b");
		refused(/^--history is a number/, "--as", "alice", "--history", "many");
		refused(/^There is no --frob here\.$/, "--as", "alice", "--frob");
		refused(/^There is no -x here\.$/, "--as", "alice", "-x");
		refused(/^--room needs a value: --room ROOM\.$/, "--as", "alice", "--room");
		refused(/^"alice" is too much/, "alice");
	});
});

describe("The terminal chat with its input from a pipe", () => {
	let peer: Peer;
	let program: ChildProcessWithoutNullStreams;
	let output: string;
	let errors: string;

	function start(...args: string[]): void {
		output = "";
		errors = "";
		program = spawn(
			process.execPath,
			[
				"--import",
				"tsx",
				"client/terminal/main.ts",
				"--as",
				"sip:alice@contoso.com",
				"--server",
				`sip:127.0.0.1:${peer.port};transport=tcp`,
				...args,
			],
			{ env: { PATH: process.env.PATH } },
		);
		program.stdout.on("data", (bytes) => {
			output += bytes;
		});
		program.stderr.on("data", (bytes) => {
			errors += bytes;
		});
	}

	async function signIn() {
		const connection = await peer.connection();
		connection.answer(await connection.receive("REGISTER"), "200 OK");
		connection.answer(await connection.receive("SUBSCRIBE"), "489 Bad Event");
		return connection;
	}

	async function signOut(
		connection: Awaited<ReturnType<typeof signIn>>,
	): Promise<number> {
		connection.answer(await connection.receive("BYE"), "200 OK");
		connection.answer(await connection.receive("REGISTER"), "200 OK");
		const [code] = await once(program, "close");
		return code;
	}

	beforeEach(async () => {
		peer = await Peer.listen();
	});

	afterEach(async () => {
		program.kill("SIGKILL");
		await peer.close();
	});

	it("shows the history and who is here, posts each line in order, and leaves at the end", async () => {
		start("--room", "Operations");
		program.stdin.end("first\nsecond\n");
		const connection = await signIn();
		const service = await acceptChat(connection);
		await service.serve(
			'criteria="Operations"',
			`<chanib uri="${room}" name="Operations"/>`,
		);
		await service.serve("cmd:join", joinData);
		await service.serve('<last cnt="1"/>', history(message(2, "ready?")));
		await service.serve(
			'<last cnt="25"/>',
			history(message(1, "good morning"), message(2, "ready?")),
		);
		for (const [index, text] of ["first", "second"].entries()) {
			const { body } = await service.info();
			assert.match(body, new RegExp(`<chat>${text}</chat>`));
			await service.tell(relayed(3 + index, text, "alice"));
		}
		assert.equal(await signOut(connection), 0);
		assert.equal(errors, "");
		const lines = output
			.split("\n")
			.map((line) => line.replace(/^.*\d\d:\d\d /, ""));
		assert.deepEqual(lines, [
			"  #1 bob: good morning",
			"  #2 bob: ready?",
			"* Operations: here are Bob (manager), Alice",
			"  #3 alice: first",
			"  #4 alice: second",
			"",
		]);
	});

	it("says which rooms there are when there is no such room", async () => {
		start("--room", "Nowhere");
		const connection = await signIn();
		const service = await acceptChat(connection);
		await service.serve("cmd:chansrch", "");
		await service.serve(
			'criteria=""',
			`<chanib uri="${room}" name="Operations"/>`,
		);
		assert.equal(await signOut(connection), 1);
		assert.match(errors, /no room "Nowhere".*There are: Operations/);
	});

	it("says that a post was refused, posts the rest, and ends with 1", async () => {
		start("--room", "Operations", "--history", "0");
		program.stdin.end("first\nsecond\n");
		const connection = await signIn();
		const service = await acceptChat(connection);
		await service.serve(
			"cmd:chansrch",
			`<chanib uri="${room}" name="Operations"/>`,
		);
		await service.serve("cmd:join", joinData);
		await service.serve("cmd:bccontext", "");
		await service.info("403 ERROR_PERMISSION");
		await service.info();
		await service.tell(relayed(4, "second", "alice"));
		assert.equal(await signOut(connection), 1);
		assert.match(errors, /^ERROR_PERMISSION$/m);
	});

	it("follows rooms, lists them with what is new, and follows them no more", async () => {
		start("--room", "Operations", "--history", "0");
		program.stdin.end("/follow\n/followed\n/unfollow operations\n/followed\n");
		const connection = await signIn();
		const service = await acceptChat(connection);
		const found = `<chanib uri="${room}" name="Operations"/>`;
		await service.serve("cmd:chansrch", found);
		await service.serve("cmd:join", joinData);
		await service.serve("cmd:bccontext", "");
		await service.serve("cmd:follow", `<chanib uri="${room}"/>`);
		await service.serve(
			'type="FOLLOWED"',
			`<chanib uri="${room}" name="Operations"><info id="urn:parlano:ma:info:unread">3</info><info id="urn:parlano:ma:info:addressed">1</info></chanib>`,
		);
		await service.serve('criteria="operations"', found);
		await service.serve("cmd:unfollow", `<chanib uri="${room}"/>`);
		await service.serve('type="FOLLOWED"', "");
		assert.equal(await signOut(connection), 0);
		const lines = output.split("\n");
		for (const line of [
			/^\* You follow Operations now\.$/,
			/Operations.* {2}3 new messages, 1 for you$/,
			/^\* You do not follow Operations any more\.$/,
			/^\* You follow no room: \/follow one\.$/,
		]) {
			assert.ok(
				lines.some((each) => line.test(each)),
				`${line} in ${output}`,
			);
		}
	});

	it("says in sentences what becomes of the room, of its people, and of oneself", async () => {
		start("--room", "Operations", "--history", "0");
		const connection = await signIn();
		const service = await acceptChat(connection);
		await service.serve(
			"cmd:chansrch",
			`<chanib uri="${room}" name="Operations"/>`,
		);
		await service.serve("cmd:join", joinData);
		await service.serve("cmd:bccontext", "");
		for (const notice of [
			`<ntc id="ntc:chanmodify" seqid="1"><data><chanib uri="${room}" name="Floor" description="Shift notes" behavior="AUDITORIUM"/></data></ntc>`,
			`<ntc id="ntc:permissions" seqid="1"><data><uib uri="sip:alice@contoso.com" uname="Alice"><aib key="12276" domain="contoso.com" value="094f5a4a-c492-4f6b-91c2-385eba134fd3"/></uib></data></ntc>`,
			`<ntc id="ntc:kick" seqid="1"><data><chanib uri="${room}" reason="the room is disabled"/></data></ntc>`,
		]) {
			await service.tell(notice);
		}
		await until(() => errors !== "", { what: "the kick" });
		program.stdin.end();
		await signOut(connection);
		const lines = output.split("\n");
		assert.deepEqual(lines.slice(1), [
			"* Operations is now called Floor",
			"* the room is an auditorium now: only its presenters post",
			"* you manage the room now",
			"* You are in no room now: /join one.",
			"",
		]);
		assert.equal(
			errors.trim(),
			"You were shown out of Floor: The room is disabled",
		);
	});

	it("says what an administrator did to messages, and who is invited where", async () => {
		start("--room", "Operations", "--history", "0");
		const connection = await signIn();
		const service = await acceptChat(connection);
		await service.serve(
			'criteria="Operations"',
			`<chanib uri="${room}" name="Operations"/>`,
		);
		await service.serve("cmd:join", joinData);
		await service.serve('<last cnt="1"/>', history(message(9, "before")));
		await service.tell(
			`<ntc id="ntc:chatdelete" seqid="1"><data><chanib uri="${room}"><msg chatId="3" through="5"/></chanib></data></ntc>`,
		);
		await service.tell(
			`<ntc id="ntc:chatmodify" seqid="1"><data><chanib uri="${room}"><chat>Gone \u202eaway.</chat><msg chatId="7"/></chanib></data></ntc>`,
		);
		await service.tell(
			'<ntc id="ntc:inv" seqid="1"><data><inv inviteId="7"><chanib uri="ma-chan://contoso.com/7" name="Board"/></inv></data></ntc>',
		);
		program.stdin.end();
		await signOut(connection);
		assert.match(output, /\* an administrator deleted messages 3-5\n/);
		assert.match(
			output,
			/\* an administrator replaced message 7: Gone away\.\n/,
		);
		assert.match(output, /\* You are invited to Board: \/join it\n/);
	});

	it("says what to do about a wrong password", async () => {
		start();
		const connection = await peer.connection();
		connection.answer(await connection.receive("REGISTER"), "403 Forbidden");
		const [code] = await once(program, "close");
		assert.equal(code, 1);
		assert.match(
			errors,
			/password for sip:alice@contoso.com is wrong.*--password/,
		);
	});

	it("says what to start when nobody answers", async () => {
		start("--server", "sip:127.0.0.1:1;transport=tcp");
		const [code] = await once(program, "close");
		assert.equal(code, 1);
		assert.match(errors, /no SIP server answers at sip:127.0.0.1:1.*npm start/);
	});
});
