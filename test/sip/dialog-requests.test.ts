/** Requests in dialogs, against a scripted connection: who is told what when the server and the client answer. */
import { deepEqual, equal } from "node:assert/strict";
import { Socket } from "node:net";
import {
	askInDialog,
	carryRequests,
	takeAnswer,
} from "../../plugin/sip/dialog-requests.ts";

function setUp() {
	const socket = new Socket();
	const sent: string[] = [];
	carryRequests(socket, (message) => `frame-${sent.push(message)}`);
	const heard: (string | number | undefined)[] = [];
	return {
		sent,
		heard,
		ask: (body: string) =>
			askInDialog(
				{ id: "dialog", socket },
				{ method: "INFO", headers: { "Content-Type": "text/plain" }, body },
				(error, reply) =>
					heard.push(error instanceof Error ? error.message : reply?.status),
			),
		comes: (text: string) => takeAnswer(socket, Buffer.from(text)),
	};
}

const echo = (frame: string, transaction: string) =>
	`a|response|${frame}|OK|application|300|tcp|127.0.0.1|5060|09:00:00|${transaction}|Msg sent:|\r\nINFO sip:x SIP/2.0\r\n\r\n`;
const response = (transaction: string, line: string) =>
	`b|sip|network|200|tcp|127.0.0.1|5060|09:00:00|${transaction}|dialog|\r\n${line}\r\nCSeq: 2 INFO\r\n\r\n`;

describe("a request in a dialog", () => {
	it("goes with its headers and body, and is done when the client has answered for good", () => {
		const { sent, heard, ask, comes } = setUp();
		equal(ask("hello"), true);
		deepEqual(sent, [
			"sip||dialog\r\nINFO sip:placeholder SIP/2.0\r\nContent-Type: text/plain\r\n\r\nhello",
		]);
		deepEqual(comes(echo("frame-1", "T")), { id: "frame-1" });
		comes(response("T", "SIP/2.0 100 Trying"));
		deepEqual(heard, []);
		comes(response("T", "SIP/2.0 486 Busy Here"));
		deepEqual(heard, [486]);
	});

	it("is done when the server cannot send it, and says why", () => {
		const { heard, ask, comes } = setUp();
		ask("hello");
		deepEqual(comes("a|response|frame-1|NOK|unable to find dialog"), {
			id: "frame-1",
		});
		deepEqual(heard, ["unable to find dialog"]);
	});

	it("leaves to the library what is not about it", () => {
		const { heard, ask, comes } = setUp();
		ask("hello");
		comes(echo("frame-1", "T"));
		equal(comes(echo("frame-7", "U")), undefined);
		equal(comes(response("U", "SIP/2.0 200 OK")), undefined);
		equal(
			comes(
				"c|sip|network|9|tcp|127.0.0.1|5060|09:00:00|V|dialog|\r\nBYE sip:x SIP/2.0\r\n\r\n",
			),
			undefined,
		);
		equal(comes("d|response|ping"), undefined);
		deepEqual(heard, []);
		comes(response("T", "SIP/2.0 200 OK"));
		comes(response("T", "SIP/2.0 200 OK"));
		deepEqual(heard, [200]);
	});

	it("is not taken by a connection that has gone, or that nobody reads here", () => {
		const never = () => {
			throw new Error("never");
		};
		const dialog = { id: "dialog", socket: new Socket() };
		equal(askInDialog(dialog, { method: "OPTIONS" }, never), false);
		carryRequests(dialog.socket, never);
		dialog.socket.destroy();
		equal(askInDialog(dialog, { method: "OPTIONS" }, never), false);
	});
});
