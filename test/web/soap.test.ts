/** `MGCWebService.asmx`: files by SOAP, as literal XML over a real socket; each fault; and what attackers try. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Actor, FileId, RoomId, UserUri } from "../../plugin/index.ts";
import { operator } from "../support/domain.ts";
import { fileExchange } from "./file-exchange.ts";
import { type Answer, type Site, startSite } from "./site.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const operations = "00000000-0000-4000-8000-000000000002" as RoomId;
const path = "/PersistentChat/MGCWebService.asmx";
const open =
	'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">';
const declaration = '<?xml version="1.0" encoding="utf-8"?>';

const inEnvelope = (body: string) =>
	`${declaration}${open}<soap:Body>${body}</soap:Body></soap:Envelope>`;
const inOperation = (operation: string, fields: string) =>
	inEnvelope(
		`<${operation} xmlns="http://www.microsoft.com">${fields}</${operation}>`,
	);
const answered = (operation: string, result: string) =>
	inEnvelope(
		`<${operation}Response xmlns="http://www.microsoft.com"><${operation}Result>${result}</${operation}Result></${operation}Response>`,
	);
const fault = (code: string, sentence: string, reason?: string) =>
	inEnvelope(
		`<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>${sentence}</faultstring>${reason === undefined ? "" : `<detail><reason>${reason}</reason></detail>`}</soap:Fault>`,
	);
const notValid = fault(
	"Client",
	"This token is not valid, or not any more; ask for another one.",
	"invalid-token",
);

describe("MGCWebService.asmx", () => {
	let directory: string;
	let site: Site;
	let clock = Date.now();

	before(async () => {
		directory = await mkdtemp(join(tmpdir(), "web-soap-"));
		site = await startSite({
			now: () => new Date(clock),
			node: { service: { files: { directory } } },
		});
	});
	after(async () => {
		await site?.close();
		await rm(directory, { recursive: true, force: true });
	});

	const as = async (name: string): Promise<Actor> => {
		const uri = `sip:${name}@example.com` as UserUri;
		const user = await site.node.store.users.find(uri);
		return {
			uri,
			displayName: user?.displayName ?? "",
			guid: user?.guid ?? "",
		};
	};
	const upToken = async (name = "alice", file = "notes.txt") => {
		const actor = await as(name);
		const wanted = { room: lobby, name: file };
		return (await site.node.chat.rooms.grantUpload(actor, wanted)).token;
	};
	const downToken = async (name = "bob", file?: FileId) => {
		const actor = await as(name);
		const wanted = { room: lobby, file };
		return (await site.node.chat.rooms.grantDownload(actor, wanted)).token;
	};

	function post(
		body: string,
		action: string | undefined,
		headers: Readonly<Record<string, string>> = {},
	): Promise<Answer> {
		return site.browser().ask("POST", path, {
			body,
			headers: {
				"content-type": "text/xml; charset=utf-8",
				...(action !== undefined && { soapaction: action }),
				...headers,
			},
		});
	}
	const call = (operation: string, fields: string) =>
		post(
			inOperation(operation, fields),
			`"http://www.microsoft.com/${operation}"`,
		);
	/** What is told of an operation that is done. */
	async function done(operation: string, fields: string): Promise<string> {
		const { status, text, headers } = await call(operation, fields);
		equal(status, 200, text);
		equal(headers["content-type"], "text/xml; charset=utf-8");
		const shape = answered(operation, "§").split("§");
		equal(text.startsWith(shape[0] ?? "-"), true, text);
		return text.slice(shape[0]?.length, -(shape[1]?.length ?? 0));
	}
	async function refused(operation: string, fields: string, expected: string) {
		const { status, text } = await call(operation, fields);
		equal(text, expected);
		equal(status, 500);
	}
	const who = (token: string, room: string = lobby) =>
		`<token>${token}</token><channelId>${room}</channelId>`;
	const nameFor = (token: string) =>
		done(
			"RequestUniqueFilenameWithExtension",
			`${who(token)}<extension>txt</extension>`,
		);
	const piece = (
		token: string,
		name: string,
		bytes: Buffer | string,
		{ offset = 0, length = bytes.length, room = lobby as string } = {},
	) =>
		`${who(token, room)}<uniqueFilename>${name}</uniqueFilename><fileChunk>${Buffer.from(bytes).toString("base64")}</fileChunk><offset>${offset}</offset><fileLength>${length}</fileLength>`;
	async function bring(bytes: string): Promise<string> {
		const token = await upToken();
		const name = await nameFor(token);
		const { status, text } = await call(
			"AppendChunk",
			piece(token, name, bytes),
		);
		equal(status, 200, text);
		return name;
	}
	const wanted = (name: string, offset: number, size: number) =>
		`<reposFileName>${name}</reposFileName><offset>${offset}</offset><bufferSize>${size}</bufferSize>`;

	describe("does", () => {
		it("tell its limits, in kilobytes", async () => {
			equal(await done("GetMaxFileSizeInKB", ""), "20000");
			equal(await done("GetMaxRequestContentInKB", ""), "256");
		});

		it("take a file in pieces under a name that it gives, and have it there for who may read", async () => {
			const token = await upToken();
			const name = await nameFor(token);
			match(name, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.txt$/);
			equal(await nameFor(token), name);
			const bytes = randomBytes(300_000);
			const length = bytes.length;
			const first = await call(
				"AppendChunk",
				piece(token, name, bytes.subarray(0, 200_000), { length }),
			);
			equal(
				first.text,
				inEnvelope('<AppendChunkResponse xmlns="http://www.microsoft.com"/>'),
			);
			equal(
				await done(
					"GetFileSize",
					`${who(token)}<reposFileName>${name}</reposFileName>`,
				),
				"200000",
			);
			const last = piece(token, name, bytes.subarray(200_000), {
				offset: 200_000,
				length,
			});
			equal((await call("AppendChunk", last)).status, 200);
			equal((await call("AppendChunk", last)).status, 200, "its answer lost");
			const down = await downToken();
			equal(
				await done(
					"GetFileSize",
					`${who(down)}<reposFileName>${name}</reposFileName>`,
				),
				"300000",
			);
			const pieces: Buffer[] = [];
			for (const offset of [0, 128_000, 256_000, 300_000]) {
				const told = await done(
					"DownloadChunk",
					`${who(down)}${wanted(name, offset, 128_000)}`,
				);
				pieces.push(Buffer.from(told, "base64"));
			}
			equal(Buffer.concat(pieces).equals(bytes), true);
			const alice = await site.signedIn("alice");
			const listed = await alice.ask("GET", `/api/rooms/${lobby}/files`);
			const [file] = (listed.json as { files: { name: string; id: string }[] })
				.files;
			deepEqual([file?.name, `${file?.id}.txt`], ["notes.txt", name]);
		});

		it("take the very message that a client sends", async () => {
			const token = await upToken();
			const name = await nameFor(token);
			const body = `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <s:Header><trace xmlns="urn:example" s:mustUnderstand="0">7</trace></s:Header>
  <s:Body>
    <AppendChunk xmlns="http://www.microsoft.com">
      <token>${token}</token>
      <channelId>${lobby}</channelId>
      <uniqueFilename>${name}</uniqueFilename>
      <fileChunk>aGVs
bG8=</fileChunk>
      <offset>0</offset>
      <fileLength>5</fileLength>
    </AppendChunk>
  </s:Body>
</s:Envelope>`;
			const { status, text } = await post(
				body,
				"http://www.microsoft.com/AppendChunk",
			);
			equal(status, 200, text);
		});

		it("have what was brought by a page, and the other way round", async () => {
			const alice = await site.signedIn("alice");
			const bob = await site.signedIn("bob");
			const files = fileExchange(site);
			const id = await files.bring(alice, {
				...{ room: lobby, name: "page.txt" },
				body: "from a page",
			});
			const down = await downToken("bob", id as FileId);
			equal(
				await done("DownloadChunk", `${who(down)}${wanted(id, 0, 1_000)}`),
				Buffer.from("from a page").toString("base64"),
			);
			const [soap = ""] = (await bring("from SOAP")).split(".");
			const had = await files.exchange(
				"GET",
				`/api/rooms/${lobby}/files/${soap}`,
				{ by: bob },
			);
			equal(String(had.body), "from SOAP");
		});
	});

	describe("answers with a fault", () => {
		it("what is no envelope of SOAP 1.1", async () => {
			const version = await post(
				'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>',
				'""',
			);
			equal(
				version.text,
				fault(
					"VersionMismatch",
					"The Envelope must be of SOAP 1.1: http://schemas.xmlsoap.org/soap/envelope/",
				),
			);
			equal(version.status, 500);
			for (const [body, sentence] of [
				["<hello/>", "The message must have an Envelope."],
				[`${open}</soap:Envelope>`, "The message must have one Body."],
				[
					`${open}<soap:Body/></soap:Envelope>`,
					"The message must have one operation in its Body.",
				],
				[
					`${open}<soap:Body><a/><b/></soap:Body></soap:Envelope>`,
					"The message must have one operation in its Body.",
				],
				[
					`${open}<soap:Body><GetMaxFileSizeInKB/></soap:Body></soap:Envelope>`,
					"The message must have an operation of http://www.microsoft.com.",
				],
			] as const) {
				const { status, text } = await post(body, '""');
				equal(text, fault("Client", sentence, "malformed"));
				equal(status, 500);
			}
		});

		it("a header that must be understood, unless it is for somebody else", async () => {
			const withHeader = (attributes: string) =>
				`${open}<soap:Header><lock xmlns="urn:x" ${attributes}/></soap:Header><soap:Body><GetMaxFileSizeInKB xmlns="http://www.microsoft.com"/></soap:Body></soap:Envelope>`;
			const action = '"http://www.microsoft.com/GetMaxFileSizeInKB"';
			const must = await post(withHeader('soap:mustUnderstand="1"'), action);
			equal(
				must.text,
				fault("MustUnderstand", "The header lock is not understood here."),
			);
			for (const attributes of [
				'soap:mustUnderstand="0"',
				'mustUnderstand="1"',
				'soap:mustUnderstand="1" soap:actor="urn:somebody-else"',
			]) {
				equal((await post(withHeader(attributes), action)).status, 200);
			}
		});

		it("a SOAPAction that is missing or another, and an operation that there is not", async () => {
			const body = inOperation("GetMaxFileSizeInKB", "");
			for (const action of [
				undefined,
				"",
				'""',
				'"http://www.microsoft.com/AppendChunk"',
			]) {
				const { text } = await post(body, action);
				equal(
					text,
					fault(
						"Client",
						'The header SOAPAction must be "http://www.microsoft.com/GetMaxFileSizeInKB".',
						"malformed",
					),
				);
			}
			await refused(
				"DeleteEverything",
				"",
				fault(
					"Client",
					"There is no operation DeleteEverything.",
					"unknown-command",
				),
			);
		});

		it("a field that is missing or not what it must be", async () => {
			const token = await upToken();
			const name = await nameFor(token);
			const good = piece(token, name, "hello");
			for (const [fields, sentence] of [
				[
					"<offset>0</offset><fileLength>5</fileLength><fileChunk>aGVsbG8=</fileChunk>",
					"The field token is missing.",
				],
				[
					good.replace("channelId>", "room>").replace("channelId>", "room>"),
					"The field channelId is missing.",
				],
				[good.replace(lobby, "lobby"), "channelId must be a GUID."],
				[
					good.replace("<offset>0", "<offset>-1"),
					"offset must be a whole number.",
				],
				[
					good.replace("<fileLength>5", "<fileLength>1e3"),
					"fileLength must be a whole number.",
				],
				[
					good.replace("aGVsbG8=", "aGVsbG8"),
					"fileChunk must be base64, and not empty.",
				],
				[
					good.replace("aGVsbG8=", ""),
					"fileChunk must be base64, and not empty.",
				],
				[
					good.replace("<fileLength>5", "<fileLength>0"),
					"A file has at least one byte.",
				],
			] as const) {
				const { text } = await call("AppendChunk", fields);
				equal(text.includes(sentence), true, `${sentence}: ${text}`);
				match(text, /<faultcode>soap:Client<\/faultcode>/);
			}
			equal((await call("AppendChunk", good)).status, 200);
		});

		it("a piece that does not follow the one before, or is of a file of another size", async () => {
			const token = await upToken();
			const name = await nameFor(token);
			const append = (bytes: string, offset: number, length: number) =>
				call("AppendChunk", piece(token, name, bytes, { offset, length }));
			match((await append("later", 5, 10)).text, /no-such-file/);
			equal((await append("hello", 0, 10)).status, 200);
			match((await append("again", 0, 10)).text, /<reason>conflict/);
			match((await append("gap", 7, 10)).text, /<reason>conflict/);
			match((await append("other", 5, 11)).text, /<reason>conflict/);
			match((await append("too much", 5, 10)).text, /<reason>too-large/);
			const size = `${who(token)}<reposFileName>${name}</reposFileName>`;
			const here = Number(await done("GetFileSize", size));
			equal(here >= 5 && here <= 10, true);
		});

		it("a file that is not there, a range that is none of it, and more than one answer holds", async () => {
			const name = await bring("hello");
			const down = await downToken();
			const get = (offset: number, size: number) =>
				call("DownloadChunk", `${who(down)}${wanted(name, offset, size)}`);
			match((await get(6, 5)).text, /<reason>malformed/);
			match((await get(0, 0)).text, /<reason>too-large/);
			match((await get(0, 1_048_577)).text, /<reason>too-large/);
			equal((await get(0, 1_048_576)).status, 200);
			const nothing = "00000000-0000-4000-8000-0000000000f1";
			await refused(
				"GetFileSize",
				`${who(await downToken())}<reposFileName>${nothing}</reposFileName>`,
				fault("Client", "There is no such file in this room.", "no-such-file"),
			);
		});
	});

	describe("refuses", () => {
		it("none for its many prefixes, however many parts have their own: they are not kept for each", async () => {
			const prefixes = Array.from(
				{ length: 4_900 },
				(_, index) => `xmlns:q${index.toString(36)}="b"`,
			).join(" ");
			const before = process.memoryUsage().rss;
			const { status, text } = await post(
				open.replace(">", ` ${prefixes}>`) +
					'<h xmlns:p="x"/>'.repeat(4_900) +
					'<soap:Body><GetMaxFileSizeInKB xmlns="http://www.microsoft.com"/></soap:Body></soap:Envelope>',
				'"http://www.microsoft.com/GetMaxFileSizeInKB"',
			);
			equal(status, 200, text);
			// Kept for each, they would be 24 million.
			ok(process.memoryUsage().rss - before < 400 * 1024 * 1024);
		});

		it("a token that is made up, used for another file or room, or brought the wrong way", async () => {
			const name = await bring("secret notes");
			const other = await bring("other notes");
			const madeUp = "00000000-0000-4000-8000-00000000dead";
			const size = (token: string, file = name, room: string = lobby) =>
				[
					"GetFileSize",
					`${who(token, room)}<reposFileName>${file}</reposFileName>`,
				] as const;
			await refused(...size(madeUp), notValid);
			await refused(...size("../../x"), notValid);
			await refused(...size(await upToken()), notValid);
			await refused(
				"RequestUniqueFilenameWithExtension",
				`${who(await downToken())}<extension>txt</extension>`,
				notValid,
			);
			const down = await downToken();
			equal(await done(...size(down)), "12");
			await refused(...size(down, other), notValid);
			await refused(...size(down, name, operations), notValid);
			const named = await downToken("bob", name.split(".")[0] as FileId);
			await refused(...size(named, other), notValid);
			equal(await done(...size(named)), "12");
			const up = await upToken();
			const mine = await nameFor(up);
			for (const wrong of [name, `${mine}x`, "../x.txt"]) {
				await refused("AppendChunk", piece(up, wrong, "x"), notValid);
			}
			await refused(
				"AppendChunk",
				piece(up, mine, "x", { room: operations }),
				notValid,
			);
			await refused("AppendChunk", piece(await upToken(), mine, "x"), notValid);
			await refused(
				"DownloadChunk",
				`${who(up)}${wanted(name, 0, 10)}`,
				notValid,
			);
		});

		it("a token that was used by PUT, and one after half an hour", async () => {
			const { exchange } = fileExchange(site);
			const put = await upToken();
			const { status } = await exchange("PUT", `/files/${lobby}`, {
				headers: { authorization: `Bearer ${put}` },
				body: "by PUT",
			});
			equal(status, 201);
			const asked = "RequestUniqueFilenameWithExtension";
			await refused(asked, `${who(put)}<x>txt</x>`, notValid);
			const soap = await upToken();
			const name = await nameFor(soap);
			const used = await exchange("PUT", `/files/${lobby}`, {
				headers: { authorization: `Bearer ${soap}` },
				body: "again",
			});
			equal(used.status, 403);
			clock += 30 * 60_000 + 1;
			await refused("AppendChunk", piece(soap, name, "late"), notValid);
		});

		it("who has lost his right since the token was given", async () => {
			const { rooms } = site.node.chat;
			const made = await rooms.createRoom(operator, {
				name: "For a while",
				category: "00000000-0000-4000-8000-00000000c001" as never,
				privacy: "closed",
				roles: {
					member: ["sip:carol@example.com" as never],
					manager: [],
					presenter: [],
				},
			});
			const room = made.room.id;
			const carol = await as("carol");
			const up = (await rooms.grantUpload(carol, { room, name: "a.txt" }))
				.token;
			const name = await done(
				"RequestUniqueFilenameWithExtension",
				`${who(up, room)}<extension>txt</extension>`,
			);
			const half = { length: 10, room };
			equal(
				(await call("AppendChunk", piece(up, name, "hello", half))).status,
				200,
			);
			await rooms.changeRoom(operator, room, {
				roles: { member: { remove: ["sip:carol@example.com" as never] } },
			});
			const last = piece(up, name, "world", { ...half, offset: 5 });
			match((await call("AppendChunk", last)).text, /<reason>forbidden/);
		});

		it("entities, depth, other encodings, other types, and more than fits", async () => {
			const action = '"http://www.microsoft.com/GetMaxFileSizeInKB"';
			for (const body of [
				`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${inOperation("GetMaxFileSizeInKB", "<a>&e;</a>").slice(declaration.length)}`,
				inOperation("GetMaxFileSizeInKB", "<a>&lol;</a>"),
				inOperation(
					"GetMaxFileSizeInKB",
					`${"<a>".repeat(40)}${"</a>".repeat(40)}`,
				),
				inOperation("GetMaxFileSizeInKB", "<a/>".repeat(6_000)),
				`${inOperation("GetMaxFileSizeInKB", "")}<more/>`,
				"",
				"not xml",
			]) {
				const { status, text } = await post(body, action);
				equal(status, 500);
				match(text, /<faultcode>soap:Client</);
				doesNotMatch(text, /root:/);
			}
			const type = (given: string) =>
				post(inOperation("GetMaxFileSizeInKB", ""), action, {
					"content-type": given,
				});
			match((await type("text/xml; charset=utf-16")).text, /XML in UTF-8/);
			for (const other of ["application/json", "text/plain", "text/html"]) {
				equal((await type(other)).status, 415, other);
			}
			const large = await post(
				inOperation("GetMaxFileSizeInKB", `<a>${"x".repeat(410_000)}</a>`),
				action,
			);
			equal(large.status, 413);
			match(large.text, /<faultcode>soap:Client<.*<reason>too-large</);
			const token = await upToken();
			const name = await nameFor(token);
			await refused(
				"AppendChunk",
				piece(token, name, Buffer.alloc(262_145)),
				fault("Client", "A chunk has at most 256 KB.", "too-large"),
			);
			match(
				(
					await call(
						"AppendChunk",
						piece(token, name, "x", { length: 20_480_001 }),
					)
				).text,
				/<reason>too-large/,
			);
		});

		it("another site's page, and a GET", async () => {
			const token = await upToken();
			const { status } = await post(
				inOperation(
					"RequestUniqueFilenameWithExtension",
					`${who(token)}<extension>txt</extension>`,
				),
				'"http://www.microsoft.com/RequestUniqueFilenameWithExtension"',
				{ origin: "https://evil.example" },
			);
			equal(status, 403);
			equal((await site.browser().ask("GET", `${path}?wsdl`)).status, 404);
			match(await nameFor(token), /\.txt$/);
		});

		it("markup in an extension: the name that it gives has none", async () => {
			for (const [said, end] of [
				["../../etc/passwd", ""],
				["&lt;b&gt;", ""],
				["report.final.PDF", ".PDF"],
				[".txt", ".txt"],
				["", ""],
			]) {
				const name = await done(
					"RequestUniqueFilenameWithExtension",
					`${who(await upToken())}<any>${said}</any>`,
				);
				equal(name.slice(36), end, said);
			}
		});
	});

	it("logs no tokens", async () => {
		const token = await upToken();
		await nameFor(token);
		equal(
			site.node.logged.some((line) => line.includes(token)),
			false,
		);
	});
});
