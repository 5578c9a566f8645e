/** Why something asked of the chat service did not happen. */

/** The service said no. */
export class ChatRefused extends Error {
	override readonly name = "ChatRefused";
	/** The `resp` code of the reply, or the SIP status of the INFO: 403 not allowed, 404 no such room, 413 too large, 503 overload … */
	readonly code: number;
	/** The service's words. */
	readonly text: string;

	constructor(what: string, code: number, text: string) {
		super(`${what} was refused: ${text} (${code})`);
		this.code = code;
		this.text = text;
	}
}

/** Nothing was heard in time. The command may or may not have been carried out. */
export class ChatTimeout extends Error {
	override readonly name = "ChatTimeout";
}

/** There is no connection to the service now, or it was lost before the answer came; a post may or may not have been kept. */
export class ChatDisconnected extends Error {
	override readonly name = "ChatDisconnected";
}
