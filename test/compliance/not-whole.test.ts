/** What cannot be archived whole stops nobody: it is archived marked and set aside, and what is only away is waited for. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { createPublicKey, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { fingerprintOf } from "../../plugin/compliance/signing.ts";
import { verifyArchive } from "../../plugin/compliance/verify.ts";
import type { ComplianceGiven } from "../../plugin/index.ts";
import type { RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { readEvidence } from "../../plugin/store/index.ts";
import {
	type ChatNode,
	type Engine,
	startChatNode,
} from "../support/chat-node.ts";
import {
	type FreshDatabase,
	freshMysql,
	freshSqlite,
} from "../support/databases.ts";
import { rooms, signIn } from "../support/people.ts";
import {
	type TakingAdapter,
	takingAdapter,
} from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const content = "the only copy";

interface OutboxRow {
	readonly id: string;
	readonly type: string;
	readonly payload: string;
}

for (const engine of ["sqlite", "mysql"] as const satisfies Engine[]) {
	describe(`what cannot be archived whole, on ${engine}`, () => {
		let database: FreshDatabase;
		let directory: string;
		let adapter: TakingAdapter;
		let node: ChatNode;

		beforeEach(async () => {
			database = await (engine === "mysql" ? freshMysql() : freshSqlite());
			directory = mkdtempSync(join(tmpdir(), "persistent-chat-not-whole-"));
			adapter = takingAdapter();
			node = await start("elsewhere");
		});
		afterEach(async () => {
			await node.close();
			await database.drop();
			rmSync(directory, { recursive: true });
		});

		const start = (compliance: ComplianceGiven) =>
			startChatNode({
				engine,
				existing: database,
				service: { files: { directory: join(directory, "files") } },
				compliance,
			});
		/** What is owed by now is archived from here on. */
		async function archive(): Promise<void> {
			await node.close();
			node = await start({
				adapters: [
					{ use: adapter.factory, name: "taking", runIntervalMs: 100 },
				],
				files: join(directory, "copies"),
				signingKey: join(directory, "key.pem"),
				missingFileAfterMs: 0,
			});
		}
		const contents = () => join(directory, "files", "contents");
		const texts = () =>
			adapter.taken.flatMap((event) =>
				event.type === "posted" ? [event.message.text] : [],
			);
		const uploaded = () =>
			adapter.taken.flatMap((event) =>
				event.type === "uploaded" ? [event] : [],
			)[0];

		async function say(room: string, words: string): Promise<void> {
			const alice = await signIn(node, "alice");
			await alice.chat.join(room);
			await alice.chat.post(room, words);
			await alice.chat.close();
		}

		/** Where its bytes are. */
		async function upload(): Promise<string> {
			const alice = await node.store.users.find(
				"sip:alice@example.com" as UserUri,
			);
			ok(alice !== undefined);
			const { id } = await node.chat.rooms.beginUpload(alice, {
				...{ room: lobby, name: "notes.txt" },
				bytes: content.length,
			});
			const from = Readable.from([Buffer.from(content)]);
			await node.chat.rooms.continueUpload(alice, id, 0, from);
			await node.chat.rooms.finishUpload(alice, id);
			const { sha256 } = await node.database("files").first("sha256");
			return join(contents(), sha256.slice(0, 2), sha256);
		}

		async function alter(
			row: OutboxRow | undefined,
			how: (event: Readonly<Record<string, unknown>>) => object,
		): Promise<void> {
			ok(row !== undefined);
			const payload = JSON.stringify(how(JSON.parse(row.payload)));
			await node.database("outbox").where({ id: row.id }).update({ payload });
		}

		async function demandSound(): Promise<void> {
			const key = createPublicKey(
				readFileSync(join(directory, "key.pub.pem"), "utf8"),
			);
			const verdict = await readEvidence(node.database, (reader) =>
				verifyArchive(reader, { keys: [{ id: fingerprintOf(key), key }] }),
			);
			equal(verdict.broken, undefined);
		}

		it("an event whose file is lost is archived in its place, marked, and told", async () => {
			await say(rooms.lobby, "before");
			const path = await upload();
			await say(rooms.lobby, "after");
			renameSync(path, `${path}.lost`);
			await archive();
			await until(() => texts().length === 2, { what: "both posts" });
			equal(uploaded()?.file.missing, "gone");
			const order = adapter.taken.flatMap(({ type }) =>
				type === "posted" || type === "uploaded" ? [type] : [],
			);
			deepEqual(order, ["posted", "uploaded", "posted"]);
			const { compliance } = node.chat;
			ok(compliance);
			const [aside] = await compliance.parked("@archive", { limit: 9 });
			equal(aside?.event, uploaded()?.id);
			match(aside?.reason ?? "", /has lost the file [0-9a-f]{64}/);
			equal((await compliance.metrics()).archive?.notWhole, 1);
			ok(node.logged.some((line) => line.includes("but not whole")));
			await node.chat.close();
			await demandSound();
		});

		it("bytes that are found again are copied when the operator asks, and a replay brings them", async () => {
			const path = await upload();
			renameSync(path, `${path}.lost`);
			let opened = "";
			adapter.before = async (batch, { open, replay }) => {
				const event = batch.find(({ type }) => type === "uploaded");
				if (event?.type !== "uploaded") return;
				if (replay) opened = await textOf(await open(event.file));
				else await rejects(open(event.file), { name: "Undeliverable" });
			};
			await archive();
			await until(() => uploaded() !== undefined, { what: "the upload" });
			const { compliance } = node.chat;
			ok(compliance);
			const aside = () => compliance.parked("@archive", { limit: 9 });
			// It is still not there: set aside again.
			equal(await compliance.decide("@archive", "again", "a test"), 1);
			await until(async () => (await aside()).length === 1, {
				what: "set aside again",
			});
			renameSync(`${path}.lost`, path);
			equal(await compliance.decide("@archive", "again", "a test"), 1);
			await until(
				async () => (await node.database("archive_parked")).length === 0,
				{ what: "nothing set aside" },
			);
			await until(
				() =>
					compliance
						.replay({
							...{ adapter: "taking", by: "a test" },
							...{ from: new Date(0), to: new Date(Date.now() + 60_000) },
						})
						.catch(() => undefined),
				{ what: "a replay" },
			);
			await until(() => opened === content, { what: "the bytes" });
		});

		it("a file store that is away keeps the room of the file waiting, and no other", async () => {
			await upload();
			await say(rooms.lobby, "behind the file");
			await say(rooms.operations, "elsewhere");
			renameSync(contents(), `${contents()}.away`);
			await archive();
			await until(() => texts().includes("elsewhere"), {
				what: "the other room",
			});
			equal(texts().includes("behind the file"), false);
			await until(
				() => node.logged.some((line) => line.includes("have it mounted")),
				{ what: "a warning" },
			);
			renameSync(`${contents()}.away`, contents());
			await until(() => texts().includes("behind the file"), {
				what: "what was behind",
				withinMs: 20_000,
			});
			equal(uploaded()?.file.missing, undefined);
			equal((await node.database("archive_parked")).length, 0);
			await node.chat.close();
			await demandSound();
		});

		it("what was owed and is no event any more is archived as it was found", async () => {
			await say(rooms.lobby, "one");
			await node
				.database("outbox")
				.where({ type: "posted" })
				.update({ payload: "{ torn" });
			await say(rooms.lobby, "two");
			await archive();
			await until(() => texts().includes("two"), { what: "the second post" });
			const found = adapter.taken.find(({ type }) => type === "unreadable");
			ok(found?.type === "unreadable");
			deepEqual(found.owed, { type: "posted", room: lobby, text: "{ torn" });
			const { compliance } = node.chat;
			const [aside] =
				(await compliance?.parked("@archive", { limit: 9 })) ?? [];
			equal(aside?.event, found.id);
			await node.chat.close();
			await demandSound();
		});

		it("what was altered in any way stops nobody, and what no database keeps is found among the rest", async () => {
			await upload();
			for (let post = 1; post <= 6; post += 1) {
				await say(rooms.lobby, `before ${post}`);
			}
			const owed = () => node.database("outbox").orderBy("position");
			const rows: readonly OutboxRow[] = await owed();
			const ids = (type: string) => rows.filter((row) => row.type === type);
			const [first, second, third] = ids("posted");
			const [uploading] = ids("uploaded");
			const [joining, other] = ids("joined");
			const uri = `sip:${"x".repeat(3_000)}@example.com`;
			await alter(first, (event) => ({ ...event, message: undefined }));
			await alter(second, (event) => ({
				...event,
				message: { ...Object(event.message), sequence: "xxx" },
			}));
			await alter(third, (event) => ({ ...event, at: "yesterday" }));
			await alter(uploading, (event) => ({ ...event, file: undefined }));
			await alter(joining, (event) => ({
				...event,
				actor: { ...Object(event.actor), uri },
			}));
			await node
				.database("outbox")
				.where({ id: other?.id })
				.update({ room_id: randomUUID() });
			await say(rooms.operations, "behind them all");
			await archive();
			await until(() => texts().includes("behind them all"), {
				what: "what was behind",
			});
			deepEqual(texts(), [
				...["before 4", "before 5", "before 6"],
				"behind them all",
			]);
			const unreadable = adapter.taken.flatMap((event) =>
				event.type === "unreadable" ? [event.id] : [],
			);
			const altered = [first, second, third, uploading, other];
			// SQLite keeps texts of any length.
			if (engine === "mysql") altered.push(joining);
			deepEqual(
				unreadable.toSorted(),
				altered.map((row) => row?.id).toSorted(),
			);
			const aside = await node.chat.compliance?.parked("@archive", {
				limit: 9,
			});
			equal(aside?.length, altered.length);
			await node.chat.close();
			await demandSound();
		});

		it("a room that waits for its file holds up no other, though it is owed more than a batch", async () => {
			await upload();
			await say(rooms.lobby, "behind the file");
			const [{ payload }] = await node
				.database("outbox")
				.where({ type: "posted" });
			for (let batch = 0; batch < 30; batch += 1) {
				const more = Array.from({ length: 100 }, () => {
					const id = randomUUID();
					const event = { ...JSON.parse(payload), id, type: "joined" };
					const text = JSON.stringify(event);
					return {
						id,
						...{ type: "joined", room_id: lobby, at: Date.now() - 3_600_000 },
						payload: text,
					};
				});
				await node.database("outbox").insert(more);
			}
			await say(rooms.operations, "elsewhere");
			renameSync(contents(), `${contents()}.away`);
			await archive();
			await until(() => texts().includes("elsewhere"), {
				what: "the other room",
			});
			await say(rooms.operations, "still elsewhere");
			await until(() => texts().includes("still elsewhere"), {
				what: "what came later",
			});
			equal(texts().includes("behind the file"), false);
			renameSync(`${contents()}.away`, contents());
			await until(() => texts().includes("behind the file"), {
				what: "what was behind",
				withinMs: 20_000,
			});
			await until(async () => (await node.store.outbox.behind()).owed === 0, {
				what: "nothing owed",
				withinMs: 20_000,
			});
			await node.chat.close();
			await demandSound();
		});
	});
}
