/** Requests that applications send outside any dialog, and the dialogs that begin with them (RFC 3261, 8.1 and 12.1.2). */
import { randomUUID } from "node:crypto";
import {
	type Flow,
	Headers,
	newCallId,
	newTag,
	parseNameAddr,
	SipRequest,
	type SipResponse,
} from "../sip-stack/index.ts";
import { appHeader, replaceLocalhost } from "./app-headers.ts";
import {
	agreeSession,
	checkedBody,
	fill,
	methods,
	Refusal,
	requestLine,
	tellResponse,
} from "./app-request.ts";
import type { Application } from "./application.ts";
import {
	type AppFrame,
	type AppMessage,
	answerFrame,
	requestEcho,
} from "./control-frame.ts";
import { Dialog } from "./dialog.ts";
import type { Edge } from "./edge.ts";

/** Checks at once and sends when there is a connection, which may have to be made first. */
export function outsideDialog(
	edge: Edge,
	application: Application,
	frame: AppFrame,
	routeUri: string,
): void {
	const { msgId, message } = frame;
	const line = requestLine.exec(message.startLine);
	const [, method = "", uri = ""] = line ?? [];
	if (!methods.has(method) || method === "ACK" || !/^sips?:/i.test(uri))
		throw new Refusal(`invalid request-uri: ${message.startLine}`);
	const checked = checkedBody(message);
	const towards = routeUri === "" ? uri : uriIn(routeUri);
	if (edge.reach.cachedFlow(towards) === undefined) {
		if (!edge.reach.supports(towards))
			throw new Refusal("requested protocol/transport not available");
		if (edge.reach.isSelf(towards))
			throw new Refusal("can not send request to myself");
	}
	const from = appHeader(message.headers, "from");
	if (from !== undefined && parseNameAddr(from) === undefined)
		throw new Refusal(`invalid from value provided by client: ${from}`);
	const send = (flow: Flow) => {
		if (application.closed) return;
		const request = newRequest(edge, message, flow, { method, uri });
		fill(edge, request, message, flow, checked);
		if (method === "INVITE" || method === "SUBSCRIBE")
			if (!request.headers.has("contact"))
				request.headers.add("Contact", edge.reach.contact(flow));
		sendOutside(edge, application, msgId, request, flow);
	};
	// A fault in here is this request's alone: it must not end the process.
	edge.reach
		.flowTo(towards)
		.then(send)
		.catch((error: unknown) => {
			const reason = error instanceof Error ? error.message : String(error);
			edge.log.error(
				{ application: application.name, reason },
				"a request could not be sent",
			);
			application.send(answerFrame(msgId, `NOK|${reason}`));
		});
}

/** A URI without brackets is a URI with its parameters here, as for drachtio-server; in a header they would be the header's. */
function uriIn(route: string): string {
	return route.includes("<") ? (parseNameAddr(route)?.uri ?? route) : route;
}

function newRequest(
	edge: Edge,
	message: AppMessage,
	flow: Flow,
	{ method, uri }: { method: string; uri: string },
): SipRequest {
	const hostPort = edge.reach.localHostPort(flow);
	const local = (name: string) => {
		const value = appHeader(message.headers, name);
		return value === undefined ? undefined : replaceLocalhost(value, hostPort);
	};
	const from = local("from") ?? edge.reach.contact(flow);
	const tagged = parseNameAddr(from)?.params.has("tag") === true;
	const headers = new Headers();
	headers.add("From", tagged ? from : `${from};tag=${newTag()}`);
	headers.add("To", local("to") ?? `<${uri}>`);
	headers.add("Call-ID", appHeader(message.headers, "call-id") ?? newCallId());
	const given = /^\s*(\d{1,9})\b/.exec(
		appHeader(message.headers, "cseq") ?? "",
	);
	headers.add("CSeq", `${given?.[1] ?? sequenceNow()} ${method}`);
	return new SipRequest(method, uri, headers);
}

/** Grows with time, so that a registration refreshed under its old Call-ID has a higher number each time. */
function sequenceNow(): number {
	return Math.floor(Date.now() / 1000) & 0x3fff_ffff;
}

function sendOutside(
	edge: Edge,
	application: Application,
	msgId: string,
	request: SipRequest,
	flow: Flow,
): void {
	const transactionId = randomUUID();
	const { method } = request;
	const opens = method === "INVITE" || method === "SUBSCRIBE";
	let dialogId = opens ? `${request.callId};from-tag=${request.fromTag}` : "";
	const sent = edge.stack.request(request, flow, {
		response(response) {
			const final = response.status >= 200;
			if (final) application.invites.delete(transactionId);
			if (opens && final && response.status < 300) {
				const dialog = answeredDialog(edge, application, request, response, {
					flow,
					transactionId,
				});
				if (method === "INVITE") dialog.unacknowledged = sent;
				if (method === "INVITE") agreeSession(edge, dialog, response);
				dialogId = dialog.id;
			}
			const ids = { flow, transactionId, dialogId };
			tellResponse(edge, application, response, ids);
		},
	});
	if (method === "INVITE") application.invites.set(transactionId, sent);
	application.send(requestEcho(msgId, request, flow, transactionId));
}

/** A 2xx to our INVITE or SUBSCRIBE makes a dialog (RFC 3261, 12.1.2). */
function answeredDialog(
	edge: Edge,
	application: Application,
	request: SipRequest,
	response: SipResponse,
	{ flow, transactionId }: { flow: Flow; transactionId: string },
): Dialog {
	const dialog = new Dialog({
		callId: request.callId,
		localTag: request.fromTag,
		remoteTag: response.toTag,
		local: request.headers.get("from") ?? "",
		remote: response.headers.get("to") ?? "",
		kind: request.method === "INVITE" ? "INVITE" : "SUBSCRIBE",
		application,
		transactionId,
		flow,
		localSequence: request.cseq?.number ?? 1,
		contact: request.headers.get("contact") ?? edge.reach.contact(flow),
	});
	dialog.learnReversedRoutes(response.headers);
	dialog.learnTarget(response.headers);
	dialog.localBody = request.body.toString("utf8");
	dialog.localType = request.headers.get("content-type") ?? "";
	edge.dialogs.add(dialog, request.fromTag);
	return dialog;
}
