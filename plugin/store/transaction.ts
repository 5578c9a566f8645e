/** A transaction of the chat database: every write there is, and what compliance is owed for it. */
import type { Knex } from "knex";
import { absenceWriter } from "./absences.ts";
import { addInWriter } from "./add-ins.ts";
import { categoryWriter } from "./categories.ts";
import { directoryReader } from "./directory.ts";
import type { Fault } from "./faults.ts";
import { fileWriter } from "./files.ts";
import { followingWriter } from "./following.ts";
import { rightsWriter } from "./generations.ts";
import { groupWriter } from "./groups.ts";
import { inTransaction } from "./in-transaction.ts";
import { invitationWriter } from "./invitations.ts";
import { noLocks } from "./locks.ts";
import { messageWriter } from "./messages.ts";
import { noOutbox, outboxWriter } from "./outbox.ts";
import { participantWriter } from "./participants.ts";
import { phoneWriter } from "./phones.ts";
import { policyWriter } from "./policies.ts";
import { preferenceWriter } from "./preferences.ts";
import { presenceWriter } from "./presence.ts";
import { roomWriter } from "./rooms.ts";
import { signInLinkWriter } from "./sign-in-links.ts";
import type { Transaction } from "./store.ts";
import { transferWriter } from "./transfer/index.ts";
import { userWriter } from "./users.ts";
import { webSessionWriter } from "./web-sessions.ts";

/** The chat database's, with everything that can be written there. */
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
	return inTransaction(knex, { table: "settings", onRepeat }, (tx) =>
		work(writers(tx, owes)),
	);
}

function writers(tx: Knex, owes: boolean): Transaction {
	const locks = noLocks();
	const rights = rightsWriter(tx);
	return {
		directory: directoryReader(tx),
		rights,
		users: userWriter(tx, rights),
		groups: groupWriter(tx, rights),
		policies: policyWriter(tx, rights),
		categories: categoryWriter(tx, rights),
		rooms: roomWriter(tx, locks, rights),
		messages: messageWriter(tx, locks),
		participants: participantWriter(tx, locks),
		invitations: invitationWriter(tx),
		preferences: preferenceWriter(tx),
		presence: presenceWriter(tx),
		absences: absenceWriter(tx),
		phones: phoneWriter(tx),
		files: fileWriter(tx),
		following: followingWriter(tx),
		webSessions: webSessionWriter(tx),
		signInLinks: signInLinkWriter(tx),
		addIns: addInWriter(tx),
		transfer: transferWriter(tx, rights),
		outbox: owes ? outboxWriter(tx) : noOutbox,
	};
}
