/** Bringing a file from a page: begun, sent in pieces that go on where they were cut, finished. */
import type { Readable } from "node:stream";
import { z } from "zod";
import { ofRoom } from "../rooms/views.ts";
import type { Routes } from "../route.ts";
import { steadily, takeBytes } from "./body.ts";
import {
	announcing,
	fileView,
	finishedView,
	ofUpload,
	uploadView,
	viewOfFile,
	viewOfFinished,
	viewOfUpload,
} from "./views.ts";

export const uploadRoutes: Routes = (server, { rooms }) => {
	server.get(
		"/api/rooms/:room/files",
		{
			schema: {
				summary: "Files of a room, the newest first",
				params: ofRoom,
				querystring: z.strictObject({
					/** The position of the last of the page before. */
					before: z.coerce.number().int().min(1).optional(),
					limit: z.coerce.number().int().min(1).max(200).default(50),
				}),
				response: { 200: z.object({ files: z.array(fileView) }) },
			},
		},
		async ({ actor, params, query }) => {
			const files = await rooms.files(actor, params.room, query);
			return { files: files.map(viewOfFile) };
		},
	);

	server.post(
		"/api/rooms/:room/files",
		{
			schema: {
				summary: "Begin an upload",
				params: ofRoom,
				body: z.strictObject({
					name: z.string().max(1_000),
					/** How many there will be. */
					bytes: z.number(),
				}),
				response: { 201: uploadView },
			},
		},
		async ({ actor, params, body }, reply) => {
			const upload = await rooms.beginUpload(actor, { ...params, ...body });
			reply.code(201).header("location", `/api/uploads/${upload.id}`);
			return viewOfUpload(upload);
		},
	);

	server.get(
		"/api/uploads/:upload",
		{
			schema: {
				summary: "How far an upload is",
				params: ofUpload,
				response: { 200: uploadView },
			},
		},
		async ({ actor, params }) =>
			viewOfUpload(await rooms.upload(actor, params.upload)),
	);

	server.post(
		"/api/uploads/:upload/finish",
		{
			schema: {
				summary: "All of it is here: others may have it from now on",
				params: ofUpload,
				querystring: announcing,
				response: { 200: finishedView },
			},
		},
		async ({ actor, params, query }) => {
			const file = await rooms.finishUpload(actor, params.upload);
			const message =
				query.announce === "true"
					? await rooms.announceFile(actor, file.room, file.id)
					: undefined;
			return viewOfFinished(file, message);
		},
	);

	server.delete(
		"/api/uploads/:upload",
		{
			schema: {
				summary: "Give an upload up",
				params: ofUpload,
				response: { 204: z.undefined() },
			},
		},
		async ({ actor, params }, reply) => {
			await rooms.cancelUpload(actor, params.upload);
			return reply.code(204).send();
		},
	);
};

/** Of its own, because its body is bytes. */
export const uploadPieceRoutes: Routes = (server, { rooms, pieceMs }) => {
	takeBytes(server);
	server.patch(
		"/api/uploads/:upload",
		{
			config: { slowBody: true },
			schema: {
				summary: "A piece of an upload",
				description:
					"The body is the bytes, `upload-offset` how many came before; 409 says how many are here.",
				params: ofUpload,
				headers: z.looseObject({
					"upload-offset": z.coerce.number().int().min(0),
				}),
				response: { 200: uploadView },
			},
		},
		async ({ actor, params, headers, body }) => {
			const offset = headers["upload-offset"];
			const bytes = steadily(body as Readable, pieceMs);
			return viewOfUpload(
				await rooms.continueUpload(actor, params.upload, offset, bytes),
			);
		},
	);
};
