/** Joins the tables of the compliance database to an `Archive`: brings its schema up to date, then answers. */
import type { Knex } from "knex";
import type { Archive } from "../../compliance/archive.ts";
import { answering, reading } from "../answering.ts";
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

/** Throws `unavailable` when the database is away. The Knex stays the caller's; it may be the one of the chat database. */
export async function openArchive(
	knex: Knex,
	{ log }: { readonly log?: StoreLog } = {},
): Promise<Archive> {
	const migrations = await reading(() => archiveSchema.forward(knex));
	if (migrations.length > 0) {
		log?.info({ migrations }, "schema of the archive brought forward");
	}
	const write: Write = (work) =>
		inTransaction(knex, { table: "archive_head" }, work);
	return {
		...answering(eventReader(knex)),
		...answering(extentOf(knex)),
		posts: answering(archivedPosts(knex)),
		present: (room, position) => reading(() => present(knex, room, position)),
		add: (events, turn) => write((tx) => addEvents(tx, events, turn)),
		prune: (bounds, tenure) => write((tx) => prune(tx, bounds, tenure)),
		adapters: answering(adapterStates(knex, write)),
		parked: answering(parkedEvents(knex, write)),
		replays: answering(replays(knex, write)),
		leases: answering(leases(knex)),
		checkpoints: answering(checkpoints(knex, write)),
	};
}
