/** For clients of the SIP network: a token of `getfutok` or `getfdtok` in place of a session, for one file. No cookie is looked at. */
import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import type { Actor, RoomFile, Rooms } from "../../plugin/index.ts";
import { DoorError } from "../errors.ts";
import { unforeseen } from "../problems.ts";
import { ofRoom } from "../rooms/views.ts";
import type { Routes } from "../route.ts";
import { steadily, takeBytes } from "./body.ts";
import { sendFile, sendThumbnail } from "./content.ts";
import { recorded } from "./recorded.ts";
import { announcing, finishedView, ofFile, viewOfFinished } from "./views.ts";

const whyNotTold = z
	.string()
	.optional()
	.describe("Why the room is not told, though the file is kept; what to do.");

export const tokenRoutes: Routes = (
	server,
	{ rooms, tokens, pieceMs, log },
) => {
	takeBytes(server);
	const ended = recorded(server);

	server.put(
		"/files/:room",
		{
			config: { access: "everybody", slowBody: true },
			schema: {
				summary: "Bring a whole file, by a token of getfutok",
				description:
					"`Authorization: Bearer <token>`; the body is the bytes, with their number in Content-Length. What is cut is gone: ask for another token.",
				params: ofRoom,
				querystring: announcing,
				headers: z.looseObject({
					"content-length": z.coerce.number(),
				}),
				response: { 201: finishedView.extend({ notTold: whyNotTold }) },
			},
		},
		async (request, reply) => {
			const { room } = request.params;
			const use = { kind: "upload", room } as const;
			const { actor, name } = await tokens.redeemToken(bearer(request), use);
			const bytes = request.headers["content-length"];
			const body = () => steadily(request.body as Readable, pieceMs);
			const file = await taken(rooms, actor, { room, name, bytes, body });
			reply.code(201);
			if (request.query.announce === "false") return viewOfFinished(file);
			try {
				const message = await rooms.announceFile(actor, room, file.id);
				return viewOfFinished(file, message);
			} catch (error) {
				log.warn({ err: error, room, file: file.id }, "a file is not told of");
				return { ...viewOfFinished(file), notTold: notTold(error) };
			}
		},
	);

	server.get(
		"/files/:room/:file",
		{
			config: { access: "everybody" },
			exposeHeadRoute: false,
			schema: {
				summary: "A file, or a range of it, by a token of getfdtok",
				description: "`Authorization: Bearer <token>`",
				params: ofFile,
			},
		},
		async (request, reply) => {
			const { params } = request;
			const use = { kind: "download", ...params } as const;
			const { actor } = await tokens.redeemToken(bearer(request), use);
			return sendFile(rooms, {
				...{ request, reply, actor, ...params, ended },
				show: false,
			});
		},
	);

	server.get(
		"/files/:room/:file/thumbnail",
		{
			config: { access: "everybody" },
			exposeHeadRoute: false,
			schema: {
				summary: "The thumbnail of an image, by a token of getfdtok",
				description: "`Authorization: Bearer <token>`; it is used up by this.",
				params: ofFile,
			},
		},
		async (request, reply) => {
			const { params } = request;
			const use = { kind: "download", ...params } as const;
			const { actor } = await tokens.redeemToken(bearer(request), use);
			return sendThumbnail(rooms, { reply, actor, ...params });
		},
	);
};

/** Kept whole, or given up: the token is used up, so nobody can go on with it. */
async function taken(
	rooms: Rooms,
	actor: Actor,
	{ body, ...file }: Parameters<Rooms["beginUpload"]>[1] & { body(): Readable },
): Promise<RoomFile> {
	const { id } = await rooms.beginUpload(actor, file);
	try {
		await rooms.continueUpload(actor, id, 0, body());
		return await rooms.finishUpload(actor, id);
	} catch (error) {
		await rooms.cancelUpload(actor, id).catch(() => {});
		throw isUnavailable(error) ? notTaken() : error;
	}
}

function isUnavailable(error: unknown): boolean {
	return error instanceof ChatError && error.reason === "unavailable";
}

function notTaken(): ChatError {
	return new ChatError(
		"unavailable",
		"The file cannot be taken now, because the database, its archive or the virus scanner does not answer, or because there is no room for it; it is not kept. Ask for another token and bring it again.",
	);
}

function notTold(error: unknown): string {
	const why = error instanceof ChatError ? error : unforeseen;
	return `The file is kept, and must not be brought again; only its room is not told of it: ${why.message} Post its link there yourself.`;
}

/** Throws `not-signed-in`. */
function bearer({ headers }: FastifyRequest): string {
	const [, token] =
		/^Bearer ([\w-]{1,64})$/i.exec(headers.authorization ?? "") ?? [];
	if (token !== undefined) return token;
	throw new DoorError(
		"not-signed-in",
		"Bring the token as Authorization: Bearer <token>.",
	);
}
