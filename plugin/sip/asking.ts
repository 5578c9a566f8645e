/** A request of our own outside dialogs, and its final answer. */
import type { Socket } from "node:net";
import type { Answer, DrachtioServer } from "./drachtio.ts";

export interface Asking {
	readonly server: Pick<DrachtioServer, "request">;
	/** The control connection that it goes by. */
	readonly by: Socket;
	readonly method: "REGISTER";
	readonly uri: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly answerMs: number;
}

/** Undefined when there is none in time, or the request did not leave. Never rejects. */
export function ask({
	server,
	by,
	method,
	uri,
	headers,
	answerMs,
}: Asking): Promise<Answer | undefined> {
	return new Promise((resolve) => {
		const done = (answer: Answer | undefined) => {
			clearTimeout(patience);
			by.off("close", lost);
			resolve(answer);
		};
		// COMPAT(drachtio-srf): it never tells that a connection was lost meanwhile.
		const lost = () => done(undefined);
		const patience = setTimeout(lost, answerMs);
		by.once("close", lost);
		try {
			server.request(uri, { _socket: by, method, headers }, (error, sent) => {
				if (error || sent === undefined) {
					done(undefined);
					return;
				}
				sent.on("response", (answer) => {
					if (answer.status >= 200) done(answer);
				});
			});
		} catch {
			// COMPAT(drachtio-srf): it throws when the connection has gone.
			done(undefined);
		}
	});
}
