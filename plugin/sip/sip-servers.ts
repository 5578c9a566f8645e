/**
 * The SIP servers that a node is beside, used as one: routes are on each, and what concerns a control connection or a dialog goes to the
 * server that it belongs to. Two servers can know dialogs of the same name: a call that a proxy has forked to both.
 */
import type { Socket } from "node:net";
import type { DrachtioDialog, DrachtioServer } from "./drachtio.ts";

export interface SipServers
	extends Pick<DrachtioServer, "use" | "request" | "createUAS"> {
	readonly each: readonly DrachtioServer[];
	/** Control connections that stand. */
	connections(): readonly Socket[];
	/** All dialogs that are known. */
	dialogs(): readonly DrachtioDialog[];
	/** The library forgets it, if it has not. */
	removeDialog(dialog: DrachtioDialog): void;
}

export function joinServers(each: readonly DrachtioServer[]): SipServers {
	const connectedTo = (socket: Socket) =>
		each.find(({ app }) => app.client?.mapServer.has(socket));
	return {
		each,
		connections: () =>
			each.flatMap(({ app }) => [...(app.client?.mapServer.keys() ?? [])]),
		dialogs: () => each.flatMap(({ _dialogs }) => [..._dialogs.values()]),
		use(method, handler) {
			for (const server of each) server.use(method, handler);
		},
		request(uri, options, sent) {
			const server = connectedTo(options._socket);
			if (server === undefined) sent(lostConnection());
			else server.request(uri, options, sent);
		},
		async createUAS(request, reply, options) {
			const server = connectedTo(request.socket);
			if (server === undefined) throw lostConnection();
			return server.createUAS(request, reply, options);
		},
		removeDialog(dialog) {
			for (const server of each) {
				if (server.findDialogById(dialog.id) === dialog) {
					server.removeDialog(dialog);
				}
			}
		},
	};
}

export function lostConnection(): Error {
	return new Error("the control connection was lost");
}

const numbers = new WeakMap<Socket, number>();

/** From now on this control connection is known as one to that server, counted from 1. */
export function noteServer(socket: Socket, number: number): void {
	numbers.set(socket, number);
}

/** By which server it came, counted from 1; a client's address and port say nothing of its address and port at another. */
export function serverNumber(socket: Socket): number {
	return numbers.get(socket) ?? 0;
}
