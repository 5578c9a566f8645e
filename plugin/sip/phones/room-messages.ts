/**
 * A MESSAGE to a room: who wrote it, what he means by it, and the answer. 200 says that it is done: a post is stored, and
 * owed to compliance. What there is to say about it cannot be in the answer (RFC 3428 section 7), so it is a MESSAGE too.
 */
import { createHash, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Load } from "../../load/index.ts";
import type { Rooms } from "../../rooms/index.ts";
import type { Actor, Room, UserUri } from "../../rooms/types.ts";
import type { TurnedAway } from "../../turned-away.ts";
import type { IncomingRequest, Reply } from "../drachtio.ts";
import { actorOf, type Identity } from "../identity.ts";
import { isTooLong } from "../lengths.ts";
import { refuse, statusWords } from "../refusal.ts";
import { retryAfterSeconds as busySeconds } from "../request-limits.ts";
import { headerParameter } from "../uri.ts";
import { type Line, type Lines, textType } from "./lines.ts";
import { type LoopGuard, retryAfterSeconds } from "./loop-guard.ts";
import {
	type ReceiptAsked,
	readMessageBody,
	takenTypes,
} from "./message-body.ts";
import { encodeReceipt, receiptType } from "./receipt.ts";
import { splitText } from "./split-text.ts";
import { type Meant, meantBy } from "./text-command.ts";
import {
	farewell,
	helpText,
	listedNames,
	saidThen,
	welcome,
	whoText,
} from "./wording.ts";

export interface RoomMessagesNeeds {
	readonly identity: Identity;
	readonly rooms: Pick<
		Rooms,
		| "roomAt"
		| "joinByMessage"
		| "partByMessage"
		| "participants"
		| "history"
		| "post"
	>;
	readonly turnedAway: Pick<TurnedAway, "refused">;
	readonly load: Pick<Load, "refuses">;
	readonly lines: Pick<Lines, "put" | "isFull" | "joined" | "there">;
	readonly loopGuard: Pick<LoopGuard, "admits">;
	readonly log: Logger;
	/** With more people in it than this a room lists nobody. */
	readonly roster: number;
	addressOf(room: Room): string;
	/** This is how he came. */
	seen(user: UserUri, request: IncomingRequest): void;
}

export interface RoomMessages {
	/** `address`: the alias or id of the room. */
	handle(
		request: IncomingRequest,
		reply: Reply,
		address: string,
	): Promise<void>;
}

/** Of posts whose receipt was sent, so that a repeat has none. */
const maxReceipts = 1_000;

export function createRoomMessages(needs: RoomMessagesNeeds): RoomMessages {
	const { rooms, lines, log } = needs;
	const receipts = new Set<string>();

	async function handle(
		request: IncomingRequest,
		reply: Reply,
		address: string,
	): Promise<void> {
		if (headerParameter(request.get("To") ?? "", "tag") !== undefined) {
			reply.send(481);
			return;
		}
		if (isTooLong(request)) {
			reply.send(400, "From, To or Call-ID is too long");
			return;
		}
		const body = readMessageBody(request);
		if (body.type === "unreadable") {
			const headers = body.status === 415 ? { Accept: takenTypes } : {};
			reply.send(body.status, body.words, { headers });
			return;
		}
		const user = await needs.identity.identify(request, reply);
		if (user === undefined) return;
		if (!user.enabled) {
			reply.send(403, "Not enabled for persistent chat");
		} else if (body.type === "receipt") {
			reply.send(200);
		} else if (body.type === "automatic") {
			reply.send(403, "What is answered automatically is not posted");
		} else if (body.from !== undefined && body.from !== user.uri) {
			needs.turnedAway.refused("other-author", {
				callId: request.get("Call-ID"),
				method: request.method,
				user: user.uri,
				source: request.source_address,
			});
			reply.send(403, "The From of the CPIM names somebody else");
		} else {
			needs.seen(user.uri, request);
			const callId = request.get("Call-ID") ?? "";
			const actor = { ...actorOf(user), callId };
			await answer(actor, request, reply, { ...body, address });
			lines.there(user.uri);
		}
	}

	async function answer(
		actor: Actor,
		request: IncomingRequest,
		reply: Reply,
		{
			address,
			text,
			receipt,
		}: {
			readonly address: string;
			readonly text: string;
			readonly receipt: ReceiptAsked | undefined;
		},
	): Promise<void> {
		const meant = meantBy(text);
		if (isTooMuch(needs.load, meant)) {
			reply.send(503, statusWords("Too much to do just now"), {
				headers: { "Retry-After": String(busySeconds) },
			});
			return;
		}
		const key = keyOf(actor, request, text);
		let room: Room | undefined;
		try {
			const found = await rooms.roomAt(actor, address);
			if (await isLoop(actor, found, text, meant)) {
				log.warn(
					{ callId: actor.callId, user: actor.uri, room: found.id },
					"a phone seems to answer by itself; refused",
				);
				reply.send(
					480,
					"Too many answers one upon the other; try again later",
					{
						headers: { "Retry-After": String(retryAfterSeconds) },
					},
				);
				return;
			}
			room = found;
			// What could not be answered is not done either.
			if (meant.type !== "post" && lines.isFull(actor.uri)) {
				tooMuchWaits(reply);
				return;
			}
			const told = await carryOut(actor, room, meant, key);
			if (!tell(actor, room, told)) {
				tooMuchWaits(reply);
				return;
			}
			reply.send(200);
			if (receipt?.positive)
				acknowledge(actor, room, receipt, key, "delivered");
		} catch (error) {
			refuse(error, reply);
			log.info(
				{ callId: request.get("Call-ID"), user: actor.uri, address },
				"MESSAGE to a room refused",
			);
			if (room !== undefined && receipt?.negative) {
				acknowledge(actor, room, receipt, `${key} failed`, "failed");
			}
		}
	}

	async function isLoop(
		{ uri: user }: Actor,
		{ id: room }: Room,
		text: string,
		{ type }: Meant,
	): Promise<boolean> {
		const repeatable = type !== "post" && type !== "help";
		return !(await needs.loopGuard.admits({ user, room, text, repeatable }));
	}

	/** What he is to be told. */
	async function carryOut(
		actor: Actor,
		room: Room,
		meant: Meant,
		key: string,
	): Promise<readonly string[]> {
		switch (meant.type) {
			case "post":
				await rooms.post(actor, {
					room: room.id,
					text: meant.text,
					alert: false,
					key,
				});
				return [];
			case "join": {
				lines.joined(room.id);
				return [welcome(await rooms.joinByMessage(actor, room.id))];
			}
			case "part":
				await rooms.partByMessage(actor, room.id);
				return [farewell(room)];
			case "who":
				return [await whoIsIn(actor, room)];
			case "history": {
				const read = await rooms.history(actor, room.id, meant.count);
				return read.length === 0 ? ["Nothing to show."] : read.map(saidThen);
			}
			case "help":
				return [helpText];
		}
	}

	async function whoIsIn(actor: Actor, room: Room): Promise<string> {
		const page = { limit: listedNames };
		const { summary, participants } = await rooms.participants(
			actor,
			room.id,
			page,
		);
		const count = summary.participantCount;
		const names = participants.map(({ user }) => user.displayName);
		return whoText(room, count, count > needs.roster ? [] : names);
	}

	function tell({ uri }: Actor, room: Room, texts: readonly string[]): boolean {
		const from = { name: room.name, uri: needs.addressOf(room) };
		const told = texts
			.flatMap((text) => splitText(text))
			.map((body): Line => ({ from, type: textType, body }));
		return told.length === 0 || lines.put(uri, told);
	}

	function acknowledge(
		{ uri: user }: Actor,
		room: Room,
		asked: ReceiptAsked,
		key: string,
		status: "delivered" | "failed",
	): void {
		if (receipts.has(key)) return;
		receipts.add(key);
		const [oldest] = receipts;
		if (receipts.size > maxReceipts && oldest !== undefined) {
			receipts.delete(oldest);
		}
		const uri = needs.addressOf(room);
		const at = new Date();
		const body = encodeReceipt(asked, {
			room: uri,
			user,
			status,
			id: randomUUID(),
			at,
		});
		const from = { name: room.name, uri };
		if (!lines.put(user, [{ from, type: receiptType, body }])) {
			log.warn({ user }, "receipt not sent: too much waits");
		}
	}

	return { handle };
}

/** The same request again, by whichever way it came, is the same post. */
function keyOf({ uri }: Actor, request: IncomingRequest, text: string): string {
	const tag = headerParameter(request.get("From") ?? "", "tag");
	const cseq = request.get("CSeq")?.trim().split(/\s+/)[0];
	const named = [uri, request.get("Call-ID"), tag, cseq, text];
	return createHash("sha256").update(JSON.stringify(named)).digest("base64url");
}

/** Where this node has too much to do; whoever leaves a room takes a load off it. */
function isTooMuch({ refuses }: Pick<Load, "refuses">, meant: Meant): boolean {
	if (meant.type === "part") return false;
	return refuses(meant.type === "post" ? "post" : "command");
}

function tooMuchWaits(reply: Reply): void {
	reply.send(503, statusWords("Too much waits to be sent to you"), {
		headers: { "Retry-After": "30" },
	});
}
