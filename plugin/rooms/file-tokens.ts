/** Tokens: each lets its bearer move one file of one room, once, on behalf of whom it was given to. */
import { createHash, randomUUID } from "node:crypto";
import { ChatError, noSuchFile, noSuchRoom } from "../errors.ts";
import type { FileGrant, Transaction } from "../store/index.ts";
import { mayPostFile, mayRead } from "./access.ts";
import { checkFileName } from "./checks.ts";
import { fileQuota } from "./file-quota.ts";
import { withHolder } from "./rights.ts";
import type {
	Actor,
	FileId,
	Holder,
	Room,
	RoomId,
	Standing,
	UserUri,
} from "./types.ts";
import type { RoomsWork } from "./work.ts";

const validMs = 30 * 60_000;

export interface FileToken {
	/** A GUID, kept nowhere. */
	readonly token: string;
	readonly expiresAt: Date;
}

/** What the bearer of a token wants to do. */
export type TokenUse =
	| { readonly kind: "upload"; readonly room: RoomId }
	| { readonly kind: "download"; readonly room: RoomId; readonly file: FileId };

export interface FileTokens {
	/** For one upload. Throws as `mayPostFile` does, `malformed`, `too-large`, `unavailable` with too many unused. */
	grantUpload(
		actor: Actor,
		file: { readonly room: RoomId; readonly name: string },
	): Promise<FileToken>;
	/** For one download: of this file, or of any of the room. Throws as `mayRead` does, `no-such-file`, `unavailable`. */
	grantDownload(
		actor: Actor,
		wanted: { readonly room: RoomId; readonly file?: FileId | undefined },
	): Promise<FileToken>;
}

export interface TokenRedemption {
	/**
	 * Whoever brings a token acts as the one it was given to, with the rights that he has then; `by`: who says that he brings
	 * it, where that is known. Used up from then on. Throws `invalid-token`, in the same words whatever is wrong with it.
	 */
	redeemToken(
		token: string,
		use: TokenUse,
		by?: UserUri,
	): Promise<Pick<FileGrant, "actor" | "name">>;
}

export function createFileTokens(work: RoomsWork): FileTokens {
	return {
		async grantUpload(actor, { room, name }) {
			checkFileName(work, name);
			return grant(work, actor, { kind: "upload", room, name }, mayPostFile);
		},
		grantDownload: (actor, { room, file }) =>
			grant(work, actor, { kind: "download", room, file, name: "" }, mayRead),
	};
}

export function createTokenRedemption({
	store,
	now,
}: RoomsWork): TokenRedemption {
	return {
		async redeemToken(token, use, by) {
			const granted = await store.transaction(async (tx) => {
				const found = await tx.files.redeem(hashOf(token), now());
				// Thrown out of the transaction: whoever may not use it does not use it up either.
				if (found === undefined || !covers(found, use, by)) throw invalid();
				return found;
			});
			const user = await store.users.find(granted.actor.uri);
			if (user?.enabled !== true) throw invalid();
			return granted;
		},
	};
}

function invalid(): ChatError {
	return new ChatError(
		"invalid-token",
		"This token is not valid, or not any more; ask for another one.",
	);
}

function covers(
	granted: FileGrant,
	use: TokenUse,
	by: UserUri | undefined,
): boolean {
	if (granted.kind !== use.kind || granted.room !== use.room) return false;
	if (by !== undefined && by !== granted.actor.uri) return false;
	return (
		use.kind === "upload" ||
		granted.file === undefined ||
		granted.file === use.file
	);
}

async function grant(
	work: RoomsWork,
	actor: Actor,
	wanted: Pick<FileGrant, "kind" | "room" | "file" | "name">,
	demand: (room: Room, standing: Standing) => void,
): Promise<FileToken> {
	const token = randomUUID();
	const at = work.now();
	const expiresAt = new Date(at.getTime() + validMs);
	const write = async (tx: Transaction, holder: Holder) => {
		const known = await tx.rooms.known(wanted.room, holder);
		if (known === undefined) throw noSuchRoom();
		demand(known.room, known.standing);
		if (wanted.file !== undefined) {
			const found = await tx.files.find(wanted.room, wanted.file);
			if (found === undefined) throw noSuchFile();
		}
		const granted = { ...wanted, actor, expiresAt };
		await tx.files.grant(hashOf(token), granted, at, fileQuota);
		return { token, expiresAt };
	};
	return withHolder(work.rights, actor, (holder, stale) =>
		work.store.transaction(async (tx) =>
			stale() ? undefined : write(tx, holder),
		),
	);
}

function hashOf(token: string): string {
	return createHash("sha256").update(token.toLowerCase()).digest("hex");
}
