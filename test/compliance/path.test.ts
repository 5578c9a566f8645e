/** The path of an event, from the post to the adapter, through everything that is real. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { connectRedis } from "../../plugin/cluster/redis.ts";
import type { ArchivedEvent } from "../../plugin/compliance/adapter.ts";
import { Undeliverable } from "../../plugin/compliance/adapter.ts";
import { chainHash, noHash } from "../../plugin/compliance/chain.ts";
import { fingerprintOf } from "../../plugin/compliance/signing.ts";
import { verifyArchive } from "../../plugin/compliance/verify.ts";
import type { RoomId, UserUri } from "../../plugin/rooms/types.ts";
import { readEvidence } from "../../plugin/store/index.ts";
import {
	type ChatNode,
	type Engine,
	startChatNode,
} from "../support/chat-node.ts";
import { redisUrl } from "../support/databases.ts";
import { rooms, signIn } from "../support/people.ts";
import {
	type TakingAdapter,
	takingAdapter,
} from "../support/taking-adapter.ts";
import { until } from "../support/until.ts";

const paths: readonly { engine: Engine; redis: boolean }[] = [
	{ engine: "sqlite", redis: false },
	{ engine: "mysql", redis: false },
	{ engine: "mysql", redis: true },
];

for (const { engine, redis } of paths) {
	describe(`the path of an event on ${engine}${redis ? " through Redis (mysql)" : ""}`, () => {
		let node: ChatNode;
		let directory: string;
		let adapter: TakingAdapter;

		beforeEach(async () => {
			directory = mkdtempSync(join(tmpdir(), "persistent-chat-compliance-"));
			adapter = takingAdapter();
			node = await startChatNode({
				engine,
				service: { files: { directory: join(directory, "files") } },
				compliance: {
					adapters: [
						{ use: adapter.factory, name: "taking", runIntervalMs: 100 },
					],
					files: join(directory, "copies"),
					signingKey: join(directory, "key.pem"),
					...(redis && { redis: redisUrl() }),
				},
			});
		});
		afterEach(async () => {
			await node.close();
			rmSync(directory, { recursive: true });
		});

		const texts = () =>
			adapter.taken.flatMap((event) =>
				event.type === "posted" ? [event.message.text] : [],
			);

		it("brings a post to the adapter, complete in itself, and forgets it here", async () => {
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			await alice.chat.post(rooms.lobby, 'Tom & "Jerry" <x>');
			await until(() => texts().length === 1, { what: "the post" });
			const [joined, posted] = adapter.taken;
			equal(joined?.type, "joined");
			ok(posted?.type === "posted");
			equal(posted.version, 1);
			equal(posted.message.text, 'Tom & "Jerry" <x>');
			equal(posted.message.sequence, 1);
			equal(posted.actor.uri, "sip:alice@example.com");
			equal(posted.actor.displayName, "Alice");
			equal(node.chat.condition.redisConnected(), redis ? true : undefined);
			equal(posted.actor.internal, true);
			match(posted.actor.callId ?? "", /./);
			match(posted.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
			deepEqual(posted.room, {
				id: "00000000-0000-4000-8000-000000000001",
				uri: "ma-chan://example.com/00000000-0000-4000-8000-000000000001",
				name: "Lobby",
				category: posted.room.category,
			});
			await until(async () => (await node.store.outbox.behind()).owed === 0, {
				what: "nothing owed",
			});
			await alice.chat.close();
		});

		it("has a copy of an uploaded file before its event is archived", async () => {
			const uri = "sip:alice@example.com" as UserUri;
			const alice = await node.store.users.find(uri);
			ok(alice !== undefined);
			const room = "00000000-0000-4000-8000-000000000001" as RoomId;
			const text = "kept for compliance";
			const copies: string[] = [];
			adapter.before = (batch) => {
				for (const event of batch) {
					if (event.type !== "uploaded") continue;
					const { sha256 } = event.file;
					const path = join(directory, "copies", sha256.slice(0, 2), sha256);
					copies.push(readFileSync(path, "utf8"));
				}
			};
			const { id } = await node.chat.rooms.beginUpload(alice, {
				...{ room, name: "notes.txt" },
				bytes: text.length,
			});
			const from = Readable.from([Buffer.from(text)]);
			await node.chat.rooms.continueUpload(alice, id, 0, from);
			await node.chat.rooms.finishUpload(alice, id);
			await until(() => copies.length > 0, { what: "the upload" });
			deepEqual(copies, [text]);
		});

		it("keeps the order of a room and chains its events", async () => {
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			const wanted = Array.from({ length: 40 }, (_, i) => `message ${i}`);
			await Promise.all(
				wanted.map((text) => alice.chat.post(rooms.lobby, text)),
			);
			await until(() => texts().length === 40, { what: "forty posts" });
			const sequences = adapter.taken.flatMap((event) =>
				event.type === "posted" ? [event.message.sequence] : [],
			);
			deepEqual(
				sequences,
				sequences.map((_, index) => index + 1),
			);
			proveChains(adapter.taken);
			await alice.chat.close();
		});

		it("gives the same batch again after a failure, and loses nothing", async () => {
			let failures = 2;
			adapter.before = () => {
				if (failures-- > 0) throw new Error("no room on the disk");
			};
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			await alice.chat.post(rooms.lobby, "one");
			await until(() => texts().length === 1, { what: "the post" });
			const [first, second, third] = adapter.deliveries;
			equal(first?.delivery.key, second?.delivery.key);
			deepEqual(
				[first, second, third].map((one) => one?.delivery.attempt),
				[1, 2, 3],
			);
			equal(
				new Set(adapter.taken.map(({ id }) => id)).size,
				adapter.taken.length,
			);
			await alice.chat.close();
		});

		it("sets a poison event aside and brings the rest in order", async () => {
			adapter.before = (batch) => {
				const poison = batch.some(
					(event) => event.type === "posted" && event.message.text === "poison",
				);
				if (poison) throw new Undeliverable("it does not like it");
			};
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			for (const text of ["a", "b", "poison", "c", "d"]) {
				await alice.chat.post(rooms.lobby, text);
			}
			await until(() => texts().length === 4, { what: "the other four" });
			deepEqual(texts(), ["a", "b", "c", "d"]);
			const parked = await until(
				async () => (await node.database("archive_parked"))[0],
				{ what: "the event set aside" },
			);
			equal(parked.reason, "it does not like it");
			await alice.chat.close();
		});

		it("delivers what is new while much is delivered once more", async () => {
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			for (const text of ["one", "two", "three"]) {
				await alice.chat.post(rooms.lobby, text);
			}
			await until(() => texts().length === 3, { what: "three posts" });
			let replayed = 0;
			let release = () => {};
			const held = new Promise<void>((resolve) => {
				release = resolve;
			});
			adapter.before = async (_, { replay }) => {
				if (replay && replayed++ === 1) await held;
			};
			const { compliance } = node.chat;
			const asked = {
				adapter: "taking",
				from: new Date(0),
				to: new Date(Date.now() + 60_000),
				by: "a test",
			};
			ok(compliance);
			await until(
				async () => {
					const { adapters } = await compliance.metrics();
					return adapters[0]?.backlog.events === 0;
				},
				{ what: "everything acknowledged" },
			);
			// One that ends, and one that the adapter does not take: neither keeps what is new waiting.
			await compliance.replay(asked);
			await compliance.replay(asked);
			await until(() => replayed >= 2, { what: "the second replay" });
			adapter.before = (_, { replay }) => {
				if (replay) throw new Error("not again");
			};
			release();
			await compliance.replay(asked);
			await alice.chat.post(rooms.lobby, "new");
			await until(() => texts().includes("new"), { what: "the new post" });
			const last = adapter.deliveries.at(-1);
			ok(last);
			await alice.chat.close();
		});

		it("sets aside what cannot be delivered once more, and goes on with the rest", async () => {
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			for (const text of ["a", "poison", "b"]) {
				await alice.chat.post(rooms.lobby, text);
			}
			await until(() => texts().length === 3, { what: "three posts" });
			adapter.before = (batch) => {
				for (const event of batch) {
					if (event.type === "posted" && event.message.text === "poison") {
						throw new Undeliverable("no longer", [event.id]);
					}
				}
			};
			const { compliance } = node.chat;
			ok(compliance);
			const { replay } = await until(
				() =>
					compliance
						.replay({
							adapter: "taking",
							from: new Date(0),
							to: new Date(Date.now() + 60_000),
							by: "a test",
						})
						.catch(() => undefined),
				{ what: "a replay" },
			);
			const ended = await compliance.replayed(replay.id, () => {});
			ok(ended.endedAt);
			// His coming, and the two that are not poison.
			equal(ended.delivered, 3);
			deepEqual(texts(), ["a", "poison", "b", "a", "b"]);
			const [parked] = await compliance.parked("taking", { limit: 9 });
			equal(parked?.reason, "no longer");
			// The operator has it tried once more, and it is taken.
			adapter.before = () => {};
			equal(await compliance.decide("taking", "again", "a test"), 1);
			await until(() => texts().at(-1) === "poison", { what: "the poison" });
			await until(
				async () => (await node.database("archive_parked")).length === 0,
				{ what: "nothing set aside" },
			);
			await alice.chat.close();
		});

		it("delivers what has happened until the end before it ends", async () => {
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			await alice.chat.post(rooms.lobby, "the last words");
			await node.chat.close();
			deepEqual(texts(), ["the last words"]);
			equal(adapter.taken.at(-1)?.type, "parted");
			equal(adapter.closed, true);
			await alice.chat.close();
		});

		it("signs what it has archived when it ends: verified, it is sound to its end", async () => {
			const alice = await signIn(node, "alice");
			await alice.chat.join(rooms.lobby);
			await alice.chat.post(rooms.lobby, "the last words");
			await node.chat.close();
			const key = createPublicKey(
				readFileSync(join(directory, "key.pub.pem"), "utf8"),
			);
			const verdict = await readEvidence(node.database, (reader) =>
				verifyArchive(reader, { keys: [{ id: fingerprintOf(key), key }] }),
			);
			equal(verdict.broken, undefined);
			equal(verdict.sound, 3);
			equal(verdict.checkpoints.newest?.position, 3);
			await alice.chat.close();
		});

		if (redis) {
			it("logs nothing of what Redis refused", async () => {
				const admin = connectRedis(redisUrl(), () => {});
				const alice = await signIn(node, "alice");
				await alice.chat.join(rooms.lobby);
				await admin.config("SET", "maxmemory", "1");
				try {
					await alice.chat.post(rooms.lobby, "a secret of the board");
					await until(
						() => node.logged.some((line) => line.includes("not archived")),
						{ what: "a refusal" },
					);
				} finally {
					await admin.config("SET", "maxmemory", "0");
					admin.disconnect();
				}
				await until(() => texts().length === 1, { what: "the post" });
				equal(node.logged.join("").includes("secret of the board"), false);
				await alice.chat.close();
			});

			it("loses nothing when Redis loses everything", async () => {
				const alice = await signIn(node, "alice");
				await alice.chat.join(rooms.lobby);
				const admin = connectRedis(redisUrl(), () => {});
				const posting = Promise.all(
					Array.from({ length: 60 }, (_, i) =>
						alice.chat.post(rooms.lobby, `message ${i}`),
					),
				);
				for (let i = 0; i < 20; i++) {
					await admin.flushall();
					await new Promise(setImmediate);
				}
				await posting;
				await until(() => texts().length >= 60, {
					what: "sixty posts",
					withinMs: 25_000,
				});
				equal(new Set(texts()).size, 60);
				const kept = await node.database("archive_events").pluck("event_id");
				equal(new Set(kept).size, kept.length);
				proveChains(adapter.taken);
				admin.disconnect();
				await alice.chat.close();
			});
		}
	});
}

/** Positions without a gap, and in each chain every event after the one before. */
function proveChains(events: readonly ArchivedEvent[]): void {
	const heads = new Map<string, { number: number; hash: string }>();
	for (const { position: _, evidence, ...record } of events) {
		const head = heads.get(evidence.chain) ?? { number: 0, hash: noHash };
		equal(evidence.number, head.number + 1);
		equal(evidence.previous, head.hash);
		equal(evidence.hash, chainHash(head.hash, JSON.stringify(record)));
		heads.set(evidence.chain, evidence);
	}
}
