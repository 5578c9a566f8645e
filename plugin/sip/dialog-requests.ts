/**
 * INFO and OPTIONS in dialogs, past the library. It would parse what the server echoes and what the client answers into objects,
 * header by header, and serialise its options for a log that nobody reads: of both, only the leader line and the status are looked at.
 *
 * The server answers a frame by `…|response|ID|OK|…|TRANSACTION|…` and the text that it has sent, or by `…|response|ID|NOK|why`; the
 * client's answer is `…|sip|network|…|TRANSACTION|DIALOG|` and its text.
 */
import type { Socket } from "node:net";
import type { DialogRequest, DrachtioDialog } from "./drachtio.ts";

type Done = Parameters<DrachtioDialog["request"]>[1];

interface Asked {
	/** By the frame's id, until the server has sent it. */
	readonly byFrame: Map<string, Done>;
	/** By the transaction, until the client has answered. */
	readonly byTransaction: Map<string, Done>;
	send(message: string): string;
}

const connections = new WeakMap<Socket, Asked>();

/** From now on requests can go by this connection; `send` gives the frame's id. */
export function carryRequests(socket: Socket, send: Asked["send"]): void {
	connections.set(socket, {
		byFrame: new Map(),
		byTransaction: new Map(),
		send,
	});
}

/** False: not by this connection; the library has to. */
export function askInDialog(
	{ id, socket }: Pick<DrachtioDialog, "id" | "socket">,
	{ method, headers, body }: DialogRequest,
	done: Done,
): boolean {
	const asked = connections.get(socket);
	if (asked === undefined || socket.destroyed) return false;
	let text = `sip||${id}\r\n${method} sip:placeholder SIP/2.0\r\n`;
	for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
	asked.byFrame.set(asked.send(`${text}\r\n${body ?? ""}`), done);
	return true;
}

/**
 * What came, if it is about such a request, which is gone on with; undefined: it is for the library. `id`: of the frame that the
 * server has answered.
 */
export function takeAnswer(
	socket: Socket,
	payload: Buffer,
): { readonly id: string | undefined } | undefined {
	const asked = connections.get(socket);
	if (asked === undefined) return undefined;
	const end = payload.indexOf("\r\n");
	const leader = payload.toString("latin1", 0, end < 0 ? undefined : end);
	const fields = leader.split("|");
	return fields[1] === "response"
		? takeEcho(asked, fields)
		: fields[1] === "sip" && fields[2] === "network"
			? takeResponse(asked, fields[8] ?? "", payload, end + 2)
			: undefined;
}

function takeEcho({ byFrame, byTransaction }: Asked, fields: string[]) {
	const [, , id = "", outcome, why] = fields;
	const done = byFrame.get(id);
	if (done === undefined) return undefined;
	byFrame.delete(id);
	if (outcome === "OK") byTransaction.set(fields[10] ?? "", done);
	else done(new Error(why || "request failed"));
	return { id };
}

const statusAt = "SIP/2.0 ".length;

function takeResponse(
	{ byTransaction }: Asked,
	transaction: string,
	payload: Buffer,
	begin: number,
) {
	const done = byTransaction.get(transaction);
	if (done === undefined) return undefined;
	const at = begin + statusAt;
	const status = Number(payload.toString("latin1", at, at + 3));
	if (!(status >= 200)) return { id: undefined };
	byTransaction.delete(transaction);
	done(undefined, { status });
	return { id: undefined };
}
