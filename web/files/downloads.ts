/** Getting a file from a page. */
import { z } from "zod";
import type { Routes } from "../route.ts";
import { sendFile, sendThumbnail } from "./content.ts";
import { recorded } from "./recorded.ts";
import { ofFile } from "./views.ts";

export const downloadRoutes: Routes = (server, { rooms }) => {
	const ended = recorded(server);
	server.get(
		"/api/rooms/:room/files/:file",
		{
			// The answer to HEAD would have to read the file, and be recorded.
			exposeHeadRoute: false,
			schema: {
				summary: "A file, or a range of it; recorded as had",
				params: ofFile,
				querystring: z.strictObject({
					/** An image is shown in the page, not saved. */
					show: z.enum(["true", "false"]).default("false"),
				}),
			},
		},
		(request, reply) => {
			const { actor, params, query } = request;
			const show = query.show === "true";
			return sendFile(rooms, { request, reply, actor, ...params, show, ended });
		},
	);

	server.get(
		"/api/rooms/:room/files/:file/thumbnail",
		{
			schema: {
				summary: "A small picture of an image; not recorded",
				description:
					"`image/webp` of at most 320 × 320 pixels. 404 with the reason `no-thumbnail` where there is none.",
				params: ofFile,
			},
		},
		({ actor, params }, reply) =>
			sendThumbnail(rooms, { reply, actor, ...params }),
	);
};
