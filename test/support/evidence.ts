/** An archive of its own with events in several rooms and signed checkpoints, for tests of what proves it. */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import type { Archive, Owed, Tenure } from "../../plugin/compliance/archive.ts";
import type { EventRecord } from "../../plugin/compliance/archived.ts";
import type { Sign } from "../../plugin/compliance/evidence.ts";
import {
	fingerprintOf,
	signStatement,
} from "../../plugin/compliance/signing.ts";
import {
	type Verdict,
	type VerifyOptions,
	verifyArchive,
} from "../../plugin/compliance/verify.ts";
import {
	type Knex,
	makeDatabase,
	openArchive,
	readEvidence,
} from "../../plugin/store/index.ts";
import type { Engine } from "./chat-node.ts";
import { type FreshDatabase, freshMysql, freshSqlite } from "./databases.ts";

export interface ArchiveUnderTest {
	readonly database: FreshDatabase;
	readonly knex: Knex;
	readonly archive: Archive;
	readonly tenure: Tenure;
	/** Posts to these rooms, in turn, then a checkpoint of them. */
	add(rooms: readonly string[], at?: Date): Promise<void>;
	/** As the service signs; how many statements there were. */
	sign(at?: Date): Promise<number>;
	verify(options?: Partial<VerifyOptions>): Promise<Verdict>;
	close(): Promise<void>;
}

const pair = generateKeyPairSync("ed25519");
export const testKey = {
	id: fingerprintOf(pair.publicKey),
	private: pair.privateKey,
	public: pair.publicKey,
};

export const testSign: Sign = (unsigned) =>
	signStatement(unsigned, testKey, new Date("2026-11-22T10:00:00Z"));

export const someRooms = [1, 2, 3].map(
	(room) => `00000000-0000-4000-8000-00000000000${room}`,
);

export async function startArchive(
	engine: Engine = "sqlite",
): Promise<ArchiveUnderTest> {
	const database = await (engine === "mysql" ? freshMysql() : freshSqlite());
	const knex = makeDatabase(database.description);
	const archive = await openArchive(knex);
	const tenure = { lease: "relay", holder: "node/run" };
	await archive.leases.take(tenure.lease, tenure.holder, undefined);
	const sequences = new Map<string, number>();
	let turn = 0;

	async function sign(at = new Date("2026-11-22T10:00:00Z")): Promise<number> {
		for (let signed = 0; ; signed++) {
			const checkpoint = await archive.checkpoints.add(
				(unsigned) => signStatement(unsigned, testKey, at),
				tenure,
			);
			if (checkpoint === undefined) return signed;
		}
	}

	return {
		database,
		knex,
		archive,
		tenure,
		sign,
		async add(rooms, at = new Date("2026-11-22T09:00:00Z")) {
			const events = rooms.map((room) => {
				const sequence = (sequences.get(room) ?? 0) + 1;
				sequences.set(room, sequence);
				return postedEvent(room, sequence, at);
			});
			turn += 1;
			await archive.add(events, { ...tenure, turn });
			await sign();
		},
		verify: (options = {}) =>
			readEvidence(knex, (reader) =>
				verifyArchive(reader, {
					keys: [{ id: testKey.id, key: testKey.public }],
					...options,
				}),
			),
		async close() {
			await knex.destroy();
			await database.drop();
		},
	};
}

export function postedEvent(room: string, sequence: number, at: Date): Owed {
	const record = {
		version: 1,
		id: randomUUID(),
		type: "posted",
		at: at.toISOString(),
		actor: {
			uri: "sip:alice@example.com",
			displayName: "Alice",
			guid: "",
			internal: true,
		},
		room: {
			id: room,
			uri: `ma-chan://example.com/${room}`,
			name: `Room ${room.at(-1)}`,
			category: { id: "c", name: "Category" },
		},
		message: {
			room,
			sequence,
			text: `message ${sequence} 会議`,
			alert: false,
			author: { uri: "sip:alice@example.com", displayName: "Alice" },
			postedAt: at.toISOString(),
		},
	} as unknown as EventRecord;
	return { record, text: JSON.stringify(record) };
}
