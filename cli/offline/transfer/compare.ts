/** What is to be put in, against what is there: new, there already, or other than there. */
import { isDeepStrictEqual } from "node:util";
import {
	type TransferKind,
	type TransferReader,
	type TransferRecords,
	transferKey,
} from "../../../plugin/store/index.ts";

export interface Compared<Record_> {
	readonly fresh: readonly Record_[];
	readonly there: number;
	/** Other than what is there, as sentences. */
	readonly conflicts: readonly string[];
}

export async function compare<Kind extends TransferKind>(
	reader: TransferReader,
	kind: Kind,
	records: readonly TransferRecords[Kind][],
): Promise<Compared<TransferRecords[Kind]>> {
	const existing = await reader.existing(kind, records);
	const fresh: TransferRecords[Kind][] = [];
	const conflicts: string[] = [];
	let there = 0;
	for (const record of records) {
		const key = transferKey(kind, record);
		const other = existing.get(key);
		if (other === undefined) fresh.push(record);
		else if (isSame(kind, record, other)) there += 1;
		else
			conflicts.push(
				`${singular[kind]} ${nameOf(record, key)} is other there: ${differences(kind, record, other).join(", ")}`,
			);
	}
	const taken = await reader.taken(kind, fresh);
	return {
		fresh,
		there,
		conflicts: [
			...conflicts,
			...taken.map((each) => `${singular[kind]}: ${each}`),
		],
	};
}

const singular: Readonly<Record<TransferKind, string>> = {
	users: "user",
	groups: "group",
	policies: "policy",
	administrators: "administrator",
	addIns: "add-in",
	categories: "category",
	rooms: "room",
	rights: "right",
	messages: "message",
};

/** What does not count: who gave a right and when, how many messages a room has. */
const ignored: Partial<Record<TransferKind, readonly string[]>> = {
	rooms: ["lastSequence"],
	rights: ["grantedBy", "grantedAt"],
};

function isSame(kind: TransferKind, one: object, other: object): boolean {
	return differences(kind, one, other).length === 0;
}

/** The names of what is other; never what it is. */
function differences(
	kind: TransferKind,
	one: object,
	other: object,
): readonly string[] {
	const there = other as Readonly<Record<string, unknown>>;
	return Object.entries(one)
		.filter(([field]) => !ignored[kind]?.includes(field))
		.filter(
			([field, value]) =>
				value !== undefined &&
				!isDeepStrictEqual(ordered(value), ordered(there[field])),
		)
		.map(([field]) => field);
}

/** Lists are compared whatever their order. */
function ordered(value: unknown): unknown {
	if (!Array.isArray(value)) return plain(value);
	return [...new Set(value.map(String))].sort();
}

/** Objects of other makers, without what is not given. */
function plain(value: unknown): unknown {
	return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function nameOf(record: object, key: string): string {
	return "name" in record ? `${String(record.name)} (${key})` : key;
}
