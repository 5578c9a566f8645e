/** Whatever somebody does to the archive's rows, the verifier finds it, and says where. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
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
	describe(`Evidence of the archive on ${engine}`, function () {
		this.timeout(30_000);
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
					under.tenure,
				);
			equal(await prune(4), 4);
			equal((await under.verify()).broken, undefined);
			await under.add([three]);
			equal(await prune(7), 3);
			const { broken, sound, pruned, checkpoints } = await under.verify();
			deepEqual(
				{ broken, sound, pruned, signed: checkpoints.sound },
				{ broken: undefined, sound: 3, pruned: 7, signed: 3 },
			);
			equal(await prune(9), 2);
			equal((await under.verify()).checkpoints.sound, 2);
			await under.knex("archive_head").update({ pruned: 8 });
			await brokenAt(undefined, /2 is the oldest/);
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
				under.tenure,
			);
			const { broken, sound } = await under.verify();
			deepEqual({ broken, sound }, { broken: undefined, sound: 2 });
			const { record } = await rowAt(under.knex, 6);
			await change(under.knex, 6, { record: record.replace("message", "x") });
			equal((await under.verify()).broken?.position, 6);
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

describe("Evidence of the archive", function () {
	this.timeout(60_000);
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
