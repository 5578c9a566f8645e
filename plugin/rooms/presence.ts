/** Presence documents: what a user's clients publish here for each other, in versions, all or nothing. */
import { ChatError } from "../errors.ts";
import type { PublicationEntry, Transaction } from "../store/index.ts";
import { tell } from "./telling.ts";
import type {
	Actor,
	ClientTraits,
	Publication,
	PublicationChange,
	PublicationKey,
	Published,
	RoomId,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

/** The name of the publications that say which rooms are followed: see docs/wire.md. */
export const roomSetting = "roomSetting";
/** Rooms that one user follows. */
export const maxFollowed = 250;
const maxPublications = 1_000;
const maxChanges = 200;
/** Of the data of one, in UTF-8; so it fits into a body with what is around it. */
const maxPublicationBytes = 8_000;
const maxDocumentBytes = 1024 * 1024;

export type PublishOutcome =
	| { readonly revision: number; readonly published: readonly Published[] }
	/** Nothing was changed, because these versions were not the current ones. */
	| {
			readonly conflicts: readonly {
				/** In the changes asked for: 0, 1 … */
				readonly index: number;
				/** The current one; 0: there is none. */
				readonly version: number;
			}[];
	  };

export interface Presence {
	presence(actor: Actor): Promise<readonly Publication[]>;
	/** Those of them that there are. */
	publications(
		actor: Actor,
		keys: readonly PublicationKey[],
	): Promise<readonly Publication[]>;
	/** In one transaction. `by`: the client that asks, which then is not told. Throws `too-large`. */
	publish(
		actor: Actor,
		changes: readonly PublicationChange[],
		by?: ClientTraits,
	): Promise<PublishOutcome>;
}

export function createPresence(work: RoomsWork): Presence {
	const { store, now } = work;
	return {
		presence: (actor) => store.presence.all(actor.uri, now()),
		publications: (actor, keys) => store.presence.named(actor.uri, keys, now()),
		async publish(actor, changes, by) {
			if (changes.length > maxChanges) {
				throw new ChatError(
					"too-large",
					`At most ${maxChanges} publications are changed at once.`,
				);
			}
			const outcome = await store.transaction((tx) =>
				change(work, tx, actor.uri, changes),
			);
			if ("published" in outcome) {
				await tellChanged(work, actor.uri, changes, by);
			}
			return outcome;
		},
	};
}

export async function tellChanged(
	work: RoomsWork,
	user: UserUri,
	changes: readonly PublicationKey[],
	by?: ClientTraits,
): Promise<void> {
	const changed = changes.map(({ name, instance, container }) => ({
		name,
		instance,
		container,
	}));
	if (changed.length === 0) return;
	await tell(work, { type: "presence", user, changed, ...(by && { by }) });
}

/** The changes in their order, each to what those before it made; or none of them. */
export async function change(
	work: RoomsWork,
	tx: Transaction,
	user: UserUri,
	changes: readonly PublicationChange[],
): Promise<PublishOutcome> {
	const at = work.now();
	const publications = await tx.presence.lock(user, at);
	const entries = new Map(publications.map((each) => [nameOf(each), each]));
	const conflicts: { index: number; version: number }[] = [];
	const published: Published[] = [];
	for (const [index, wanted] of changes.entries()) {
		const version = entries.get(nameOf(wanted))?.version ?? 0;
		if (wanted.version !== version) conflicts.push({ index, version });
		const next = changed(wanted, version, at);
		published.push(next);
		note(entries, next);
	}
	if (conflicts.length > 0) return { conflicts };
	checkBounds(published, [...entries.values()]);
	for (const { publication, ...key } of published) {
		if (publication === undefined) await tx.presence.remove(user, key);
		else await tx.presence.put(user, publication);
	}
	if (published.some(({ name }) => name === roomSetting)) {
		await follow(work, tx, user, at);
	}
	return { revision: await tx.presence.revision(user), published };
}

function changed(
	wanted: PublicationChange,
	version: number,
	at: Date,
): Published {
	const { name, instance, container, expireType, data, expiresSeconds } =
		wanted;
	const key = { name, instance, container, expireType };
	if (data === undefined) return { ...key, version };
	const publication: Publication = {
		...key,
		version: version + 1,
		publishedAt: at,
		data,
		...(expiresSeconds !== undefined && {
			expiresAt: new Date(at.getTime() + expiresSeconds * 1000),
		}),
	};
	return { ...key, version: version + 1, publication };
}

function note(
	entries: Map<string, PublicationEntry>,
	{ publication, ...key }: Published,
): void {
	if (publication === undefined) {
		entries.delete(nameOf(key));
		return;
	}
	const { name, instance, container, version } = publication;
	const bytes = Buffer.byteLength(publication.data);
	entries.set(nameOf(key), { name, instance, container, version, bytes });
}

/** What takes away is always let through. Throws `too-large`. */
function checkBounds(
	published: readonly Published[],
	entries: readonly PublicationEntry[],
): void {
	const added = published.filter(({ publication }) => publication);
	if (added.length === 0) return;
	for (const { publication } of added) {
		const bytes = Buffer.byteLength(publication?.data ?? "");
		if (bytes > maxPublicationBytes) {
			throw new ChatError(
				"too-large",
				`A publication holds at most ${maxPublicationBytes} bytes; this one has ${bytes}.`,
			);
		}
	}
	const bytes = entries.reduce((sum, each) => sum + each.bytes, 0);
	if (entries.length > maxPublications || bytes > maxDocumentBytes) {
		throw new ChatError(
			"too-large",
			`A presence document holds at most ${maxPublications} publications of ${maxDocumentBytes} bytes together; remove some first.`,
		);
	}
}

/** The rooms that the document says are followed, whoever wrote it; those of publications that do not end. */
async function follow(
	{ wire }: RoomsWork,
	tx: Transaction,
	user: UserUri,
	at: Date,
): Promise<void> {
	const rooms = new Set<RoomId>();
	for (const { name, data, expiresAt } of await tx.presence.all(user, at)) {
		if (name !== roomSetting || expiresAt !== undefined) continue;
		for (const room of wire.roomsNamed(data)) rooms.add(room);
	}
	await tx.following.set(user, [...rooms].slice(0, maxFollowed));
}

function nameOf({ name, instance, container }: PublicationKey): string {
	return `${container} ${instance} ${name}`;
}
