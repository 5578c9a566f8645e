/**
 * What is kept, and how it is reached: reads from anywhere, writes only in a `Transaction`.
 *
 * Everything throws `ChatError('unavailable')` when the database cannot be had (within about 5 s, with the driver's error
 * as its cause), and works again by itself when the database is back.
 */
import type { Directory } from "../rooms/directory.ts";
import type {
	FollowingReader,
	FollowingWriter,
	InvitationReader,
	InvitationWriter,
	PreferenceReader,
	PreferenceWriter,
	PresenceReader,
	PresenceWriter,
} from "./interfaces/belongings.ts";
import type {
	CategoryReader,
	CategoryWriter,
} from "./interfaces/categories.ts";
import type { FileReader, FileWriter } from "./interfaces/files.ts";
import type { MessageSearch } from "./interfaces/message-search.ts";
import type { MessageReader, MessageWriter } from "./interfaces/messages.ts";
import type {
	AddInReader,
	AddInWriter,
	AuditLog,
	NodeStates,
} from "./interfaces/operation.ts";
import type { Outbox, OwedEvents } from "./interfaces/outbox.ts";
import type {
	AbsenceReader,
	AbsenceWriter,
	Nodes,
	ParticipantReader,
	ParticipantWriter,
} from "./interfaces/participants.ts";
import type {
	GroupReader,
	GroupWriter,
	PolicyReader,
	PolicyWriter,
	RightsReader,
	RightsWriter,
	UserReader,
	UserWriter,
} from "./interfaces/people.ts";
import type { PhoneReader, PhoneWriter } from "./interfaces/phones.ts";
import type { PostedNumbers } from "./interfaces/posted.ts";
import type { ReadBack } from "./interfaces/reading-back.ts";
import type { RoomReader, RoomWriter } from "./interfaces/rooms.ts";
import type {
	SignInLinkReader,
	SignInLinkWriter,
} from "./interfaces/sign-in-links.ts";
import type { TransferReader, TransferWriter } from "./interfaces/transfer.ts";
import type {
	WebSessionReader,
	WebSessionWriter,
} from "./interfaces/web-sessions.ts";

export type * from "./interfaces/belongings.ts";
export type * from "./interfaces/categories.ts";
export type * from "./interfaces/files.ts";
export type * from "./interfaces/message-search.ts";
export type * from "./interfaces/messages.ts";
export type * from "./interfaces/operation.ts";
export type * from "./interfaces/outbox.ts";
export type * from "./interfaces/page.ts";
export type * from "./interfaces/participants.ts";
export type * from "./interfaces/people.ts";
export type * from "./interfaces/phones.ts";
export type * from "./interfaces/posted.ts";
export type * from "./interfaces/reading-back.ts";
export type * from "./interfaces/rooms.ts";
export type * from "./interfaces/sign-in-links.ts";
export type * from "./interfaces/transfer.ts";
export type * from "./interfaces/web-sessions.ts";

export interface Store {
	/** This database as a directory. */
	readonly directory: Directory;
	readonly users: UserReader;
	readonly groups: GroupReader;
	readonly policies: PolicyReader;
	readonly rights: RightsReader;
	readonly categories: CategoryReader;
	readonly rooms: RoomReader;
	readonly messages: MessageReader;
	readonly messageSearch: MessageSearch;
	readonly readBack: ReadBack;
	readonly participants: ParticipantReader;
	readonly preferences: PreferenceReader;
	readonly invitations: InvitationReader;
	readonly presence: PresenceReader;
	readonly following: FollowingReader;
	readonly absences: AbsenceReader;
	readonly phones: PhoneReader;
	readonly files: FileReader;
	readonly outbox: OwedEvents;
	readonly posted: PostedNumbers;
	readonly nodes: Nodes;
	readonly nodeStates: NodeStates;
	readonly audit: AuditLog;
	readonly addIns: AddInReader;
	readonly transfer: TransferReader;
	readonly webSessions: WebSessionReader;
	readonly signInLinks: SignInLinkReader;
	/** GUID of this database, constant until its data is replaced (`dbVersion` on the wire). */
	readonly id: string;
	/**
	 * Commits when `work` resolves, rolls back when it rejects and then rejects with the same error. A deadlock, a
	 * certification failure or a connection lost before the commit is repeated with back-off, so `work` may run more than
	 * once: let it change nothing but `tx`, and use nothing of the store but `tx` in it (on SQLite there is one connection).
	 * Throws `ChatError('unavailable')` when the database cannot be had. When the connection is lost during the commit
	 * itself, nobody knows whether it was kept: that too is `unavailable`, with `kept: "perhaps"`, and is not repeated; what must not happen twice
	 * is to be asked for by a key of its own.
	 */
	transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** Writes, and the outbox, exist only here. */
export interface Transaction {
	/** This database as a directory, as this transaction sees it. */
	readonly directory: Directory;
	readonly rights: RightsWriter;
	readonly users: UserWriter;
	readonly groups: GroupWriter;
	readonly policies: PolicyWriter;
	readonly categories: CategoryWriter;
	readonly rooms: RoomWriter;
	readonly messages: MessageWriter;
	readonly participants: ParticipantWriter;
	readonly preferences: PreferenceWriter;
	readonly presence: PresenceWriter;
	readonly absences: AbsenceWriter;
	readonly phones: PhoneWriter;
	readonly files: FileWriter;
	readonly following: FollowingWriter;
	readonly invitations: InvitationWriter;
	readonly webSessions: WebSessionWriter;
	readonly signInLinks: SignInLinkWriter;
	readonly addIns: AddInWriter;
	readonly transfer: TransferWriter;
	readonly outbox: Outbox;
}
