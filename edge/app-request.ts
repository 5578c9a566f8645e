/** What every request of an application goes through, inside a dialog or outside (RFC 3261, 8.1.1). */
import type { Flow, SipRequest, SipResponse } from "../sip-stack/index.ts";
import { addAppHeaders, appHeader } from "./app-headers.ts";
import type { Application } from "./application.ts";
import { type AppMessage, sipFrame } from "./control-frame.ts";
import type { Dialog } from "./dialog.ts";
import type { Edge } from "./edge.ts";
import { parseSessionExpires } from "./session-timer.ts";
import { armSession } from "./sessions.ts";

/** What drachtio-server knows how to send. */
export const methods = new Set([
	"INVITE",
	"ACK",
	"BYE",
	"OPTIONS",
	"REGISTER",
	"INFO",
	"PRACK",
	"UPDATE",
	"MESSAGE",
	"SUBSCRIBE",
	"NOTIFY",
	"REFER",
	"PUBLISH",
]);
export const requestLine = /^([A-Z]{1,32}) ([^\s\0<>"]+) SIP\/2\.0$/;

/** A request that cannot be sent; the message is the reason in the answer. */
export class Refusal extends Error {}

export interface CheckedBody {
	readonly body: Buffer;
	/** The type that an SDP body gets which has none. */
	readonly type: string | undefined;
}

/** Checks what is common to all requests and gives the body its type. */
export function checkedBody(message: AppMessage): CheckedBody {
	if (message.fault !== undefined) throw new Refusal(message.fault);
	const body = Buffer.from(message.body);
	if (body.length === 0 || appHeader(message.headers, "content-type"))
		return { body, type: undefined };
	if (!message.body.startsWith("v=0"))
		throw new Refusal("missing content-type");
	return { body, type: "application/sdp" };
}

/** Gives a request the application's headers and body. */
export function fill(
	edge: Edge,
	request: SipRequest,
	message: AppMessage,
	flow: Flow,
	{ body, type }: CheckedBody,
): void {
	const hostPort = edge.reach.localHostPort(flow);
	addAppHeaders(request.headers, message.headers, hostPort);
	if (type !== undefined) request.headers.add("Content-Type", type);
	request.body = body;
}

/** The peer answered our INVITE with a session timer. */
export function agreeSession(
	edge: Edge,
	dialog: Dialog,
	response: SipResponse,
): void {
	const agreed = parseSessionExpires(response.headers.get("session-expires"));
	if (agreed !== undefined)
		armSession(edge, dialog, agreed.seconds, agreed.refresher !== "uas");
}

/** Hands a response, real or local, to the application that asked. */
export function tellResponse(
	edge: Edge,
	application: Application,
	message: SipResponse,
	ids: {
		readonly flow: Flow;
		readonly transactionId: string;
		readonly dialogId: string;
	},
): void {
	if (message.status === 408)
		edge.log.debug({ dialogId: ids.dialogId }, "a request was not answered");
	application.send(sipFrame({ message, ...ids }));
}
