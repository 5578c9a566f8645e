/** Bodies that are bytes: passed on as they come, and given up when nothing comes for a while. */
import { type Readable, Transform } from "node:stream";
import { DoorError } from "../errors.ts";
import type { WebServer } from "../route.ts";

/** In this scope a body of any kind is its bytes. */
export function takeBytes(server: WebServer): void {
	server.removeAllContentTypeParsers();
	server.addContentTypeParser("*", (_, payload, done) => done(null, payload));
}

/** The same bytes. It fails when nothing comes for so long although it is waited for; the request itself stays to be answered. */
export function steadily(body: Readable, pieceMs: number): Readable {
	let timer: NodeJS.Timeout | undefined;
	const wait = () => {
		clearTimeout(timer);
		timer = setTimeout(() => {
			// It has come, and waits for us.
			if (bytes.readableLength > 0) return wait();
			bytes.destroy(
				new DoorError(
					"too-slow",
					"Nothing of the file came for too long; ask how much is here, and go on from there.",
				),
			);
		}, pieceMs);
	};
	const bytes = new Transform({
		transform(piece, _, done) {
			wait();
			done(null, piece);
		},
	});
	bytes.once("close", () => {
		clearTimeout(timer);
		body.unpipe(bytes);
	});
	body.once("error", (error) => bytes.destroy(error));
	body.once("close", () => {
		if (!body.readableEnded) bytes.destroy(new Error("The upload was cut"));
	});
	wait();
	return body.pipe(bytes);
}
