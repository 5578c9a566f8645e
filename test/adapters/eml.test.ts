import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import eml from "../../adapters/eml/index.ts";
import type {
	ArchivedEvent,
	ComplianceAdapter,
} from "../../plugin/compliance/adapter.ts";
import { complianceAdapterContract } from "../contracts/compliance-adapter.ts";
import { localhostCertificate } from "../support/localhost-tls.ts";
import { type Part, readMail } from "../support/mime.ts";
import { type SmtpServer, startSmtpServer } from "../support/smtp-server.ts";
import { delivery } from "./delivery.ts";
import {
	alice,
	archived,
	bob,
	desk,
	happenings,
	lobby,
	mallory,
	oneOfEach,
	posted,
	report,
	reportBytes,
} from "./events.ts";

const context = { name: "journal", log: delivery().log };
const files = { [report.sha256]: reportBytes };
const envelope = {
	from: "chat@example.com",
	to: ["journal@archive.example.com"],
};
const forbidden = /[^\P{Cc}\t\r\n]/gu;

function leaf({ leaves }: Part, type: string): Buffer {
	const found = leaves.find((each) => each.type.startsWith(type));
	ok(found, `there is no ${type}`);
	return found.content;
}

const textOf = (mail: string) => leaf(readMail(mail), "text/plain").toString();
const htmlOf = (mail: string) => leaf(readMail(mail), "text/html").toString();
const header = (mail: string, name: string) =>
	readMail(mail).headers.get(name)?.join(" | ");

function eventsOf(mail: string): readonly ArchivedEvent[] {
	return leaf(readMail(mail), "application/x-ndjson")
		.toString()
		.split("\n")
		.slice(0, -1)
		.map((line) => JSON.parse(line) as ArchivedEvent);
}

/** What a browser shows in the rows of posted messages. */
function textsIn(mail: string): readonly string[] {
	return [
		...htmlOf(mail).matchAll(
			/<tr class="posted">.*?<div dir="auto" class="text">([\s\S]*?)<\/div>/g,
		),
	].map(([, text = ""]) =>
		text.replace(/&#(\d+);/g, (_, code: string) =>
			String.fromCharCode(Number(code)),
		),
	);
}

const temporary = () => mkdtempSync(join(tmpdir(), "persistent-chat-eml-"));

function mailsIn(directory: string): readonly string[] {
	return readdirSync(directory)
		.sort()
		.map((name) => readFileSync(join(directory, name), "latin1"));
}

const smtp = { host: "localhost", ...envelope };

complianceAdapterContract("eml, to a folder", {
	factory: eml,
	targetFails: true,
	forbidden,
	open: async () => {
		const parent = temporary();
		const directory = join(parent, "mails");
		const away = join(parent, "away");
		return {
			adapter: await eml({ directory }, context),
			texts: async () => mailsIn(directory).flatMap(textsIn),
			fail: async () => renameSync(directory, away),
			mend: async () => renameSync(away, directory),
			close: async () => rmSync(parent, { recursive: true }),
		};
	},
	refusedOptions: [
		{ options: {}, says: /^Error: tested: needs either directory or smtp$/ },
		{
			options: { directory: "x", smtp },
			says: /needs either directory or smtp/,
		},
		{ options: { directory: "/dev/null/x" }, says: /cannot be written to/ },
		{
			options: { directory: "x", mailBytes: 1 },
			says: /tested\.mailBytes: must be 100000/,
		},
		{
			options: { smtp: { ...smtp, to: ["a\r\nb@example.com"] } },
			says: /tested\.smtp\.to\.0: must be an address like/,
		},
		{
			options: { smtp: { ...smtp, to: [] } },
			says: /tested\.smtp\.to: must list journal addresses/,
		},
		{
			options: { smtp: { ...smtp, user: "chat" } },
			says: /needs user and password together/,
		},
		{
			options: {
				smtp: { ...smtp, security: "none", user: "chat", password: "env:X" },
			},
			says: /no password without tls or starttls/,
		},
		{
			options: {
				smtp: { ...smtp, user: "chat", password: "env:NO_SUCH_VARIABLE" },
			},
			says: /NO_SUCH_VARIABLE must hold the secret/,
		},
		{
			options: { smtp: { ...smtp, security: "maybe" } },
			says: /must be tls, starttls or none/,
		},
		{
			options: { smtp: { ...smtp, authorities: "/no/such/file" } },
			says: /authorities: \/no\/such\/file must be a readable file/,
		},
	],
});

complianceAdapterContract("eml, to a mail server", {
	factory: eml,
	targetFails: true,
	targetRefuses: true,
	forbidden,
	open: async () => {
		const server = await startSmtpServer();
		const options = {
			smtp: { ...smtp, host: "127.0.0.1", port: server.port, security: "none" },
		};
		return {
			adapter: await eml(options, context),
			texts: async () => server.delivered.flatMap(({ mail }) => textsIn(mail)),
			fail: () => server.stop(),
			mend: () => server.listen(),
			refuse: async (text) => {
				server.refusal = (command, content) =>
					command === "content" && textsIn(content).includes(text)
						? `554 5.6.0 ${text} is not wanted`
						: undefined;
			},
			close: () => server.stop(),
		};
	},
	refusedOptions: [],
});

describe("eml files", () => {
	let directory: string;
	const open = (mailBytes = 250_000_000) =>
		eml({ directory, mailBytes }, context);

	beforeEach(() => {
		directory = temporary();
	});

	afterEach(() => {
		rmSync(directory, { recursive: true });
	});

	it("are one mail a room and batch, and one of what is of no room", async () => {
		const batch = [
			...oneOfEach(),
			...archived([posted("elsewhere", { room: desk })], 19),
		];
		await (await open()).deliver(batch, delivery({ files }));
		deepEqual(readdirSync(directory).sort(), [
			"journal-000000000001-20260302T090000000Z-administration-1.eml",
			`journal-000000000003-20260302T090002000Z-${lobby.id}-1.eml`,
			`journal-000000000019-20260302T090018000Z-${desk.id}-1.eml`,
		]);
		deepEqual(
			mailsIn(directory)
				.flatMap(eventsOf)
				.toSorted((a, b) => a.position - b.position),
			batch,
		);
	});

	it("say who was there: from whoever acted first, to all", async () => {
		const batch = archived([
			posted("one", { actor: bob }),
			posted("two", { actor: alice }),
		]);
		await (await open()).deliver(
			batch,
			delivery({ present: { [lobby.id]: [mallory, alice] } }),
		);
		const [mail = ""] = mailsIn(directory);
		equal(header(mail, "from"), `${bob.displayName} <bob@example.com>`);
		equal(
			header(mail, "to"),
			'Bob "Bo" <Baker> & Söhne <bob@example.com>, "mallory@partner.example" <mallory@partner.example>, Alice Adams <alice.adams@example.com>',
		);
	});

	it("are from whoever acted first, also when he acts again and another is there who does nothing", async () => {
		const batch = archived([
			posted("one", { actor: alice }),
			posted("two", { actor: alice }),
		]);
		await (await open()).deliver(
			batch,
			delivery({ present: { [lobby.id]: [alice, bob] } }),
		);
		const [mail = ""] = mailsIn(directory);
		equal(header(mail, "from"), "Alice Adams <alice.adams@example.com>");
	});

	it("have headers that say what they are", async () => {
		await (await open()).deliver(oneOfEach(), delivery({ files }));
		const [, mail = ""] = mailsIn(directory);
		const names = [...readMail(mail).headers.keys()].filter((name) =>
			name.startsWith("x-"),
		);
		deepEqual(
			Object.fromEntries(names.map((name) => [name, header(mail, name)])),
			{
				"x-chat-adapter": "journal",
				"x-chat-room-name": "Lobby",
				"x-chat-room-id": lobby.id,
				"x-chat-room-uri": lobby.uri,
				"x-chat-room-category": "Trading",
				"x-chat-room-type": "normal",
				"x-chat-room-privacy": "open",
				"x-chat-period-start": "2026-03-02T09:00:02.000Z",
				"x-chat-period-end": "2026-03-02T09:00:16.000Z",
				"x-chat-event-count": "14",
				"x-chat-positions": "3-17",
				"x-chat-part": "1/1",
				"x-chat-replay": "no",
			},
		);
		equal(header(mail, "date"), "Mon, 02 Mar 2026 09:00:16 +0000");
	});

	it("tell everything that happened, what was deleted and replaced too", async () => {
		const { deleted, replaced, joined, parted } = happenings;
		await (await open()).deliver(
			archived([
				joined,
				posted("first line\nsecond line"),
				replaced,
				deleted,
				parted,
			]),
			delivery(),
		);
		const [mail = ""] = mailsIn(directory);
		const lines = textOf(mail).split("\r\n");
		deepEqual(lines.slice(lines.findIndex((line) => line.startsWith("2026"))), [
			"2026-03-02T09:00:00.000Z  Alice Adams (alice@example.com)  joined",
			"2026-03-02T09:00:01.000Z  Alice Adams (alice@example.com)  wrote message 1",
			"    first line",
			"    second line",
			"2026-03-02T09:00:02.000Z  Operator (root) (chat@example.com)  put another text in the place of message 1, which Alice Adams (alice@example.com) had written at 2026-03-02T09:00:01.000Z: first as it was, then as it is",
			"    Good morning",
			"    [removed]",
			"2026-03-02T09:00:03.000Z  Operator (root) (chat@example.com)  deleted message 1, which Alice Adams (alice@example.com) had written at 2026-03-02T09:00:01.000Z",
			"    Good morning",
			"2026-03-02T09:00:04.000Z  Alice Adams (alice@example.com)  was put out: not a member any more",
			"",
		]);
	});

	it("let nobody forge a line, a header or a tag", async () => {
		const forged =
			"x\r\n2026-03-02T09:00:09.000Z  Bob  wrote\u2028Bcc: a@b\nX-Forged: 1\r\n\r\n<script>1</script>\u001b[2J";
		const actor = {
			...alice,
			displayName: forged,
			email: "a@b>\r\nX-Forged: 2",
		};
		const room = {
			...lobby,
			name: forged,
			category: { ...lobby.category, name: forged },
		};
		await (await open()).deliver(
			archived([posted(forged, { actor, room })]),
			delivery(),
		);
		const [mail = ""] = mailsIn(directory);
		deepEqual(
			[...readMail(mail).headers.keys()].filter((name) =>
				/forged|bcc/.test(name),
			),
			[],
		);
		equal(header(mail, "to")?.endsWith("<alice@example.com>"), true);
		equal(
			textOf(mail)
				.split(/[\r\n\u2028]+/)
				.filter((line) => /^2026/.test(line)).length,
			1,
		);
		ok(!htmlOf(mail).includes("<script"));
		ok(!`${textOf(mail)}${htmlOf(mail)}`.includes("\u001b"));
	});

	it("have names of any script whole in headers", async () => {
		await (await open()).deliver(
			archived([posted("one", { room: desk })]),
			delivery(),
		);
		const [mail = ""] = mailsIn(directory);
		equal(header(mail, "x-chat-room-name"), desk.name);
		ok(/^[\t\r\n -~]*$/.test(mail), "the mail is ASCII");
		ok(mail.split("\r\n").every((line) => line.length <= 998));
	});

	it("hold uploaded files with their names and bytes", async () => {
		await (await open()).deliver(
			archived([happenings.uploaded]),
			delivery({ files }),
		);
		const [mail = ""] = mailsIn(directory);
		const part = readMail(mail).leaves.find(({ type }) =>
			type.startsWith("application/pdf"),
		);
		equal(part?.content.toString(), reportBytes);
		match(
			part?.headers.get("content-disposition")?.[0] ?? "",
			/^attachment; filename/,
		);
	});

	it("are not written while a file of theirs is not what it must be", async () => {
		const [uploaded] = archived([happenings.uploaded]);
		ok(uploaded);
		await rejects(
			(await open()).deliver(
				[uploaded],
				delivery({ files: { [report.sha256]: "altered" } }),
			),
			{ name: "Undeliverable", events: [uploaded.id] },
		);
		await rejects(
			(await open()).deliver([uploaded], delivery()),
			/There is no such file/,
		);
		deepEqual(readdirSync(directory), []);
	});

	it("attach no mail within the mail, and name files in one line", async () => {
		for (const type of ["message/rfc822", "multipart/mixed"]) {
			const name = "a\r\nX-Forged: 1\u202Efdp.exe";
			const file = { ...report, type, name };
			await (await open()).deliver(
				archived([{ ...happenings.uploaded, file }]),
				delivery({ files }),
			);
			const [mail = ""] = mailsIn(directory);
			const types = readMail(mail).leaves.map((each) => each.type);
			ok(types.some((each) => each.startsWith("application/octet-stream")));
			ok(!types.some((each) => each.startsWith(type)));
			ok(!/^X-Forged/m.test(mail));
			// Of the name, however it is encoded.
			ok(!/%0D|%0A|%E2%80%AE/i.test(mail));
		}
	});

	for (const [email, address] of [
		["alice+trading@example.com", "alice+trading@example.com"],
		["o'neil=x/y@example.com", "o'neil=x/y@example.com"],
		["a,b@example.com", '"a,b"@example.com'],
		["a..b@example.com", '"a..b"@example.com'],
		['a"b@example.com', '"a\\"b"@example.com'],
		["zoë@exämple.com", "zo%C3%AB@xn--exmple-cua.com"],
	] as const) {
		it(`name ${email} so that any mail server takes it, and nobody else is named`, async () => {
			await (await open()).deliver(
				archived([posted("one", { actor: { ...alice, email } })]),
				delivery(),
			);
			const [mail = ""] = mailsIn(directory);
			equal(header(mail, "from"), `Alice Adams <${address}>`);
		});
	}

	it("are not turned around by what is in a name", async () => {
		const displayName = "Mallory\u202E\u2066 knows";
		await (await open()).deliver(
			archived([posted("one", { actor: { ...alice, displayName } })]),
			delivery(),
		);
		const [mail = ""] = mailsIn(directory);
		for (const text of [textOf(mail), htmlOf(mail), header(mail, "from")]) {
			ok(text?.includes("Mallory\uFFFD\uFFFD knows"), text);
		}
	});

	it("escape apostrophes too, for whoever puts a cell into an attribute", async () => {
		const displayName = "O'Neil";
		await (await open()).deliver(
			archived([posted("it's", { actor: { ...alice, displayName } })]),
			delivery(),
		);
		const [mail = ""] = mailsIn(directory);
		ok(htmlOf(mail).includes("O&#39;Neil"));
		ok(htmlOf(mail).includes("it&#39;s"));
	});

	it("are split where they would be too big, nothing missing, each with its number", async () => {
		const batch = archived(
			Array.from({ length: 40 }, (_, index) =>
				posted(`${index} ${"é".repeat(2_000)}`),
			),
		);
		await (await open(200_000)).deliver(batch, delivery());
		const mails = mailsIn(directory);
		ok(mails.length > 2);
		ok(mails.every((mail) => mail.length <= 200_000));
		deepEqual(mails.flatMap(eventsOf), batch);
		deepEqual(
			mails.map((mail) => header(mail, "x-chat-part")),
			mails.map((_, index) => `${index + 1}/${mails.length}`),
		);
		equal(
			new Set(mails.map((mail) => header(mail, "message-id"))).size,
			mails.length,
		);
	});

	it("set aside what is too big for a mail by itself", async () => {
		const file = { ...report, bytes: 300_000 };
		const batch = archived([posted("one"), { ...happenings.uploaded, file }]);
		await rejects(
			(await open(200_000)).deliver(batch, delivery()),
			(error: Error) => {
				match(error.message, /too big for a mail.*Raise mailBytes/);
				deepEqual((error as Error & { events: unknown }).events, [
					batch[1]?.id,
				]);
				return error.name === "Undeliverable";
			},
		);
	});

	it("are the same, byte for byte, when a batch comes again", async () => {
		const adapter = await open();
		await adapter.deliver(oneOfEach(), delivery({ files }));
		const before = mailsIn(directory);
		await adapter.deliver(oneOfEach(), delivery({ files, attempt: 2 }));
		deepEqual(mailsIn(directory), before);
	});
});

describe("eml by SMTP", () => {
	let directory: string;
	let server: SmtpServer;
	let adapter: ComplianceAdapter | undefined;
	const open = async (more: object = {}) => {
		adapter = await eml(
			{
				smtp: {
					...smtp,
					host: "127.0.0.1",
					port: server.port,
					security: "none",
					timeoutMs: 5_000,
					...more,
				},
			},
			context,
		);
		return adapter;
	};
	const batch = archived([posted("one"), posted("two", { room: desk })]);

	beforeEach(async () => {
		directory = temporary();
		writeFileSync(join(directory, "authorities.pem"), localhostCertificate);
		writeFileSync(join(directory, "password"), "a password\n");
		server = await startSmtpServer();
	});

	afterEach(async () => {
		await adapter?.close?.();
		await server.stop();
		rmSync(directory, { recursive: true });
	});

	it("goes to the journal's addresses, whoever is named in the mail, over one connection", async () => {
		await (
			await open({ to: ["a@archive.example.com", "b@archive.example.com"] })
		).deliver(batch, delivery());
		deepEqual(
			server.delivered.map(({ from, to }) => ({ from, to })),
			[1, 2].map(() => ({
				from: "chat@example.com",
				to: ["a@archive.example.com", "b@archive.example.com"],
			})),
		);
		equal(server.connections, 1);
	});

	it("is encrypted and signed in when the server is known by its authority", async () => {
		await server.stop();
		server = await startSmtpServer({
			starttls: true,
			account: "chat:a password",
		});
		const account = {
			security: "starttls",
			user: "chat",
			password: `file:${join(directory, "password")}`,
		};
		await rejects(
			(await open(account)).deliver(batch, delivery()),
			/The mail server cannot be used \((ETLS|ESOCKET)\)\. It is tried again\./,
		);
		await adapter?.close?.();
		await (
			await open({
				...account,
				authorities: join(directory, "authorities.pem"),
			})
		).deliver(batch, delivery());
		deepEqual(
			server.delivered.map(({ encrypted, user }) => ({ encrypted, user })),
			[1, 2].map(() => ({ encrypted: true, user: "chat" })),
		);
	});

	it("says nothing unencrypted when the server offers no STARTTLS", async () => {
		await rejects(
			(await open({ security: "starttls" })).deliver(batch, delivery()),
			/cannot be used|refuses/,
		);
		deepEqual(server.delivered, []);
	});

	it("is tried again when the password is refused, which nobody gets to see", async () => {
		await server.stop();
		server = await startSmtpServer({ starttls: true, account: "chat:another" });
		const given = delivery();
		const error = await (
			await open({
				security: "starttls",
				authorities: join(directory, "authorities.pem"),
				user: "chat",
				password: `file:${join(directory, "password")}`,
			})
		)
			.deliver(batch, given)
			.catch((fault: unknown) => fault);
		ok(error instanceof Error);
		match(
			error.message,
			/refuses the user or the password \(535 5\.7\.8\)\. It is tried again\./,
		);
		ok(!`${error.stack}${JSON.stringify(given.lines)}`.includes("a password"));
	});

	for (const [command, answer, says] of [
		[
			"MAIL FROM",
			"550 5.7.1 not you",
			/refuses smtp\.from or an address of smtp\.to \(550 5\.7\.1\)/,
		],
		[
			"RCPT TO",
			"550 5.1.1 nobody here",
			/refuses smtp\.from or an address of smtp\.to \(550 5\.1\.1\)/,
		],
		[
			"RCPT TO",
			"450 4.2.0 greylisted",
			/refuses smtp\.from or an address of smtp\.to \(450 4\.2\.0\)/,
		],
		["content", "451 4.3.0 later", /\(451 4\.3\.0\)\. It is tried again\./],
		[
			"content",
			"552 5.2.2 mailbox full",
			/\(552 5\.2\.2\)\. It is tried again\./,
		],
	] as const) {
		it(`is tried again after ${command}: ${answer}, and what was taken is not sent twice`, async () => {
			const sender = await open();
			let mails = 0;
			server.refusal = (asked) => {
				if (asked === "MAIL FROM") mails += 1;
				return mails > 1 && asked === command ? answer : undefined;
			};
			await rejects(sender.deliver(batch, delivery()), (error: Error) => {
				match(error.message, says);
				return error.name === "Error";
			});
			server.refusal = () => undefined;
			await sender.deliver(batch, delivery({ attempt: 2 }));
			deepEqual(
				server.delivered.flatMap(({ mail }) => textsIn(mail)),
				["one", "two"],
			);
		});
	}

	it("is tried again when one of several journals refuses", async () => {
		server.refusal = (command, argument) =>
			command === "RCPT TO" && argument.includes("b@")
				? "550 5.1.1 no"
				: undefined;
		await rejects(
			(
				await open({ to: ["a@archive.example.com", "b@archive.example.com"] })
			).deliver(batch, delivery()),
			/refused 1 of the addresses in smtp\.to/,
		);
	});

	it("sets aside the one event whose mail is refused for good, without the server's words", async () => {
		server.refusal = (command, content) =>
			command === "content" && textsIn(content).includes("virus")
				? "554 5.7.1 I found a virus"
				: undefined;
		const poisoned = archived(
			["1", "2", "virus", "4", "5"].map((text) => posted(text)),
		);
		await rejects((await open()).deliver(poisoned, delivery()), {
			name: "Undeliverable",
			message: "The mail server refuses the mail for good (554 5.7.1).",
			events: [poisoned[2]?.id],
		});
		deepEqual(
			server.delivered.flatMap(({ mail }) => textsIn(mail)),
			["1", "2", "4", "5"],
		);
	});

	it("mails nothing twice when the others come again without what was refused", async () => {
		const sender = await open();
		server.refusal = (command, content) =>
			command === "content" && textsIn(content).includes("virus")
				? "554 5.7.1 I found a virus"
				: undefined;
		const poisoned = archived(
			["1", "2", "virus", "4", "5"].map((text) => posted(text)),
		);
		await rejects(sender.deliver(poisoned, delivery()));
		const rest = poisoned.filter((_, index) => index !== 2);
		await sender.deliver(rest, delivery());
		const texts = () => server.delivered.flatMap(({ mail }) => textsIn(mail));
		deepEqual(texts(), ["1", "2", "4", "5"]);
		await sender.deliver(rest, delivery({ replay: true }));
		deepEqual(texts(), ["1", "2", "4", "5", "1", "2", "4", "5"]);
	});

	for (const [command, answer] of [
		["MAIL FROM", "550 5.7.1 secret words"],
		["content", "451 4.3.0 secret words"],
	] as const) {
		it(`keeps the server's words to itself after ${command}: they are in no error and no cause of one`, async () => {
			server.refusal = (asked) => (asked === command ? answer : undefined);
			const error = await (await open())
				.deliver(batch, delivery())
				.catch((fault: unknown) => fault);
			ok(error instanceof Error);
			equal(error.cause, undefined);
			ok(!inspect(error, { depth: 9 }).includes("secret words"));
		});
	}

	for (const [answer, permanent] of [
		["503 5.5.1 bad sequence", false],
		["552 5.2.3 too long", true],
		["554 5.1.1 no such mailbox", false],
	] as const) {
		it(`${permanent ? "sets aside" : "tries again"} what is answered with ${answer}`, async () => {
			server.refusal = (asked) => (asked === "content" ? answer : undefined);
			await rejects(
				(await open()).deliver(batch.slice(0, 1), delivery()),
				({ name }: Error) => name === (permanent ? "Undeliverable" : "Error"),
			);
		});
	}

	it("is broken off when the delivery is aborted", async () => {
		const abort = new AbortController();
		server.refusal = (command) => {
			if (command === "DATA") abort.abort();
			return undefined;
		};
		await rejects(
			(await open()).deliver(batch, delivery({ signal: abort.signal })),
			{ name: "AbortError" },
		);
	});

	it("gives a file's own fault, and sends half a mail to nobody", async () => {
		await rejects(
			(await open()).deliver(archived([happenings.uploaded]), delivery()),
			/There is no such file/,
		);
		deepEqual(server.delivered, []);
	});
});
