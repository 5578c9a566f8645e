/** Whatever somebody does to the archive's rows, the verifier finds it, and says where. */
import {
	deepEqual,
	equal,
	match,
	notEqual,
	ok,
	rejects,
} from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { archiveHash, chainHash } from "../../plugin/compliance/chain.ts";
import type { EvidenceRow } from "../../plugin/compliance/evidence.ts";
import {
	fingerprintOf,
	signStatement,
	statementHash,
} from "../../plugin/compliance/signing.ts";
import type { Knex } from "../../plugin/store/index.ts";
import {
	type ArchiveUnderTest,
	someRooms,
	startArchive,
	testKey,
	testSign,
} from "../support/evidence.ts";

const [one = "", two = "", three = ""] = someRooms;
const columns = [
	"event_id",
	"room_id",
	"number",
	"type",
	"at",
	"sequence",
	"previous",
	"hash",
	"record",
] as const;

const rowAt = (knex: Knex, position: number): Promise<EvidenceRow> =>
	knex("archive_events").where({ position }).first();

async function change(knex: Knex, position: number, row: object) {
	await knex("archive_events").where({ position }).update(row);
}

/** As somebody with the database, but without the key, would hide what he did. */
async function makeHashesAnew(knex: Knex): Promise<void> {
	const heads = new Map<string, { number: number; hash: string }>();
	const rows: readonly EvidenceRow[] =
		await knex("archive_events").orderBy("position");
	let hash = "0".repeat(64);
	let position = 0;
	await knex("archive_events").delete();
	for (const row of rows) {
		const before = heads.get(row.room_id) ?? {
			number: 0,
			hash: "0".repeat(64),
		};
		position += 1;
		const made = {
			...row,
			position,
			number: before.number + 1,
			previous: before.hash,
			hash: chainHash(before.hash, row.record),
		};
		await knex("archive_events").insert(made);
		heads.set(row.room_id, made);
		hash = archiveHash(hash, { ...made, chain: row.room_id });
		await knex("archive_chains")
			.where({ room_id: row.room_id })
			.update({ number: made.number, hash: made.hash, position });
	}
	await knex("archive_head").update({ position, hash });
}

async function exchange(knex: Knex, a: number, b: number): Promise<void> {
	await change(knex, a, { position: -1 });
	await change(knex, b, { position: a });
	await change(knex, -1, { position: b });
}

for (const engine of ["sqlite", "mysql"] as const) {
	describe(`Evidence of the archive on ${engine}`, () => {
		let under: ArchiveUnderTest;

		beforeEach(async () => {
			under = await startArchive(engine);
			await under.add([one, two, one, three, one, two]);
			await under.add([one, one, two]);
		});
		afterEach(() => under.close());

		async function brokenAt(expected: number | undefined, wrong: RegExp) {
			const { broken } = await under.verify();
			ok(broken !== undefined, "it was not found");
			match(broken.wrong, wrong);
			equal(broken.position, expected);
		}

		it("is sound as it was written, and counts what is", async () => {
			const { checkpoints, ...verdict } = await under.verify();
			deepEqual(verdict, {
				sound: 9,
				broken: undefined,
				chains: 3,
				pruned: 0,
				prunedBefore: undefined,
				kept: 0,
				position: 9,
			});
			equal(checkpoints.sound, 2);
			equal(checkpoints.newest?.position, 9);
		});

		it("names an event whose text was altered", async () => {
			const { record } = await rowAt(under.knex, 3);
			await change(under.knex, 3, {
				record: record.replace("message 2", "message X"),
			});
			const { broken, sound } = await under.verify();
			equal(sound, 2);
			equal(broken?.position, 3);
			equal(broken?.chain, one);
			equal(broken?.number, 2);
			match(broken?.wrong ?? "", /it was altered/);
		});

		it("finds that what is looked for by was altered", async () => {
			await change(under.knex, 4, { at: 5 });
			await brokenAt(4, /column at says otherwise/);
		});

		it("finds a deleted event", async () => {
			await under.knex("archive_events").where({ position: 4 }).delete();
			await brokenAt(4, /missing/);
		});

		it("finds a deleted event whose place was closed", async () => {
			await under.knex("archive_events").where({ position: 3 }).delete();
			for (let position = 4; position <= 9; position++) {
				await change(under.knex, position, { position: position - 1 });
			}
			await brokenAt(4, /number 2 is missing/);
		});

		it("finds an event that was put in, with all hashes made anew", async () => {
			const row = await rowAt(under.knex, 3);
			await under.knex("archive_events").insert({
				...row,
				position: 10,
				number: 99,
				event_id: "00000000-0000-4000-8000-0000000000ff",
				record: row.record.replace(
					row.event_id,
					"00000000-0000-4000-8000-0000000000ff",
				),
			});
			await exchange(under.knex, 5, 10);
			await makeHashesAnew(under.knex);
			const { broken } = await under.verify();
			match(broken?.wrong ?? "", /checkpoint 1 has signed/);
		});

		it("finds two events of a room that changed places", async () => {
			await exchange(under.knex, 1, 3);
			await brokenAt(1, /number 1 is missing before it/);
		});

		it("finds two events of different rooms that changed places", async () => {
			await exchange(under.knex, 1, 2);
			await makeHashesAnew(under.knex);
			await brokenAt(6, /order of all events/);
		});

		it("finds that the end was cut off", async () => {
			await under.knex("archive_events").where("position", ">", 7).delete();
			await makeHashesAnew(under.knex);
			await brokenAt(8, /checkpoint 2 has signed, is missing/);
		});

		it("finds that the end was cut off behind the last checkpoint, unless the ends were made anew", async () => {
			await under.knex("archive_checkpoints").where({ number: 2 }).delete();
			await under.knex("archive_events").where("position", ">", 7).delete();
			await brokenAt(8, /end is missing.*9/);
			await makeHashesAnew(under.knex);
			equal((await under.verify()).broken, undefined);
		});

		it("finds a cut end with its checkpoints by one that was noted", async () => {
			const { checkpoints } = await under.verify();
			const noted = [checkpoints.newest ?? { number: 0, hash: "" }];
			equal((await under.verify({ noted })).broken, undefined);
			await under.knex("archive_checkpoints").where({ number: 2 }).delete();
			await under.knex("archive_events").where("position", ">", 6).delete();
			await makeHashesAnew(under.knex);
			match((await under.verify({ noted })).broken?.wrong ?? "", /noted/);
		});

		it("finds an alteration after which all hashes were made anew", async () => {
			const { record } = await rowAt(under.knex, 2);
			await change(under.knex, 2, {
				record: record.replace("message 1", "message X"),
			});
			await makeHashesAnew(under.knex);
			await brokenAt(6, /not the event that checkpoint 1 has signed/);
		});

		it("finds checkpoints that were altered, exchanged, taken away, or signed by another key", async () => {
			const table = () => under.knex("archive_checkpoints");
			const kept = await table().orderBy("number");
			const restore = async () => {
				await table().delete();
				await table().insert(kept);
			};
			const first = kept[0];
			await table()
				.where({ number: 1 })
				.update({
					statement: first.statement.replace('"pruned":0', '"pruned":1'),
				});
			match((await under.verify()).broken?.wrong ?? "", /not as it was signed/);
			await restore();
			await table().where({ number: 1 }).delete();
			match((await under.verify()).broken?.wrong ?? "", /2 is the oldest/);
			await table().delete();
			match((await under.verify()).broken?.wrong ?? "", /no checkpoint/);
			const other = generateKeyPairSync("ed25519");
			const id = fingerprintOf(other.publicKey);
			await under.archive.checkpoints.add(
				(unsigned) =>
					signStatement(
						unsigned,
						{ id, private: other.privateKey },
						new Date(),
					),
				under.tenure,
			);
			match((await under.verify()).broken?.wrong ?? "", /none of those given/);
			await table().update({ key_id: testKey.id });
			match((await under.verify()).broken?.wrong ?? "", /not as it was signed/);
			await restore();
			equal((await under.verify()).broken, undefined);
		});

		it("finds a chain's end, and the archive's, that are said otherwise", async () => {
			const chain = () => under.knex("archive_chains").where({ room_id: two });
			await chain().update({ number: 2 });
			await brokenAt(undefined, /newest event is number 2/);
			await chain().update({ number: 3 });
			await under.knex("archive_head").update({ hash: "0".repeat(64) });
			await brokenAt(9, /hash over all events/);
		});

		it("is sound after old events were deleted, and not when more are", async () => {
			const prune = (through: number) =>
				under.archive.prune(
					{ before: new Date(), through, events: 100 },
					testSign,
					under.tenure,
				);
			equal(await prune(4), 4);
			equal((await under.verify()).broken, undefined);
			await under.add([three]);
			equal(await prune(7), 3);
			const { broken, sound, pruned, checkpoints } = await under.verify();
			deepEqual(
				{ broken, sound, pruned, signed: checkpoints.sound },
				{ broken: undefined, sound: 3, pruned: 7, signed: 5 },
			);
			equal(await prune(9), 2);
			equal((await under.verify()).checkpoints.sound, 4);
			await under.knex("archive_head").update({ pruned: 8 });
			await brokenAt(undefined, /3 is the oldest/);
		});

		it("keeps one that is set aside when those around it are deleted", async () => {
			await under.archive.adapters.register("a");
			await under.archive.leases.take("adapter a", "node/run", undefined);
			await under.archive.adapters.advance(
				"a",
				{
					position: 9,
					delivered: 8,
					at: new Date(),
					parked: [
						{
							position: 6,
							event: (await rowAt(under.knex, 6)).event_id,
							reason: "no",
						},
					],
				},
				{ lease: "adapter a", holder: "node/run" },
			);
			await under.archive.prune(
				{ before: new Date(), through: 8, events: 100 },
				testSign,
				under.tenure,
			);
			const { broken, sound, kept } = await under.verify();
			deepEqual(
				{ broken, sound, kept },
				{ broken: undefined, sound: 2, kept: 1 },
			);
			const { record } = await rowAt(under.knex, 6);
			await change(under.knex, 6, { record: record.replace("message", "x") });
			equal((await under.verify()).broken?.position, 6);
			await change(under.knex, 6, { record });
			await under.archive.parked.decide("a", "dropped", "root");
			equal((await under.verify()).broken, undefined);
			const bounds = { before: new Date(), through: 8, events: 100 };
			await under.archive.prune(bounds, testSign, under.tenure);
			const after = await under.verify();
			deepEqual([after.broken, after.kept], [undefined, 0]);
			await under.add([one]);
			equal((await under.verify()).broken, undefined);
		});

		/** As if retention had deleted them. */
		async function pretend(through: number): Promise<void> {
			const rows: readonly EvidenceRow[] = await under
				.knex("archive_events")
				.where("position", "<=", through)
				.orderBy("position");
			let pruned_hash = "0".repeat(64);
			for (const row of rows) {
				const { room_id, number, hash } = row;
				pruned_hash = archiveHash(pruned_hash, { ...row, chain: room_id });
				await under
					.knex("archive_chains")
					.where({ room_id })
					.update({ pruned_number: number, pruned_hash: hash });
			}
			await under.knex("archive_head").update({ pruned: through, pruned_hash });
		}

		async function forge(position: number): Promise<void> {
			const { record, previous } = await rowAt(under.knex, position);
			const forged = record.replace("message ", "message FORGED");
			await change(under.knex, position, {
				record: forged,
				hash: chainHash(previous, forged),
			});
		}

		it("finds altered events that are said to be deleted, and events deleted too early", async () => {
			await pretend(5);
			await brokenAt(1, /checkpoint 2, the newest, has signed that up to 0/);
			const first = await rowAt(under.knex, 1);
			await forge(1);
			await brokenAt(1, /up to 5 are deleted/);
			await change(under.knex, 1, first);
			await pretend(9);
			await under.knex("archive_events").delete();
			await brokenAt(1, /up to 9 are deleted/);
		});

		it("deletes and signs nothing where what is said to be deleted was not signed", async () => {
			const prune = () =>
				under.archive.prune(
					{ before: new Date(), through: 7, events: 100 },
					testSign,
					under.tenure,
				);
			await pretend(3);
			await rejects(prune(), { name: "Unproven", message: /position 3/ });
			await under.add([three]);
			await brokenAt(1, /up to 3 are deleted/);
			await under.knex("archive_head").update({ pruned: 0 });
			await under.knex("archive_head").update({ pruned_hash: "0".repeat(64) });
			await change(under.knex, 2, { at: 5 });
			await rejects(prune(), { name: "Unproven", message: /position 2/ });
		});

		it("finds what was put in among what is deleted, and what was altered of what stayed", async () => {
			const first = await rowAt(under.knex, 1);
			await under.archive.prune(
				{ before: new Date(), through: 6, events: 100 },
				testSign,
				under.tenure,
			);
			const verdict = await under.verify();
			deepEqual([verdict.broken, verdict.kept], [undefined, 0]);
			match(verdict.prunedBefore ?? "", /^20/);
			await under.knex("archive_events").insert(first);
			await brokenAt(1, /is not set aside/);
			await under.knex("archive_parked").insert({
				adapter: "a",
				position: 1,
				event_id: first.event_id,
				state: "parked",
				reason: "",
				at: 0,
			});
			await brokenAt(undefined, /stayed.*checkpoint 3 has signed/);
			await rejects(
				under.archive.prune(
					{ before: new Date(), through: 8, events: 100 },
					testSign,
					under.tenure,
				),
				{ name: "Unproven" },
			);
		});

		it("finds events at positions before the first, and replays none of them", async () => {
			await under.archive.adapters.register("a");
			await under.knex("archive_adapters").update({ position: 9 });
			for (const position of [0, -1]) {
				const row = await rowAt(under.knex, 1);
				await under.knex("archive_events").insert({
					...row,
					position,
					event_id: `event ${position}`,
					number: 1_000 - position,
				});
				await brokenAt(position, /no such positions/);
			}
			const replay = await under.archive.replays.begin({
				adapter: "a",
				from: new Date(0),
				to: new Date(),
				by: "root",
				at: new Date(),
			});
			equal(replay?.first, 1);
		});

		it("says which noted checkpoints are older than what is kept", async () => {
			for (const through of [7, 9]) {
				await under.archive.prune(
					{ before: new Date(), through, events: 100 },
					testSign,
					under.tenure,
				);
			}
			const noted = [{ number: 1, hash: "f".repeat(64) }];
			const { broken, checkpoints } = await under.verify({ noted });
			deepEqual([broken, checkpoints.forgotten], [undefined, [1]]);
		});

		it("signs nothing twice, and nothing under a lease that is lost", async () => {
			equal(await under.sign(), 0);
			await under.archive.leases.release("relay", "node/run");
			await under.archive.checkpoints
				.add(
					(unsigned) => signStatement(unsigned, testKey, new Date()),
					under.tenure,
				)
				.then(
					() => ok(false, "it was signed"),
					(error) => equal(error.name, "LeaseLost"),
				);
		});
	});
}

describe("Evidence of the archive", () => {
	let under: ArchiveUnderTest;

	before(async () => {
		under = await startArchive();
		for (const rooms of [[one, two, one], [three], [two, one, three, three]]) {
			await under.add(rooms);
		}
	});
	after(() => under.close());

	it("bears no change of any column of any row", async () => {
		const rows = await under.knex("archive_events").orderBy("position");
		const position = fc.integer({ min: 1, max: rows.length });
		await fc.assert(
			fc.asyncProperty(
				position,
				position,
				fc.constantFrom(...columns, "exchange" as const, "delete" as const),
				fc.boolean(),
				fc.string({ minLength: 1, maxLength: 30 }),
				async (at, from, column, anew, text) => {
					const row = rows[at - 1];
					const other = rows[from - 1];
					if (column === "delete") {
						await under.knex("archive_events").where({ position: at }).delete();
					} else if (column === "exchange") {
						if (at === from) return;
						await exchange(under.knex, at, from);
					} else if (column === "event_id") {
						await change(under.knex, at, { event_id: text });
					} else if (column === "number" || column === "room_id") {
						await change(under.knex, at, {
							room_id: column === "room_id" ? "elsewhere" : row.room_id,
							number: row.number + 1_000,
						});
					} else if (column === "record") {
						const record = row.record.replace("message ", `message ${text}`);
						if (JSON.stringify(JSON.parse(row.record)) === record) return;
						await change(under.knex, at, { record });
					} else if (row[column] === other[column]) {
						await change(under.knex, at, {
							[column]: typeof row[column] === "number" ? -1 : text,
						});
					} else await change(under.knex, at, { [column]: other[column] });
					const hides =
						anew && ["record", "exchange", "delete"].includes(column);
					if (hides) await makeHashesAnew(under.knex);
					const { broken } = await under.verify();
					await under.knex("archive_events").delete();
					await under.knex("archive_events").insert(rows);
					await makeHashesAnew(under.knex);
					notEqual(broken, undefined, `${column} at ${at}`);
				},
			),
			{ numRuns: 150 },
		);
		equal((await under.verify()).broken, undefined);
	});

	it("names an event whatever is its text, as long as anything is", async () => {
		const { position: last } = await under
			.knex("archive_events")
			.orderBy("position", "desc")
			.first();
		const row = await rowAt(under.knex, last);
		const { message: _, ...without } = JSON.parse(row.record);
		const kept = JSON.parse(row.record);
		const record = fc.oneof(
			fc.constant(JSON.stringify(without)),
			fc.string(),
			fc.json(),
			fc
				.dictionary(fc.constantFrom(...Object.keys(kept)), fc.jsonValue())
				.map((changed) => JSON.stringify({ ...kept, ...changed })),
		);
		try {
			await fc.assert(
				fc.asyncProperty(record, async (text) => {
					if (text === row.record) return;
					const hash = chainHash(row.previous, text);
					await change(under.knex, last, { record: text, hash });
					equal((await under.verify()).broken?.position, last);
				}),
				{ numRuns: 200 },
			);
		} finally {
			const { record, hash } = row;
			await change(under.knex, last, { record, hash });
		}
	});

	it("needs several statements for very many rooms", async () => {
		const many = await startArchive();
		try {
			const rooms = Array.from(
				{ length: 2_300 },
				(_, index) => `r${String(index).padStart(6, "0")}`,
			);
			await many.add(rooms);
			const { broken, checkpoints, chains } = await many.verify();
			deepEqual(
				{ broken, signed: checkpoints.sound, chains },
				{ broken: undefined, signed: 3, chains: 2_300 },
			);
			const rows: readonly { statement: string }[] = await many
				.knex("archive_checkpoints")
				.orderBy("number");
			const [first, second, third] = rows.map(({ statement }) =>
				JSON.parse(statement),
			);
			equal(second.previous, statementHash(rows[0]?.statement));
			deepEqual([first.hash, second.hash], [null, null]);
			equal(third.hash.length, 64);
		} finally {
			await many.close();
		}
	});
});
