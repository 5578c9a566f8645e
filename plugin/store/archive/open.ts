/** Joins the tables of the compliance database to an `Archive`: brings its schema up to date, then answers. */
import type { Knex } from "knex";
import { type Archive, Unstorable } from "../../compliance/archive.ts";
import { answering, reading } from "../answering.ts";
import { faultOf } from "../faults.ts";
import { inTransaction } from "../in-transaction.ts";
import { archiveSchema } from "../migrate.ts";
import type { StoreLog } from "../open.ts";
import { adapterStates } from "./adapters.ts";
import { addEvents } from "./add.ts";
import { present } from "./attendance.ts";
import { checkpoints } from "./checkpoints.ts";
import { eventReader } from "./events.ts";
import { leases } from "./leases.ts";
import { parkedEvents } from "./parked.ts";
import { archivedPosts, extentOf } from "./posts.ts";
import { prune } from "./prune.ts";
import { replays } from "./replays.ts";

/** Runs the work whole or not at all, again when another one was in the way. */
export type Write = <T>(work: (tx: Knex) => Promise<T>) => Promise<T>;

export interface ArchiveOptions {
	readonly log?: StoreLog;
	/** The GUID of the chat database: an archive keeps the events of one. */
	readonly of?: string;
}

/** Throws `unavailable` when the database is away, `SchemaTooNew`. The Knex stays the caller's; it may be the one of the chat database. */
export async function openArchive(
	knex: Knex,
	{ log, of }: ArchiveOptions = {},
): Promise<Archive> {
	const migrations = await reading(() => archiveSchema.forward(knex));
	if (migrations.length > 0) {
		log?.info({ migrations }, "schema of the archive brought forward");
	}
	if (of !== undefined) await reading(() => demandArchiveOf(knex, of));
	const write: Write = (work) =>
		inTransaction(knex, { table: "archive_head" }, work);
	return {
		...answering(eventReader(knex)),
		...answering(extentOf(knex)),
		posts: answering(archivedPosts(knex)),
		present: (room, position) => reading(() => present(knex, room, position)),
		add: (events, turn) =>
			write((tx) => addEvents(tx, events, turn)).catch((error: unknown) => {
				throw unstorable(error) ?? error;
			}),
		prune: (bounds, sign, tenure) =>
			write((tx) => prune(tx, bounds, { sign, tenure })),
		adapters: answering(adapterStates(knex, write)),
		parked: answering(parkedEvents(knex, write)),
		replays: answering(replays(knex, write)),
		leases: answering(leases(knex)),
		checkpoints: answering(checkpoints(knex, write)),
	};
}

/** Undefined for what is a fault of the database's, or anything else: that is tried again. */
function unstorable(error: unknown): Unstorable | undefined {
	const cause = error instanceof Error ? (error.cause ?? error) : error;
	const fault = faultOf(cause);
	if (fault !== "too-long" && fault !== "unfit") return undefined;
	return new Unstorable("The archive cannot keep a value of an event.", {
		cause,
	});
}

async function demandArchiveOf(knex: Knex, chat: string): Promise<void> {
	const head = () => knex("archive_head").where({ id: 1 });
	await head().whereNull("chat_id").update({ chat_id: chat });
	const row: { readonly chat_id: string } | undefined =
		await head().first("chat_id");
	if (row?.chat_id !== chat) {
		throw new Error(
			"This compliance database keeps the events of another chat database: each needs one of its own.",
		);
	}
}
