/** Joins the tables to a `Store`: brings the schema up to date, then answers. */
import type { Knex } from "knex";
import { absenceReader } from "./absences.ts";
import { addInReader } from "./add-ins.ts";
import { answering, reading } from "./answering.ts";
import { auditLog } from "./audit.ts";
import { categoryReader } from "./categories.ts";
import type { DatabaseLog } from "./database.ts";
import { directoryReader } from "./directory.ts";
import { fileReader } from "./files.ts";
import { followingReader } from "./following.ts";
import { rightsReader } from "./generations.ts";
import { groupReader } from "./groups.ts";
import { invitationReader } from "./invitations.ts";
import { messageSearch } from "./message-search.ts";
import { messageReader } from "./messages.ts";
import { chatSchema } from "./migrate.ts";
import { nodeStates } from "./node-states.ts";
import { nodeTable } from "./nodes.ts";
import { owedEvents } from "./outbox.ts";
import { participantReader } from "./participants.ts";
import { phoneReader } from "./phones.ts";
import { policyReader } from "./policies.ts";
import { postedNumbers } from "./posted.ts";
import { preferenceReader } from "./preferences.ts";
import { presenceReader } from "./presence.ts";
import { roomReader } from "./rooms.ts";
import { signInLinkReader } from "./sign-in-links.ts";
import type { Store } from "./store.ts";
import { transact } from "./transaction.ts";
import { transferReader } from "./transfer/index.ts";
import { userReader } from "./users.ts";
import { webSessionReader } from "./web-sessions.ts";

export interface StoreLog extends DatabaseLog {
	info(fields: object, message: string): void;
}

export interface StoreOptions {
	readonly log?: StoreLog;
	/** Is what happens kept for compliance? Default true. */
	readonly owes?: boolean;
}

/** Throws `unavailable` when the database is away, `SchemaTooNew`. The Knex stays the caller's, who destroys it after the last use. */
export async function openStore(
	knex: Knex,
	{ log, owes = true }: StoreOptions = {},
): Promise<Store> {
	const { migrations, newer, id } = await reading(async () => ({
		migrations: await chatSchema.forward(knex),
		newer: await chatSchema.newer(knex),
		id: await databaseId(knex),
	}));
	if (migrations.length > 0)
		log?.info({ migrations }, "schema brought forward");
	if (newer.length > 0)
		log?.info({ newer }, "schema of a newer version, which allows this one");
	const messages = answering(messageReader(knex));
	const search = {
		...answering(messageSearch(knex)),
		unitsOf: messageSearch(knex).unitsOf,
	};
	return {
		id,
		directory: answering(directoryReader(knex)),
		users: answering(userReader(knex)),
		groups: answering(groupReader(knex)),
		policies: answering(policyReader(knex)),
		rights: answering(rightsReader(knex)),
		categories: answering(categoryReader(knex)),
		rooms: answering(roomReader(knex)),
		messages,
		messageSearch: search,
		readBack: (_, read) => read({ messages, messageSearch: search }),
		participants: answering(participantReader(knex)),
		invitations: answering(invitationReader(knex)),
		preferences: answering(preferenceReader(knex)),
		presence: answering(presenceReader(knex)),
		absences: answering(absenceReader(knex)),
		phones: answering(phoneReader(knex)),
		files: answering(fileReader(knex)),
		following: answering(followingReader(knex)),
		outbox: answering(owedEvents(knex)),
		posted: answering(postedNumbers(knex)),
		nodes: answering(nodeTable(knex)),
		nodeStates: answering(nodeStates(knex)),
		audit: answering(auditLog(knex)),
		addIns: answering(addInReader(knex)),
		transfer: answering(transferReader(knex)),
		webSessions: answering(webSessionReader(knex)),
		signInLinks: answering(signInLinkReader(knex)),
		transaction: (work) =>
			transact(knex, work, {
				owes,
				onRepeat: (fault, attempt) =>
					log?.debug({ fault, attempt }, "transaction begins again"),
			}),
	};
}

export async function databaseId(knex: Knex): Promise<string> {
	const row: { readonly value: string } | undefined = await knex("settings")
		.where({ name: "database-id" })
		.first("value");
	if (row === undefined) throw new Error("The database has lost its GUID");
	return row.value;
}
