/** All or nothing: runs the work in a transaction, again when another one was in the way. */
import type { Knex } from "knex";
import { absenceWriter } from "./absences.ts";
import { attempt } from "./attempts.ts";
import { categoryWriter } from "./categories.ts";
import { isSqlite } from "./database.ts";
import type { Fault } from "./faults.ts";
import { followingWriter } from "./following.ts";
import { groupWriter } from "./groups.ts";
import { invitationWriter } from "./invitations.ts";
import { noLocks } from "./locks.ts";
import { messageWriter } from "./messages.ts";
import { noOutbox, outboxWriter } from "./outbox.ts";
import { participantWriter } from "./participants.ts";
import { policyWriter } from "./policies.ts";
import { preferenceWriter } from "./preferences.ts";
import { presenceWriter } from "./presence.ts";
import { roomWriter } from "./rooms.ts";
import type { Transaction } from "./store.ts";
import { userWriter } from "./users.ts";

export function transact<T>(
	knex: Knex,
	work: (tx: Transaction) => Promise<T>,
	{
		owes,
		onRepeat,
	}: {
		readonly owes: boolean;
		readonly onRepeat: (fault: Fault, attempt: number) => void;
	},
): Promise<T> {
	let committing = false;
	return attempt(
		() => {
			committing = false;
			return once(knex, async (tx) => {
				if (isSqlite(tx)) await becomeTheWriter(tx);
				const result = await work(writers(tx, owes));
				committing = true;
				return result;
			});
		},
		{ doubtful: () => committing, onRepeat },
	);
}

/** Rejects with what went wrong first: after that the rollback may fail too, and says less. */
async function once<T>(knex: Knex, work: (tx: Knex) => Promise<T>): Promise<T> {
	let first: { readonly error: unknown } | undefined;
	try {
		return await knex.transaction(async (tx) => {
			// knex goes on also when BEGIN has failed, and rejects with that failure.
			if (tx.isCompleted()) throw new Error("The transaction did not begin");
			try {
				return await work(tx);
			} catch (error) {
				first = { error };
				throw error;
			}
		});
	} catch (error) {
		throw first === undefined ? error : first.error;
	}
}

/** SQLite has one writer at a time: to become it before the first read is to find no surprise at the first write. */
async function becomeTheWriter(tx: Knex): Promise<void> {
	await tx("settings").whereRaw("false").delete();
}

function writers(tx: Knex, owes: boolean): Transaction {
	const locks = noLocks();
	return {
		users: userWriter(tx),
		groups: groupWriter(tx),
		policies: policyWriter(tx),
		categories: categoryWriter(tx),
		rooms: roomWriter(tx, locks),
		messages: messageWriter(tx, locks),
		participants: participantWriter(tx, locks),
		invitations: invitationWriter(tx),
		preferences: preferenceWriter(tx),
		presence: presenceWriter(tx),
		absences: absenceWriter(tx),
		following: followingWriter(tx),
		outbox: owes ? outboxWriter(tx) : noOutbox,
	};
}
