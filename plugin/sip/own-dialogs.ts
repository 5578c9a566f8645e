/** The dialogs that this service opens, as the library knows them: with a lost control connection it would keep them, and who waits for one, for ever. */
import type { Socket } from "node:net";
import type { DrachtioDialog, DrachtioServer } from "./drachtio.ts";

export interface OwnDialogs {
	/** Throws when the control connection is lost meanwhile. */
	readonly createUAS: DrachtioServer["createUAS"];
	/** The control connection is gone: the library forgets those that were on it. */
	lost(socket: Socket): void;
}

export function createOwnDialogs(
	server: Pick<DrachtioServer, "createUAS" | "removeDialog" | "_dialogs">,
): OwnDialogs {
	const ours = new WeakSet<DrachtioDialog>();

	return {
		async createUAS(request, reply, options) {
			const { socket } = request;
			const dialog = await unlessLost(
				socket,
				server.createUAS(request, reply, options),
			);
			ours.add(dialog);
			if (!socket.destroyed) return dialog;
			server.removeDialog(dialog);
			throw lostConnection();
		},
		lost(socket) {
			for (const dialog of [...server._dialogs.values()]) {
				if (dialog.socket === socket && ours.has(dialog)) {
					server.removeDialog(dialog);
				}
			}
		},
	};
}

/** COMPAT(drachtio-srf): what waits for the server's word is never told that it will not come. */
async function unlessLost<T>(socket: Socket, work: Promise<T>): Promise<T> {
	let stop = () => {};
	const lost = new Promise<never>((_, reject) => {
		const closed = () => reject(lostConnection());
		socket.once("close", closed);
		stop = () => void socket.off("close", closed);
	});
	try {
		return await Promise.race([work, lost]);
	} finally {
		stop();
	}
}

function lostConnection(): Error {
	return new Error("the control connection was lost");
}
