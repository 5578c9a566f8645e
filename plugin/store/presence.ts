/** Tables `presence_documents` and `publications`: what a user's clients keep here for each other. */
import type { Knex } from "knex";
import type { Publication, PublicationKey, UserUri } from "../rooms/types.ts";
import { inChunks } from "./rows.ts";
import type {
	PresenceReader,
	PresenceWriter,
	PublicationEntry,
} from "./store.ts";

interface PublicationRow extends PublicationKey {
	readonly user_uri: UserUri;
	readonly version: number;
	readonly published_at: number;
	readonly expire_type: string;
	readonly expires_at: number | null;
	readonly bytes: number;
	readonly data: string;
}

const order = ["container", "name", "instance"];

export function presenceReader(db: Knex): PresenceReader {
	const current = (user: UserUri, at: Date) =>
		db("publications")
			.where({ user_uri: user })
			.where((stays) =>
				stays.whereNull("expires_at").orWhere("expires_at", ">", at.getTime()),
			)
			.orderBy(order);
	return {
		async all(user, at) {
			const rows: readonly PublicationRow[] = await current(user, at).select();
			return rows.map(publication);
		},
		async named(user, keys, at) {
			const found: Publication[] = [];
			await inChunks(keys, async (some) => {
				const rows: readonly PublicationRow[] = await current(user, at)
					.whereIn(
						["name", "instance", "container"],
						some.map((key) => [key.name, key.instance, key.container]),
					)
					.select();
				found.push(...rows.map(publication));
			});
			return found;
		},
	};
}

export function presenceWriter(tx: Knex): PresenceWriter {
	const revised = new Set<UserUri>();
	const document = (user: UserUri) =>
		tx("presence_documents").where({ user_uri: user });

	async function revise(user: UserUri): Promise<void> {
		if (revised.has(user)) return;
		revised.add(user);
		await document(user).increment("revision", 1);
	}

	return {
		...presenceReader(tx),
		async lock(user, at) {
			// Written even where it stays as it is: that locks it, and none of two who wait has to be undone.
			await tx("presence_documents")
				.insert({ user_uri: user, revision: 0 })
				.onConflict("user_uri")
				.merge(["user_uri"]);
			await tx("publications")
				.where({ user_uri: user })
				.where("expires_at", "<=", at.getTime())
				.delete();
			const publications: readonly PublicationEntry[] = await tx("publications")
				.where({ user_uri: user })
				.orderBy(order)
				.select("name", "instance", "container", "version", "bytes");
			return publications;
		},
		async revision(user) {
			const [revision = 0]: readonly number[] = await document(user)
				.forUpdate()
				.pluck("revision");
			return revision;
		},
		async put(user, publication) {
			await revise(user);
			await tx("publications").where(keyOf(user, publication)).delete();
			await tx("publications").insert(rowOf(user, publication));
		},
		async remove(user, key) {
			const removed = await tx("publications").where(keyOf(user, key)).delete();
			if (removed > 0) await revise(user);
		},
	};
}

function keyOf(user: UserUri, { name, instance, container }: PublicationKey) {
	return { user_uri: user, name, instance, container };
}

function publication(row: PublicationRow): Publication {
	return {
		name: row.name,
		instance: row.instance,
		container: row.container,
		version: row.version,
		publishedAt: new Date(row.published_at),
		expireType: row.expire_type,
		...(row.expires_at !== null && { expiresAt: new Date(row.expires_at) }),
		data: row.data,
	};
}

function rowOf(user: UserUri, publication: Publication): PublicationRow {
	return {
		...keyOf(user, publication),
		version: publication.version,
		published_at: publication.publishedAt.getTime(),
		expire_type: publication.expireType,
		expires_at: publication.expiresAt?.getTime() ?? null,
		bytes: Buffer.byteLength(publication.data),
		data: publication.data,
	};
}
