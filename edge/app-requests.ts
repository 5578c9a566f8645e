/** Requests that applications send, sorted by kind; what cannot be sent is refused with a reason (RFC 3261, 9.1 for CANCEL). */
import { randomUUID } from "node:crypto";
import { Headers } from "../sip-stack/index.ts";
import { addAppHeaders } from "./app-headers.ts";
import { Refusal } from "./app-request.ts";
import type { Application } from "./application.ts";
import { type AppFrame, answerFrame, requestEcho } from "./control-frame.ts";
import { insideDialog } from "./dialog-requests.ts";
import type { Edge } from "./edge.ts";
import { outsideDialog } from "./new-requests.ts";

function refuse(
	edge: Edge,
	application: Application,
	msgId: string,
	reason: string,
): void {
	edge.log.warn({ application: application.name, reason }, "request refused");
	application.send(answerFrame(msgId, `NOK|${reason}`));
}

export function onAppRequest(
	edge: Edge,
	application: Application,
	frame: AppFrame,
): void {
	const { msgId, fields, message } = frame;
	const [transactionId = "", dialogId = "", routeUri = ""] = fields;
	try {
		if (dialogId !== "") insideDialog(edge, application, frame, dialogId);
		else if (message.startLine.startsWith("CANCEL"))
			cancel(application, frame, transactionId);
		else if (transactionId !== "")
			throw new Refusal("only CANCEL belongs to a transaction");
		else outsideDialog(edge, application, frame, routeUri);
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		const prefix = dialogId === "" ? "" : "Server error: ";
		refuse(edge, application, msgId, `${prefix}${error.message}`);
	}
}

function cancel(
	application: Application,
	{ msgId, message }: AppFrame,
	transactionId: string,
): void {
	const invite = application.invites.get(transactionId);
	const lines = new Headers();
	addAppHeaders(lines, message.headers, "");
	const own = [...lines].map(({ name, value }) => [name, value] as const);
	const request = invite?.cancel(own);
	if (invite === undefined || request === undefined)
		throw new Refusal(
			`unable to cancel unknown transaction id: ${transactionId}`,
		);
	application.send(requestEcho(msgId, request, invite.flow, randomUUID()));
}
