/**
 * PUBLISH of one's own presence document (MS-PRES), and the same as SERVICE or PUBLISH in a dialog. (SERVICE outside a
 * dialog never comes: SIP servers of drachtio's kind drop it.) All of a request or nothing is done.
 */
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { Rooms } from "../rooms/index.ts";
import type { Actor, PublicationChange } from "../rooms/types.ts";
import {
	decodePublish,
	encodePublished,
	encodeWrongVersions,
	faultType,
	publishType,
	roamingSelfType,
} from "../xccos/presence.ts";
import { refusals } from "../xccos/replies.ts";
import { traitsOf } from "./client-traits.ts";
import type { IncomingRequest, Reply } from "./drachtio.ts";
import { actorOf, type Identity } from "./identity.ts";
import { answerBodyBytes, isTooLong } from "./lengths.ts";
import { userUri } from "./uri.ts";

export interface PublishingNeeds {
	readonly identity: Identity;
	readonly rooms: Pick<Rooms, "publish">;
	readonly log: Logger;
}

export interface Publishing {
	/** Is it a publication of this kind? Others are not ours. */
	takes(request: IncomingRequest): boolean;
	/** Outside dialogs: whose it is has to be shown. */
	handle(request: IncomingRequest, reply: Reply): Promise<void>;
	/** In a dialog of this user. Never rejects. */
	handleOf(actor: Actor, request: IncomingRequest, reply: Reply): Promise<void>;
}

/** What a category takes beside its data, with the longest name. */
const categoryBytes = 1_100;

export function createPublishing(needs: PublishingNeeds): Publishing {
	return {
		takes,
		async handle(request, reply) {
			if (isTooLong(request)) {
				reply.send(400, "From, To or Call-ID is too long");
				return;
			}
			const user = await needs.identity.identify(request, reply);
			if (user === undefined) return;
			if (!user.enabled) {
				reply.send(403, "Not enabled for persistent chat");
			} else if (userUri(request.get("To") ?? "") !== user.uri) {
				reply.send(403, "You may publish only for yourself");
			} else {
				await answer(needs, actorOf(user), request, reply);
			}
		},
		async handleOf(actor, request, reply) {
			if (takes(request)) await answer(needs, actor, request, reply);
			else reply.send(415, { headers: { Accept: publishType } });
		},
	};
}

function takes(request: IncomingRequest): boolean {
	const type = request.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
	return type === publishType;
}

async function answer(
	needs: PublishingNeeds,
	actor: Actor,
	request: IncomingRequest,
	reply: Reply,
): Promise<void> {
	try {
		const { uri, changes } = decodePublish(request.body ?? "");
		if (userUri(uri) !== actor.uri) {
			throw new ChatError("forbidden", "You may publish only for yourself.");
		}
		await publish(needs, actor, changes, request, reply);
	} catch (error) {
		refuse(needs, error, request, reply);
	}
}

async function publish(
	{ rooms }: PublishingNeeds,
	actor: Actor,
	changes: readonly PublicationChange[],
	request: IncomingRequest,
	reply: Reply,
): Promise<void> {
	// An answer that is too large has no body: then this client is notified like the others.
	const fits = sizeOf(changes) <= answerBodyBytes;
	const by = fits ? traitsOf(request) : undefined;
	const outcome = await rooms.publish(actor, changes, by);
	if ("conflicts" in outcome) {
		reply.send(409, {
			headers: { "Content-Type": faultType },
			body: encodeWrongVersions(outcome.conflicts),
		});
		return;
	}
	const expires = request.get("Expires");
	reply.send(200, {
		headers: {
			"SIP-ETag": String(outcome.revision),
			...(expires !== undefined && { Expires: expires }),
			...(fits && { "Content-Type": roamingSelfType }),
		},
		...(fits && {
			body: encodePublished(actor.uri, outcome.published, new Date()),
		}),
	});
}

function sizeOf(changes: readonly PublicationChange[]): number {
	let bytes = 0;
	for (const { data = "" } of changes) {
		bytes += categoryBytes + Buffer.byteLength(data);
	}
	return bytes;
}

function refuse(
	needs: PublishingNeeds,
	error: unknown,
	request: IncomingRequest,
	reply: Reply,
): void {
	const log = needs.log.child({ callId: request.get("Call-ID") });
	if (!(error instanceof ChatError)) {
		log.error({ err: error }, "publication not handled");
		reply.send(500);
		return;
	}
	const { reason, message, cause } = error;
	if (reason === "unavailable") {
		log.error({ err: cause }, "publication not kept");
		reply.send(503, { headers: { "Retry-After": "5" } });
		return;
	}
	log.info({ reason }, "publication refused");
	const words = message.replace(/[^\x20-\x7e]/g, "?").slice(0, 150);
	reply.send(refusals[reason].sipStatus, words);
}
