/** Events on their way to the archive, for its contract; every call makes others. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
	Archive,
	Owed,
	Tenure,
	Turn,
} from "../../plugin/compliance/archive.ts";
import type {
	ArchivedEvent,
	ArchivedRoom,
	EventRecord,
	Person,
} from "../../plugin/compliance/archived.ts";
import { chainHash, noHash } from "../../plugin/compliance/chain.ts";
import type { UserUri } from "../../plugin/rooms/types.ts";
import type { Knex } from "../../plugin/store/index.ts";
import { archived, type Happening, lobby, posted } from "../adapters/events.ts";

export interface ArchiveUnderTest {
	readonly archive: Archive;
	readonly knex: Knex;
	/** As another node has it: with connections of its own to the same database. */
	another(): Promise<Archive>;
	/** Closes all of them and drops the database. */
	close(): Promise<void>;
}

export type OpenArchive = () => Promise<ArchiveUnderTest>;

export const everything = { events: 10_000, bytes: 1e9 };
/** When the first of the sample events happens; each is a second later than the one before. */
export const firstAt = Date.UTC(2026, 2, 2, 9);

export function room(name: string): ArchivedRoom {
	const id = randomUUID();
	return { ...lobby, id, uri: `ma-chan://example.com/${id}`, name };
}

export function person(name: string): Person {
	return {
		uri: `sip:${name}@example.com` as UserUri,
		displayName: name,
		guid: randomUUID(),
		internal: true,
	};
}

export function owed(happenings: readonly Happening[]): readonly Owed[] {
	return archived(happenings).map(({ position: _, evidence: __, ...event }) => {
		const record = { ...event, id: randomUUID() } as EventRecord;
		return { record, text: JSON.stringify(record) };
	});
}

export function posts(
	where: ArchivedRoom,
	texts: readonly string[],
): readonly Owed[] {
	return owed(texts.map((text) => posted(text, { room: where })));
}

/** What a holder of the lease `relay` adds with: each time the next turn. */
export interface Relaying {
	readonly tenure: Tenure;
	turn(): Turn;
	add(events: readonly Owed[]): Promise<void>;
}

export async function relaying(
	archive: Archive,
	holder = `node/${randomUUID()}`,
): Promise<Relaying> {
	const lease = "relay";
	await take(archive, lease, holder);
	const tenure = { lease, holder };
	let last = 0;
	const turn = () => {
		last += 1;
		return { ...tenure, turn: last };
	};
	return { tenure, turn, add: (events) => archive.add(events, turn()) };
}

/** From whoever has it. */
export async function take(
	{ leases }: Archive,
	lease: string,
	holder: string,
): Promise<Tenure> {
	assert.ok(await leases.take(lease, holder, await leases.find(lease)));
	return { lease, holder };
}

export function all(archive: Archive): Promise<readonly ArchivedEvent[]> {
	return archive.after(0, everything);
}

export function idsOf(events: readonly (Owed | ArchivedEvent)[]): string[] {
	return events.map((event) =>
		"record" in event ? event.record.id : event.id,
	);
}

/** Positions go up, ids come once, and in each chain every event follows on the one before. */
export function proveChains(
	events: readonly ArchivedEvent[],
	from: ReadonlyMap<string, { number: number; hash: string }> = new Map(),
): void {
	const heads = new Map(from);
	let last = 0;
	for (const { position, evidence, ...record } of events) {
		assert.ok(position > last, `${position} after ${last}`);
		last = position;
		const head = heads.get(evidence.chain) ?? { number: 0, hash: noHash };
		assert.equal(evidence.number, head.number + 1);
		assert.equal(evidence.previous, head.hash);
		assert.equal(evidence.hash, chainHash(head.hash, JSON.stringify(record)));
		heads.set(evidence.chain, evidence);
	}
	assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
}
