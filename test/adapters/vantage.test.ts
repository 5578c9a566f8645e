/** The `vantage` adapter: its files, word for word. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import createVantageAdapter from "../../adapters/vantage/index.ts";
import createXmlAdapter from "../../adapters/xml/index.ts";
import type { ArchivedEvent, Person } from "../../plugin/compliance/adapter.ts";
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
const name = "archive-000000000001-20260302T090000000Z";
const files = { [report.sha256]: reportBytes };

describe("the vantage adapter", () => {
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
		const adapter = await createVantageAdapter(
			{ outputDirectory: folder.path, ...options },
			context,
		);
		await adapter.deliver(events, given);
		return given;
	}

	it("lets everybody who is there at the start enter, and everybody who is there at the end leave", async () => {
		await deliver(
			archived([
				posted("Good <morning>", { sequence: 17 }),
				{ type: "joined", actor: mallory, room: lobby },
				{ type: "parted", actor: bob, room: lobby },
			]),
			{},
			delivery({ present: { [lobby.id]: [alice, bob] } }),
		);
		deepEqual(folder.names(), [`${name}.xml`]);
		equal(
			folder.read(`${name}.xml`),
			`<?xml version="1.0" encoding="utf-8"?>
<FileDump>
  <Conversation Perspective="Lobby">
    <RoomID>ma-chan://example.com/10bb7000-0000-4000-8000-000000000001</RoomID>
    <StartTimeUTC>1772442000000</StartTimeUTC>
    <ParticipantEntered>
      <LoginName>alice@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442000000</DateTimeUTC>
      <ConversationID>ma-chan://example.com/10bb7000-0000-4000-8000-000000000001</ConversationID>
      <CorporateEmailID>alice.adams@example.com</CorporateEmailID>
      <InternalFlag>true</InternalFlag>
    </ParticipantEntered>
    <ParticipantEntered>
      <LoginName>bob@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442000000</DateTimeUTC>
      <ConversationID>ma-chan://example.com/10bb7000-0000-4000-8000-000000000001</ConversationID>
      <CorporateEmailID>bob@example.com</CorporateEmailID>
      <InternalFlag>true</InternalFlag>
    </ParticipantEntered>
    <Message>
      <MessageId>10bb7000-0000-4000-8000-000000000001-17</MessageId>
      <LoginName>alice@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442001000</DateTimeUTC>
      <Content>Good &lt;morning&gt;</Content>
    </Message>
    <ParticipantEntered>
      <LoginName>mallory@partner.example</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442001000</DateTimeUTC>
      <ConversationID>ma-chan://example.com/10bb7000-0000-4000-8000-000000000001</ConversationID>
      <CorporateEmailID>mallory@partner.example</CorporateEmailID>
      <InternalFlag>false</InternalFlag>
    </ParticipantEntered>
    <ParticipantLeft>
      <LoginName>bob@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442002000</DateTimeUTC>
      <ConversationID>ma-chan://example.com/10bb7000-0000-4000-8000-000000000001</ConversationID>
      <CorporateEmailID>bob@example.com</CorporateEmailID>
      <InternalFlag>true</InternalFlag>
    </ParticipantLeft>
    <ParticipantLeft>
      <LoginName>alice@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442002000</DateTimeUTC>
      <ConversationID>ma-chan://example.com/10bb7000-0000-4000-8000-000000000001</ConversationID>
      <CorporateEmailID>alice.adams@example.com</CorporateEmailID>
      <InternalFlag>true</InternalFlag>
    </ParticipantLeft>
    <ParticipantLeft>
      <LoginName>mallory@partner.example</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442002000</DateTimeUTC>
      <ConversationID>ma-chan://example.com/10bb7000-0000-4000-8000-000000000001</ConversationID>
      <CorporateEmailID>mallory@partner.example</CorporateEmailID>
      <InternalFlag>false</InternalFlag>
    </ParticipantLeft>
    <EndTimeUTC>1772442002000</EndTimeUTC>
  </Conversation>
</FileDump>
`,
		);
	});

	it("tells replaced and deleted messages with what they were, and files as transfers", async () => {
		const { replaced, deleted, uploaded } = happenings;
		await deliver(
			archived([replaced, deleted, uploaded]),
			{ otherEvents: "omit" },
			delivery({ files }),
		);
		const copy = `${name}.6e5bc8df28cfac06658769974f895070db24676563ebc1ae17fb961f5da4d5e9.pdf`;
		deepEqual(folder.names(), [copy, `${name}.xml`]);
		equal(folder.read(copy), "hello files");
		equal(
			folder.read(`${name}.xml`),
			`<?xml version="1.0" encoding="utf-8"?>
<FileDump>
  <Conversation Perspective="Lobby">
    <RoomID>ma-chan://example.com/10bb7000-0000-4000-8000-000000000001</RoomID>
    <StartTimeUTC>1772442000000</StartTimeUTC>
    <Message>
      <MessageId>00000000-0000-4000-8000-000000000001</MessageId>
      <LoginName>alice@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442001000</DateTimeUTC>
      <UpdatedType>EditedOriginalMsg</UpdatedType>
      <UpdatedDateTimeUTC>1772442000000</UpdatedDateTimeUTC>
      <EditedNewMsgId>10bb7000-0000-4000-8000-000000000001-1</EditedNewMsgId>
      <Content>Good morning</Content>
    </Message>
    <Message>
      <MessageId>10bb7000-0000-4000-8000-000000000001-1</MessageId>
      <LoginName>Operator (root)</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442001000</DateTimeUTC>
      <UpdatedType>EditedNewMsg</UpdatedType>
      <UpdatedDateTimeUTC>1772442000000</UpdatedDateTimeUTC>
      <Content>[removed]</Content>
    </Message>
    <Message>
      <MessageId>10bb7000-0000-4000-8000-000000000001-1</MessageId>
      <LoginName>alice@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442001000</DateTimeUTC>
      <UpdatedType>Deleted</UpdatedType>
      <UpdatedDateTimeUTC>1772442001000</UpdatedDateTimeUTC>
      <Content>Good morning</Content>
    </Message>
    <FileTransferStarted>
      <LoginName>alice@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442002000</DateTimeUTC>
      <UserFileName>Q3 "final" &lt;v2&gt; &amp; résumé.pdf</UserFileName>
      <FileName>${copy}</FileName>
    </FileTransferStarted>
    <FileTransferEnded>
      <LoginName>alice@example.com</LoginName>
      <UserType>user</UserType>
      <DateTimeUTC>1772442002000</DateTimeUTC>
      <UserFileName>Q3 "final" &lt;v2&gt; &amp; résumé.pdf</UserFileName>
      <FileName>${copy}</FileName>
      <Status>Completed</Status>
    </FileTransferEnded>
    <EndTimeUTC>1772442002000</EndTimeUTC>
  </Conversation>
</FileDump>
`,
		);
	});

	function contents(): readonly string[] {
		return [
			...folder.read(`${name}.xml`).matchAll(/<Content>(.*)<\/Content>/g),
		].map(([, content = ""]) => content);
	}

	it("tells in brackets what FileDump has no element for", async () => {
		await deliver(oneOfEach(), {}, delivery({ files }));
		deepEqual(contents(), [
			'[category-created] {"category":{"id":"ca7e0000-0000-4000-8000-00000000000a","name":"Trading","description":"","invitations":true,"files":true,"history":true,"compliance":"open","retainDays":null,"allowed":["domain:example.com"],"denied":[],"creators":[]}}',
			'[category-changed] {"category":{"id":"ca7e0000-0000-4000-8000-00000000000a","name":"Trading"},"before":{"files":true},"after":{"files":false}}',
			'[directory-changed] {"subject":"sip:dave@example.com","before":{"enabled":true},"after":{"enabled":false}}',
			'[category-removed] {"category":{"id":"ca7e0000-0000-4000-8000-00000000000a","name":"Trading","description":"","invitations":true,"files":true,"history":true,"compliance":"open","retainDays":null,"allowed":["domain:example.com"],"denied":[],"creators":[]}}',
			'[unreadable] {"owed":{"type":"posted","room":"10bb7000-0000-4000-8000-000000000001","text":"{ torn"}}',
			'[room-created] {"properties":{"name":"Lobby","description":"For everybody","privacy":"open","type":"normal","invitations":"inherit","disabled":false,"category":"ca7e0000-0000-4000-8000-00000000000a"}}',
			'[room-changed] {"before":{"privacy":"open"},"after":{"privacy":"closed"}}',
			'[roles-changed] {"role":"member","added":["sip:bob@example.com"],"removed":[]}',
			'[invited] {"user":{"uri":"sip:bob@example.com","displayName":"Bob \\"Bo\\" &lt;Baker&gt; &amp; Söhne"}}',
			"Good morning",
			'[viewed] {"count":25,"throughSequence":40}',
			'[searched] {"words":"morning","count":1}',
			'[uploaded] {"bytes":11,"type":"application/pdf"}',
			'[downloaded] {"bytes":11,"type":"application/pdf"}',
			"Good morning",
			"[removed]",
			"Good morning",
			'[deleted] {"message":"10bb7000-0000-4000-8000-000000000001-1"}',
			'[parted] {"kicked":"not a member any more"}',
			'[room-removed] {"properties":{"name":"Lobby","description":"For everybody","privacy":"open","type":"normal","invitations":"inherit","disabled":false,"category":"ca7e0000-0000-4000-8000-00000000000a"}}',
		]);
		match(
			folder.read(`${name}.xml`),
			/<Conversation Perspective="administration">\n {4}<RoomID>administration<\/RoomID>/,
		);
	});

	it("leaves them out when it is to", async () => {
		await deliver(oneOfEach(), { otherEvents: "omit", copyFiles: false });
		deepEqual(contents(), [
			"Good morning",
			"Good morning",
			"[removed]",
			"Good morning",
		]);
		deepEqual(folder.names(), [`${name}.xml`]);
	});

	it("counts seconds when it is to", async () => {
		await deliver(
			archived([{ ...posted("a"), at: "2026-03-02T09:00:00.999Z" }]),
			{ dateTimeUnit: "seconds" },
		);
		const xml = folder.read("archive-000000000001-20260302T090000999Z.xml");
		match(xml, /<StartTimeUTC>1772442000<\/StartTimeUTC>/);
		match(xml, /<EndTimeUTC>1772442000<\/EndTimeUTC>/);
	});

	it("says in the log how many characters it replaced, and not which", async () => {
		const { lines } = await deliver(archived([posted("secret\u0000")]));
		deepEqual(lines, [
			{
				level: "warn",
				fields: { file: `${name}.xml`, replaced: 1 },
				message: "characters that XML forbids were replaced by U+FFFD",
			},
		]);
	});

	it("is well-formed, with everything that people write", async () => {
		const wild =
			"Übergröße 東京 👩‍💻 שלום <b>&amp;</b> ]]> \"'\t\r\n\u0000\uD800";
		await deliver(
			archived([posted(wild.repeat(150), { room: { ...desk, name: wild } })]),
		);
		const { status, stderr } = spawnSync(
			"xmllint",
			["--nonet", "--noout", `${name}.xml`],
			{ encoding: "utf8", cwd: folder.path },
		);
		equal(`${status} ${stderr}`, "0 ");
	});

	it("has one that leaves for each that enters, whoever was there, comes and goes", async () => {
		const people = [alice, bob, mallory];
		const steps = fc.array(
			fc.record({
				person: fc.nat(2),
				room: fc.constantFrom(lobby, desk),
				name: fc.constantFrom("A", "B"),
			}),
			{ minLength: 1, maxLength: 12 },
		);
		const rosters = fc.record({
			[lobby.id]: fc.subarray(people),
			[desk.id]: fc.subarray(people),
		});
		await fc.assert(
			fc.asyncProperty(steps, rosters, async (moves, present) => {
				await deliver(
					archived(happenFrom(present, moves)),
					{},
					delivery({ present }),
				);
				const xml = folder.read(`${name}.xml`);
				for (const part of xml.split("</Conversation>").slice(0, -1)) {
					deepEqual(loginNames(part, "Left"), loginNames(part, "Entered"));
				}
				equal(/<LoginName\/>/.test(xml), false);
			}),
			{ numRuns: 40 },
		);

		/** Who is there goes, who is not comes; so rooms agree with who was there at first. */
		function happenFrom(
			present: Readonly<Record<string, readonly Person[]>>,
			moves: readonly {
				readonly person: number;
				readonly room: typeof lobby;
				readonly name: string;
			}[],
		) {
			const inside = new Set(
				Object.entries(present).flatMap(([room, there]) =>
					there.map(({ uri }) => `${room} ${uri}`),
				),
			);
			return moves.map(({ person, room, name }) => {
				const actor = people[person] ?? alice;
				const key = `${room.id} ${actor.uri}`;
				const type = inside.has(key) ? "parted" : "joined";
				if (!inside.delete(key)) inside.add(key);
				return { type, actor, room: { ...room, name } } as const;
			});
		}

		function loginNames(part: string, what: string): readonly string[] {
			const pattern = new RegExp(
				`<Participant${what}>\\s*<LoginName>(.*?)</LoginName>`,
				"g",
			);
			return [...part.matchAll(pattern)].map(([, login = ""]) => login).sort();
		}
	});

	it("shares a folder with other adapters, and takes no file of theirs", async () => {
		await deliver(archived([posted("a")]));
		const other = await createXmlAdapter(
			{ outputDirectory: folder.path, form: "lync" },
			{ ...context, name: "lync" },
		);
		await other.deliver(archived([posted("a")]), delivery());
		deepEqual(folder.names(), [
			`${name}.xml`,
			"lync-000000000001-20260302T090000000Z.xml",
		]);
	});

	it("says everything that is wrong with its options", async () => {
		await rejects(
			createVantageAdapter({ dateTimeUnit: "hours", to: "x" }, context),
			{
				message: [
					"archive.outputDirectory: must name the directory that the files are put in",
					"archive.dateTimeUnit: must be milliseconds or seconds: of the DateTimeUTC elements",
					"archive: there is no option to; README.md of adapters/vantage names those there are",
				].join("\n"),
			},
		);
	});
});
