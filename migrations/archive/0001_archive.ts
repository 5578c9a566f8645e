/**
 * The compliance database: the archived events with the hash chains of their rooms, and how far each adapter is.
 *
 * As the chat database: no triggers, no foreign keys, a primary key everywhere; times are milliseconds since 1970 (UTC).
 */
import type { Knex } from "knex";
import { createTables } from "../create-tables.ts";

type Table = Knex.CreateTableBuilder;

const guid = 36;
const principal = 255;
const adapter = 64;
const hash = 64;
const noHash = "0".repeat(hash);

const tables: Readonly<Record<string, (table: Table) => void>> = {
	/** One row: positions are given in the order of commits, because whoever adds events locks it. */
	archive_head(table) {
		table.integer("id").primary();
		/** Of the newest event. */
		table.bigInteger("position").notNullable();
		/** Over all events in their order, whatever their rooms. */
		table.string("hash", hash).notNullable();
		/** Events up to this one have been deleted, but for those set aside; the hash as it was there. */
		table.bigInteger("pruned").notNullable();
		table.string("pruned_hash", hash).notNullable();
		/** Whose events these are: the GUID of the chat database. */
		table.string("chat_id", guid).nullable();
		/** What was posted earlier may never have been owed. */
		table.bigInteger("begun_at").notNullable();
	},

	archive_events(table) {
		table.bigInteger("position").primary();
		table.string("event_id", guid).notNullable().unique();
		/** Empty for what is of no room. */
		table.string("room_id", guid).notNullable();
		/** In the chain of the room. */
		table.bigInteger("number").notNullable();
		table.string("type", 32).notNullable();
		table.bigInteger("at").notNullable();
		/** Of a posted message. */
		table.bigInteger("sequence").nullable();
		table.string("previous", hash).notNullable();
		table.string("hash", hash).notNullable();
		/** The JSON text that is hashed. */
		table.text("record", "mediumtext").notNullable();
		table.unique(["room_id", "number"]);
		table.index(["at", "position"]);
		table.index(["room_id", "sequence", "at"]);
	},

	archive_chains(table) {
		table.string("room_id", guid).primary();
		table.bigInteger("number").notNullable();
		table.string("hash", hash).notNullable();
		/** Of the newest event. */
		table.bigInteger("position").notNullable().index();
		/** The newest event that has been deleted, and its hash. */
		table.bigInteger("pruned_number").notNullable();
		table.string("pruned_hash", hash).notNullable();
		/** Posted messages up to this one have been deleted. */
		table.bigInteger("pruned_sequence").notNullable();
	},

	/** Who was in a room from one position to another. */
	archive_attendance(table) {
		table.bigInteger("entered_position").primary();
		table.string("room_id", guid).notNullable();
		table.string("user_uri", principal).notNullable();
		/** JSON */
		table.text("person").notNullable();
		/** null: still there */
		table.bigInteger("left_position").nullable();
		table.index(["room_id", "left_position"]);
		table.index(["left_position"]);
	},

	archive_adapters(table) {
		table.string("name", adapter).primary();
		/** It has taken, or set aside, every event up to this one. */
		table.bigInteger("position").notNullable();
		/** Its first event is the one after this. */
		table.bigInteger("since").notNullable();
		table.bigInteger("delivered").notNullable();
		table.bigInteger("delivered_at").nullable();
		table.bigInteger("failures").notNullable();
		/** In a row, since the last success. */
		table.integer("attempt").notNullable();
		table.bigInteger("failed_at").nullable();
		table.text("failure").nullable();
		/** When it is tried again; null: in its turn. */
		table.bigInteger("next_at").nullable();
	},

	/** Events that an adapter could not take, with the reason. */
	archive_parked(table) {
		table.string("adapter", adapter).notNullable();
		table.bigInteger("position").notNullable();
		table.string("event_id", guid).notNullable();
		/** parked, again (to be tried once more), dropped (by the operator) */
		table.string("state", 16).notNullable();
		table.text("reason").notNullable();
		table.bigInteger("at").notNullable();
		/** Who decided last. */
		table.string("by", 255).nullable();
		table.primary(["adapter", "position"]);
	},

	archive_replays(table) {
		table.string("id", guid).primary();
		table.string("adapter", adapter).notNullable();
		/** The first and the last event of it; the next one to come. */
		table.bigInteger("first_position").notNullable();
		table.bigInteger("last_position").notNullable();
		table.bigInteger("next_position").notNullable();
		table.bigInteger("from_at").notNullable();
		table.bigInteger("to_at").notNullable();
		table.bigInteger("delivered").notNullable();
		table.string("asked_by", 255).notNullable();
		table.bigInteger("asked_at").notNullable();
		table.bigInteger("ended_at").nullable();
		/** Why it ended before its end. */
		table.text("failure").nullable();
		table.index(["adapter", "ended_at"]);
	},

	/** Which node does what only one may do. */
	archive_leases(table) {
		table.string("name", 128).primary();
		table.string("holder", 255).notNullable();
		/** Counts up while the holder lives. */
		table.bigInteger("beat").notNullable();
	},

	archive_checkpoints(table) {
		table.bigInteger("number").primary();
		table.bigInteger("at").notNullable();
		/** It speaks of the events up to this one. */
		table.bigInteger("position").notNullable().unique();
		/** The JSON text that is signed. */
		table.text("statement", "mediumtext").notNullable();
		/** Ed25519, base64. */
		table.string("signature", 128).notNullable();
		/** Fingerprint of the public key. */
		table.string("key_id", 64).notNullable();
	},
};

export async function up(knex: Knex): Promise<void> {
	await createTables(knex, tables);
	await knex("archive_head")
		.insert({
			id: 1,
			position: 0,
			hash: noHash,
			pruned: 0,
			pruned_hash: noHash,
			begun_at: Date.now(),
		})
		.onConflict("id")
		.ignore();
}

export async function down(knex: Knex): Promise<void> {
	for (const name of Object.keys(tables).reverse()) {
		await knex.schema.dropTableIfExists(name);
	}
}
