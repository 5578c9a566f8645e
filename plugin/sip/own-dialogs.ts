/** The dialogs that this service opens, as the library knows them: with a lost control connection it would keep them, and who waits for one, for ever. */
import type { Socket } from "node:net";
import { askInDialog } from "./dialog-requests.ts";
import type { DrachtioDialog, DrachtioServer } from "./drachtio.ts";
import { lostConnection, type SipServers } from "./sip-servers.ts";

export interface OwnDialogs {
	/** Throws when the control connection is lost meanwhile. */
	readonly createUAS: DrachtioServer["createUAS"];
	/** The control connection is gone: the library forgets those that were on it. */
	lost(socket: Socket): void;
}

export function createOwnDialogs(
	servers: Pick<SipServers, "createUAS" | "removeDialog" | "dialogs">,
): OwnDialogs {
	const ours = new WeakSet<DrachtioDialog>();
	/** Those that wait for the server's word, by their connection. */
	const waiting = new Map<Socket, Set<(error: Error) => void>>();

	/** COMPAT(drachtio-srf): what waits for the server's word is never told that it will not come. */
	async function unlessLost<T>(socket: Socket, work: Promise<T>): Promise<T> {
		const others = waiting.get(socket) ?? new Set();
		waiting.set(socket, others);
		let stop = () => {};
		const lost = new Promise<never>((_, reject) => {
			others.add(reject);
			stop = () => void others.delete(reject);
		});
		try {
			return await Promise.race([work, lost]);
		} finally {
			stop();
			if (others.size === 0) waiting.delete(socket);
		}
	}

	return {
		async createUAS(request, reply, options) {
			const { socket } = request;
			const dialog = await unlessLost(
				socket,
				servers.createUAS(request, reply, options),
			);
			ours.add(dialog);
			askPastLibrary(dialog);
			if (!socket.destroyed) return dialog;
			servers.removeDialog(dialog);
			throw lostConnection();
		},
		lost(socket) {
			for (const reject of waiting.get(socket) ?? []) reject(lostConnection());
			for (const dialog of servers.dialogs()) {
				if (dialog.socket === socket && ours.has(dialog)) {
					servers.removeDialog(dialog);
				}
			}
		},
	};
}

/** NOTIFY is left to the library: it ends what a subscription's last one ends. */
function askPastLibrary(dialog: DrachtioDialog): void {
	const request = dialog.request.bind(dialog);
	dialog.request = (asked, done) => {
		if (asked.method !== "NOTIFY" && askInDialog(dialog, asked, done)) return;
		request(asked, done);
	};
}
