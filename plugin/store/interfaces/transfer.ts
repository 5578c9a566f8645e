/** What is carried from one database to another, record by record, as it stands: ids, sequences, authors and times stay. Times are ISO 8601 in UTC. */
import type { Credentials } from "./people.ts";

export interface TransferRecords {
	readonly users: {
		readonly uri: string;
		readonly displayName: string;
		readonly guid: string;
		readonly email: string | null;
		readonly active: boolean;
		/** Absent where passwords are not carried; null: he has none. */
		readonly credentials?: Credentials | null | undefined;
	};
	readonly groups: {
		readonly id: string;
		readonly name: string;
		/** In their order. */
		readonly members: readonly string[];
	};
	readonly policies: {
		readonly scope: string;
		readonly enabled: boolean;
		readonly admit: boolean;
	};
	readonly administrators: { readonly principal: string };
	readonly addIns: { readonly name: string; readonly url: string };
	readonly categories: {
		readonly id: string;
		readonly name: string;
		readonly description: string;
		readonly invitations: boolean;
		readonly files: boolean;
		readonly history: boolean;
		readonly compliance: string;
		/** Absent: as the service has it. */
		readonly retainDays?: number | undefined;
		readonly allowed: readonly string[];
		readonly denied: readonly string[];
		readonly creators: readonly string[];
	};
	readonly rooms: {
		readonly id: string;
		readonly name: string;
		readonly description: string;
		readonly category: string;
		readonly privacy: string;
		readonly type: string;
		readonly invitations: string;
		readonly disabled: boolean;
		readonly addIn: { readonly name: string; readonly url: string } | null;
		/** By which phones find it. */
		readonly alias: string | null;
		readonly createdBy: string;
		readonly createdAt: string;
		/** The newest message's number. */
		readonly lastSequence: number;
	};
	readonly rights: {
		readonly room: string;
		readonly role: string;
		readonly principal: string;
		readonly grantedBy: string;
		readonly grantedAt: string;
	};
	readonly messages: {
		readonly room: string;
		readonly sequence: number;
		readonly author: { readonly uri: string; readonly name: string };
		readonly postedAt: string;
		readonly alert: boolean;
		readonly text: string;
		/** What the client sent beside it; null: nothing. */
		readonly extras: {
			readonly attributes: Readonly<Record<string, string>>;
			readonly children: readonly string[];
		} | null;
		readonly replaced: { readonly at: string; readonly by: string } | null;
	};
}

export type TransferKind = keyof TransferRecords;

export interface TransferReader {
	/** Those of the same key that are there, by `transferKey`. */
	existing<Kind extends TransferKind>(
		kind: Kind,
		records: readonly TransferRecords[Kind][],
	): Promise<ReadonlyMap<string, TransferRecords[Kind]>>;
	/** Names that others of another key have already, as sentences. */
	taken<Kind extends TransferKind>(
		kind: Kind,
		records: readonly TransferRecords[Kind][],
	): Promise<readonly string[]>;
}

export interface TransferWriter extends TransferReader {
	/** Keys must not be there yet. A message's room must be. */
	add<Kind extends TransferKind>(
		kind: Kind,
		records: readonly TransferRecords[Kind][],
	): Promise<void>;
}

/** The database as it stood at one moment, but for messages, which are read as they are. */
export interface ExportReader {
	/** Every record of that kind, in the order of its keys. */
	all<Kind extends Exclude<TransferKind, "messages">>(
		kind: Kind,
	): AsyncIterable<TransferRecords[Kind]>;
}
