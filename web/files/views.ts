/** Files and uploads as pages see them, and how they are named in addresses. */
import { z } from "zod";
import type {
	FileId,
	Message,
	RoomFile,
	UploadState,
} from "../../plugin/index.ts";
import { messageView, ofRoom, viewOfMessage } from "../rooms/views.ts";

const fileId = z
	.guid()
	.transform((text) => text.toLowerCase() as string as FileId);

export const ofFile = z.strictObject({ ...ofRoom.shape, file: fileId });
export const ofUpload = z.strictObject({ upload: fileId });

/** Whether the room is told by a message of the uploader. */
export const announcing = z.strictObject({
	announce: z.enum(["true", "false"]).default("true"),
});

export const fileView = z.object({
	id: z.string(),
	room: z.string(),
	name: z.string(),
	/** Media type by its bytes. */
	type: z.string(),
	bytes: z.number(),
	sha256: z.string(),
	uploadedBy: z.object({ uri: z.string(), name: z.string() }),
	uploadedAt: z.string(),
	/** Goes up from file to file: `before` of the next page. */
	position: z.number(),
});

export const finishedView = z.object({
	file: fileView,
	/** What told of it. */
	message: messageView.optional(),
});

export const uploadView = z.object({
	id: z.string(),
	room: z.string(),
	name: z.string(),
	bytes: z.number(),
	/** How many of them are here: it goes on from there. */
	received: z.number(),
});

export function viewOfFile({
	uploadedBy: { uri, displayName },
	uploadedAt,
	...file
}: RoomFile): z.output<typeof fileView> {
	const { id, room, name, type, bytes, sha256, position } = file;
	return {
		...{ id, room, name, type, bytes, sha256, position },
		uploadedBy: { uri, name: displayName },
		uploadedAt: uploadedAt.toISOString(),
	};
}

export function viewOfFinished(
	file: RoomFile,
	message?: Message,
): z.output<typeof finishedView> {
	return {
		file: viewOfFile(file),
		...(message !== undefined && { message: viewOfMessage(message) }),
	};
}

export function viewOfUpload({
	id,
	room,
	name,
	bytes,
	received,
}: UploadState): z.output<typeof uploadView> {
	return { id, room, name, bytes, received };
}
