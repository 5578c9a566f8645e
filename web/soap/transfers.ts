/**
 * What tokens are good for here: SOAP moves a file by many requests, and each of them brings the token. The first one redeems it; from
 * then on it is good for that one file, on this node, for as long as it would have been.
 */
import { createHash } from "node:crypto";
import { ChatError } from "../../plugin/errors.ts";
import type {
	Actor,
	FileId,
	RoomId,
	TokenRedemption,
	UserUri,
} from "../../plugin/index.ts";

export interface Transfer {
	readonly kind: "upload" | "download";
	readonly actor: Actor;
	readonly room: RoomId;
	/** Of an upload: what it will be. */
	readonly file: FileId;
	/** Of an upload: as it was called when the token was asked for. */
	readonly name: string;
	/** Of an upload: the name that the client was told, `<file>.<extension>`. */
	readonly uniqueName: string;
	/** Of an upload: the file is there. */
	finished: boolean;
}

type Wanted = Pick<Transfer, "kind" | "room" | "file" | "uniqueName">;

export interface Transfers {
	/** The one of this token. Throws `invalid-token`, in the same words whatever is wrong with it. */
	of(token: string, room: RoomId): Transfer | undefined;
	/** Redeems the token. Throws `invalid-token`, `unavailable` with too many under way. */
	begin(token: string, wanted: Wanted): Promise<Transfer>;
}

const validMs = 30 * 60_000;
const mostTransfers = 10_000;
/** So that nobody takes them all. */
const mostOfUser = 100;

export function createTransfers(
	tokens: TokenRedemption,
	now: () => Date,
): Transfers {
	const underWay = new Map<string, Transfer & { readonly until: number }>();
	/** Their keys, by user. */
	const ofUser = new Map<UserUri, Set<string>>();

	function remember(
		key: string,
		transfer: Transfer & { readonly until: number },
	): void {
		const { uri } = transfer.actor;
		underWay.set(key, transfer);
		ofUser.set(uri, (ofUser.get(uri) ?? new Set()).add(key));
	}

	function forget(key: string): void {
		const uri = underWay.get(key)?.actor.uri;
		underWay.delete(key);
		if (uri === undefined) return;
		ofUser.get(uri)?.delete(key);
		if (ofUser.get(uri)?.size === 0) ofUser.delete(uri);
	}

	/** The oldest are first. */
	function forgetOld(): void {
		for (const [key, { until }] of underWay) {
			if (until > now().getTime()) return;
			forget(key);
		}
	}

	/** What he has finished, or only reads, makes room for more, the oldest first. */
	function demandRoom({ uri }: Actor): void {
		const his = [...(ofUser.get(uri) ?? [])];
		if (his.length < mostOfUser) return;
		const done = his.find((key) => {
			const transfer = underWay.get(key);
			return transfer?.finished || transfer?.kind === "download";
		});
		if (done === undefined) {
			throw new ChatError(
				"unavailable",
				`Too many of your files are on their way, at most ${mostOfUser} at a time; try again later.`,
			);
		}
		forget(done);
	}

	return {
		of(token, room) {
			forgetOld();
			const known = underWay.get(sumOf(token));
			if (known !== undefined && known.room !== room) throw invalidToken();
			return known;
		},
		async begin(token, { kind, room, file, uniqueName }) {
			forgetOld();
			if (underWay.size >= mostTransfers) {
				throw new ChatError(
					"unavailable",
					"Too many files are on their way; try again later.",
				);
			}
			const use =
				kind === "upload" ? { kind, room } : ({ kind, room, file } as const);
			const { actor, name } = await tokens.redeemToken(token, use);
			demandRoom(actor);
			const about = { kind, actor, room, file, name, uniqueName };
			const until = now().getTime() + validMs;
			const transfer = { ...about, finished: false, until };
			remember(sumOf(token), transfer);
			return transfer;
		},
	};
}

export function invalidToken(): ChatError {
	return new ChatError(
		"invalid-token",
		"This token is not valid, or not any more; ask for another one.",
	);
}

function sumOf(token: string): string {
	return createHash("sha256").update(token.toLowerCase()).digest("hex");
}
