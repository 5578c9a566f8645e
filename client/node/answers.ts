/** Answers to requests that belong to no dialog of ours, and to methods we do not know. */
import {
	newTag,
	responseTo,
	type ServerTransaction,
	type SipRequest,
	type SipResponse,
} from "../../sip-stack/index.ts";

const allowedList = [
	"INVITE",
	"ACK",
	"CANCEL",
	"BYE",
	"INFO",
	"UPDATE",
	"OPTIONS",
	"NOTIFY",
];

export const allowedMethods = allowedList.join(", ");

export function allowed(request: SipRequest): boolean {
	return allowedList.includes(request.method);
}

export function answerFor(request: SipRequest, status: number): SipResponse {
	const response = responseTo(request, status, { toTag: newTag() });
	response.headers.add("Allow", allowedMethods);
	return response;
}

/** A request that no dialog or subscription of ours takes. */
export function answerStranger(transaction: ServerTransaction): void {
	const { request } = transaction;
	// Nobody waits for an answer to this one (MS-SIP section 3).
	if (request.method === "BENOTIFY") transaction.abandon();
	else transaction.respond(answerFor(request, statusFor(request)));
}

function statusFor(request: SipRequest): number {
	if (!allowed(request)) return 501;
	if (request.toTag !== "") return 481;
	if (request.method === "OPTIONS") return 200;
	// Nobody can be called here: this endpoint only calls the chat service.
	return request.method === "INVITE" ? 488 : 481;
}
