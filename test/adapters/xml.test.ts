/** The `xml` adapter: its files, word for word. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import createXmlAdapter from "../../adapters/xml/index.ts";
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
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
import { type Folder, temporaryFolder } from "./folder.ts";

const context = { name: "archive", log: delivery().log };
const firstName = "archive-000000000001-20260302T090000000Z";

describe("the xml adapter", () => {
	let folder: Folder;

	beforeEach(() => {
		folder = temporaryFolder();
	});

	afterEach(() => {
		folder.remove();
	});

	async function deliver(
		events: readonly ArchivedEvent[],
		options: object = {},
		given = delivery(),
	) {
		const adapter = await createXmlAdapter(
			{ outputDirectory: folder.path, ...options },
			context,
		);
		await adapter.deliver(events, given);
		return given;
	}

	it("writes Lync's XML: its names, its order, its case", async () => {
		const events = archived([
			{ type: "joined", actor: alice, room: lobby },
			posted('Good <morning> & "hello",\n東京 👩‍💻 שלום', { sequence: 17 }),
			{ type: "joined", actor: mallory, room: desk },
			{ type: "parted", actor: alice, room: lobby },
		]);
		await deliver(events, { form: "lync" });
		deepEqual(folder.names(), [`${firstName}.xml`]);
		equal(
			folder.read(`${firstName}.xml`),
			`<?xml version="1.0" encoding="utf-8"?>
<Conversations xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Conversation>
    <Channel uri="ma-chan://example.com/10bb7000-0000-4000-8000-000000000001" name="Lobby"/>
    <FirstMessage type="JOIN" content="" id="0">
      <Sender UserName="Alice Adams" id="395210948" email="" internal="true" uri="alice@example.com"/>
      <DateTimeUTC since1970="1772442000000" string="2026-03-02T09:00:00.0000000Z" long="639080388000000000"/>
    </FirstMessage>
    <Messages>
      <Message type="JOIN" content="" id="0">
        <Sender UserName="Alice Adams" id="395210948" email="" internal="true" uri="alice@example.com"/>
        <DateTimeUTC since1970="1772442000000" string="2026-03-02T09:00:00.0000000Z" long="639080388000000000"/>
      </Message>
      <Message type="CHAT" content="Good &lt;morning&gt; &amp; &quot;hello&quot;,&#10;東京 👩‍💻 שלום" id="17">
        <Sender UserName="Alice Adams" id="395210948" email="" internal="true" uri="alice@example.com"/>
        <DateTimeUTC since1970="1772442001000" string="2026-03-02T09:00:01.0000000Z" long="639080388010000000"/>
      </Message>
      <Message type="PART" content="" id="0">
        <Sender UserName="Alice Adams" id="395210948" email="" internal="true" uri="alice@example.com"/>
        <DateTimeUTC since1970="1772442003000" string="2026-03-02T09:00:03.0000000Z" long="639080388030000000"/>
      </Message>
    </Messages>
    <StartTimeUTC since1970="1772442000000" string="2026-03-02T09:00:00.0000000Z" long="639080388000000000"/>
    <EndTimeUTC since1970="1772442003000" string="2026-03-02T09:00:03.0000000Z" long="639080388030000000"/>
  </Conversation>
  <Conversation>
    <Channel uri="ma-chan://example.com/de5c0000-0000-4000-8000-000000000002" name="Tom &amp; &quot;Jerry&quot; &lt;x&gt; 東京"/>
    <FirstMessage type="JOIN" content="" id="0">
      <Sender UserName="mallory@partner.example" id="1510536004" email="" internal="false" uri="mallory@partner.example"/>
      <DateTimeUTC since1970="1772442002000" string="2026-03-02T09:00:02.0000000Z" long="639080388020000000"/>
    </FirstMessage>
    <Messages>
      <Message type="JOIN" content="" id="0">
        <Sender UserName="mallory@partner.example" id="1510536004" email="" internal="false" uri="mallory@partner.example"/>
        <DateTimeUTC since1970="1772442002000" string="2026-03-02T09:00:02.0000000Z" long="639080388020000000"/>
      </Message>
    </Messages>
    <StartTimeUTC since1970="1772442002000" string="2026-03-02T09:00:02.0000000Z" long="639080388020000000"/>
    <EndTimeUTC since1970="1772442002000" string="2026-03-02T09:00:02.0000000Z" long="639080388020000000"/>
  </Conversation>
</Conversations>
`,
		);
	});

	/** Type, content and id of the messages, in order. */
	function messagesIn(name: string): readonly string[] {
		return [...folder.read(name).matchAll(/<Message (type=[^>]*)>/g)].map(
			([, attributes = ""]) => attributes,
		);
	}

	const lyncMessages = [
		'type="JOIN" content="" id="0"',
		'type="CHAT" content="Good morning" id="1"',
		'type="BACKCHAT" content="history: 25 through message 40" id="0"',
		'type="BACKCHAT" content="search: morning (1 found)" id="0"',
		'type="FILEUPLOAD" content="Q3 &quot;final&quot; &lt;v2&gt; &amp; résumé.pdf" id="0"',
		'type="FILEDOWNLOAD" content="Q3 &quot;final&quot; &lt;v2&gt; &amp; résumé.pdf" id="0"',
		'type="PART" content="" id="0"',
	];

	it("has a message for each event that Lync knows, and says how many it left out", async () => {
		const { lines } = await deliver(oneOfEach(), { form: "lync" });
		deepEqual(messagesIn(`${firstName}.xml`), lyncMessages);
		deepEqual(lines, [
			{
				level: "info",
				fields: { file: `${firstName}.xml`, leftOut: 12 },
				message: "events that Lync's XML cannot tell were left out",
			},
		]);
	});

	it("tells the others in the extended form", async () => {
		const { lines } = await deliver(oneOfEach(), { form: "extended" });
		deepEqual(messagesIn(`${firstName}.xml`), [
			'type="CATEGORY-CREATED" content="Trading" id="0"',
			'type="CATEGORY-CHANGED" content="Trading" id="0"',
			'type="DIRECTORY-CHANGED" content="sip:dave@example.com" id="0"',
			'type="CATEGORY-REMOVED" content="Trading" id="0"',
			'type="UNREADABLE" content="" id="0"',
			'type="ROOM-CREATED" content="" id="0"',
			'type="ROOM-CHANGED" content="" id="0"',
			'type="ROLES-CHANGED" content="member" id="0"',
			'type="INVITED" content="bob@example.com" id="0"',
			...lyncMessages.slice(0, 6),
			'type="REPLACED" content="[removed]" id="1"',
			'type="DELETED" content="Good morning" id="1"',
			'type="PART" content="" id="0"',
			'type="ROOM-REMOVED" content="" id="0"',
		]);
		deepEqual(folder.names(), [`${firstName}.xml`]);
		deepEqual(lines, []);
	});

	it("writes Lync's form and, beside it, everything", async () => {
		await deliver(oneOfEach());
		deepEqual(folder.names(), [`${firstName}.EVENTS`, `${firstName}.xml`]);
		deepEqual(messagesIn(`${firstName}.xml`), lyncMessages);
		equal(messagesIn(`${firstName}.EVENTS`).length, 19);
	});

	it("loses nothing in the extended form, not even what XML forbids", async () => {
		const events = archived([
			posted("\u0000\u001B[1m \uD800 \uFFFE é 東京 \u007F", { actor: bob }),
		]);
		await deliver(events, { form: "extended" });
		const [, record = ""] =
			/<Messages>.*<Record>(.*?)<\/Record>/s.exec(
				folder.read(`${firstName}.xml`),
			) ?? [];
		deepEqual(
			JSON.parse(
				record
					.replaceAll("&lt;", "<")
					.replaceAll("&gt;", ">")
					.replaceAll("&amp;", "&"),
			),
			events[0],
		);
	});

	it("marks what Lync's XML cannot tell as whole by an empty Lync file, and writes none by itself", async () => {
		const events = archived([happenings["category-changed"]]);
		await deliver(events, { form: "lync" });
		await deliver([], { form: "lync" });
		deepEqual(folder.names(), []);
		await deliver(events);
		deepEqual(folder.names(), [`${firstName}.EVENTS`, `${firstName}.xml`]);
		match(folder.read(`${firstName}.xml`), /<Conversations [^<]*\/>/);
	});

	it("says in the log how many characters it replaced, and not which", async () => {
		const { lines } = await deliver(archived([posted("secret\u0000\u0001")]), {
			form: "lync",
		});
		// The first message is there twice.
		deepEqual(lines, [
			{
				level: "warn",
				fields: { file: `${firstName}.xml`, replaced: 4 },
				message: "characters that XML forbids were replaced by U+FFFD",
			},
		]);
		match(folder.read(`${firstName}.xml`), /content="secret\uFFFD\uFFFD"/);
	});

	it("gives details of rooms and people when it is to", async () => {
		await deliver(archived([posted("a"), posted("b", { actor: bob })]), {
			form: "lync",
			addChatRoomDetails: true,
			addUserDetails: true,
		});
		const xml = folder.read(`${firstName}.xml`);
		match(
			xml,
			/<Channel uri="ma-chan:\/\/example\.com\/10bb7000-0000-4000-8000-000000000001" name="Lobby" islogged="true"\/>/,
		);
		match(
			xml,
			/<Sender UserName="Alice Adams" id="395210948" email="alice\.adams@example\.com" internal="true" uri="alice@example\.com"\/>/,
		);
		match(
			xml,
			/<Sender UserName="Bob &quot;Bo&quot; &lt;Baker&gt; &amp; Söhne" id="299799752" email="" internal="true" uri="bob@example\.com"\/>/,
		);
	});

	it("writes a file for each room when it is to", async () => {
		await deliver(
			archived([
				happenings["directory-changed"],
				posted("a"),
				posted("b", { room: desk }),
				posted("c"),
			]),
			{ oneChatRoomPerOutputFile: true, form: "both" },
		);
		deepEqual(folder.names(), [
			"archive-000000000001-20260302T090000000Z-no-room.EVENTS",
			"archive-000000000001-20260302T090000000Z-no-room.xml",
			`archive-000000000002-20260302T090001000Z-${lobby.id}.EVENTS`,
			`archive-000000000002-20260302T090001000Z-${lobby.id}.xml`,
			`archive-000000000003-20260302T090002000Z-${desk.id}.EVENTS`,
			`archive-000000000003-20260302T090002000Z-${desk.id}.xml`,
		]);
		equal(
			messagesIn(`archive-000000000002-20260302T090001000Z-${lobby.id}.xml`)
				.length,
			2,
		);
	});

	it("goes on with a batch of many rooms where it had to stop, and makes a replay anew each time", async () => {
		const rooms = Array.from({ length: 40 }, (_, room) => ({
			...lobby,
			id: `00000000-0000-4000-8000-0000000000${room + 10}`,
		}));
		const events = archived([
			...rooms.map((room) => posted("a", { room })),
			{ ...happenings.uploaded, room: desk },
		]);
		const adapter = await createXmlAdapter(
			{
				...{ outputDirectory: folder.path, form: "lync" },
				...{ oneChatRoomPerOutputFile: true },
				createFileAttachmentsManifest: true,
			},
			context,
		);
		const away = delivery({ files: {} });
		await rejects(adapter.deliver(events, away));
		const first = folder.names();
		equal(first.length, rooms.length);
		// Somebody has taken them away meanwhile.
		for (const name of first) rmSync(join(folder.path, name));
		const files = { [report.sha256]: reportBytes };
		await adapter.deliver(events, delivery({ files, attempt: 2 }));
		equal(folder.names().length, 3);
		for (const _ of [1, 2]) {
			await adapter.deliver(
				events.slice(0, 5),
				delivery({ files, replay: true }),
			);
			const replayed = folder.names().filter((name) => /replay/.test(name));
			equal(replayed.length, 5);
			for (const name of replayed) rmSync(join(folder.path, name));
		}
	});

	it("writes a batch that comes again, with more behind it, over the first", async () => {
		const events = archived([posted("a"), posted("b"), posted("c")]);
		await deliver(events.slice(0, 2), { form: "lync" });
		await deliver(events, { form: "lync" }, delivery({ attempt: 2 }));
		deepEqual(folder.names(), [`${firstName}.xml`]);
		equal(messagesIn(`${firstName}.xml`).length, 3);
	});

	it("never puts what is delivered once more in the place of what is there", async () => {
		const events = archived([posted("a"), posted("b"), posted("c")]);
		await deliver(events, { form: "lync" });
		await deliver(
			events.slice(0, 1),
			{ form: "lync" },
			delivery({ replay: true }),
		);
		deepEqual(folder.names(), [
			`${firstName}-to-000000000001-replay.xml`,
			`${firstName}.xml`,
		]);
		equal(messagesIn(`${firstName}.xml`).length, 3);
	});

	it("lists the files that were moved, and copies each once", async () => {
		const events = archived([
			happenings.uploaded,
			happenings.downloaded,
			posted("a"),
		]);
		await deliver(
			events,
			{ form: "lync", createFileAttachmentsManifest: true },
			delivery({ files: { [report.sha256]: reportBytes } }),
		);
		const copy = `${firstName}.6e5bc8df28cfac06658769974f895070db24676563ebc1ae17fb961f5da4d5e9.pdf`;
		deepEqual(folder.names(), [
			copy,
			`${firstName}.ATTACH`,
			`${firstName}.xml`,
		]);
		equal(folder.read(copy), "hello files");
		equal(
			folder.read(`${firstName}.ATTACH`),
			`<?xml version="1.0" encoding="utf-8"?>
<Attachments>
  <Attachment type="FILEUPLOAD" name="Q3 &quot;final&quot; &lt;v2&gt; &amp; résumé.pdf" file="${copy}" mediaType="application/pdf" bytes="11" sha256="6e5bc8df28cfac06658769974f895070db24676563ebc1ae17fb961f5da4d5e9" channel="ma-chan://example.com/10bb7000-0000-4000-8000-000000000001" sender="alice@example.com" since1970="1772442000000" string="2026-03-02T09:00:00.0000000Z" long="639080388000000000"/>
  <Attachment type="FILEDOWNLOAD" name="Q3 &quot;final&quot; &lt;v2&gt; &amp; résumé.pdf" file="${copy}" mediaType="application/pdf" bytes="11" sha256="6e5bc8df28cfac06658769974f895070db24676563ebc1ae17fb961f5da4d5e9" channel="ma-chan://example.com/10bb7000-0000-4000-8000-000000000001" sender="bob@example.com" since1970="1772442001000" string="2026-03-02T09:00:01.0000000Z" long="639080388010000000"/>
</Attachments>
`,
		);
	});

	it("writes no manifest where no file was moved", async () => {
		await deliver(archived([posted("a")]), {
			form: "lync",
			createFileAttachmentsManifest: true,
		});
		deepEqual(folder.names(), [`${firstName}.xml`]);
	});

	it("sets a transfer aside whose file has become another", async () => {
		const events = archived([posted("a"), happenings.uploaded]);
		await rejects(
			deliver(
				events,
				{ createFileAttachmentsManifest: true },
				delivery({ files: { [report.sha256]: "forged" } }),
			),
			{ name: "Undeliverable", events: [events[1]?.id] },
		);
		deepEqual(folder.names(), []);
	});

	it("waits for no file that stands still once it is aborted", async () => {
		const abort = new AbortController();
		const stuck = new Readable({ read: () => abort.abort() });
		await rejects(
			deliver(
				archived([happenings.uploaded]),
				{ createFileAttachmentsManifest: true },
				{ ...delivery({ signal: abort.signal }), open: async () => stuck },
			),
			/abort/i,
		);
		equal(stuck.destroyed, true);
		deepEqual(folder.names(), []);
	});

	it("writes nothing once it is aborted", async () => {
		await rejects(
			deliver(
				archived([posted("a")]),
				{},
				delivery({ signal: AbortSignal.abort() }),
			),
			/abort/i,
		);
		deepEqual(folder.names(), []);
	});

	it("says everything that is wrong with its options", async () => {
		await rejects(
			createXmlAdapter(
				{ form: "lynx", addUserDetails: "yes", outputdirectory: "/srv" },
				context,
			),
			{
				message: [
					"archive.outputDirectory: must name the directory that the files are put in",
					"archive.form: must be both, lync or extended",
					"archive.addUserDetails: must be true or false: whether people's e-mail addresses are given",
					"archive: there is no option outputdirectory; README.md of adapters/xml names those there are",
				].join("\n"),
			},
		);
		await rejects(createXmlAdapter("here", context), {
			message:
				"archive: must be an object with options, like { outputDirectory: /srv/archive }",
		});
	});
});
