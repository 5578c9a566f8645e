/** Responses that applications give to requests from the network, and the dialogs that begin with them (RFC 3261, 12.1.1). */
import {
	parseNameAddr,
	responseTo,
	SipResponse,
	splitList,
} from "../sip-stack/index.ts";
import { addAppHeaders, appHeader } from "./app-headers.ts";
import type { Application, NetworkRequest } from "./application.ts";
import { type AppFrame, answerFrame, responseEcho } from "./control-frame.ts";
import { Dialog } from "./dialog.ts";
import type { Edge } from "./edge.ts";
import { onAck, onAckTimeout } from "./network-requests.ts";
import { minSeSeconds, parseSessionExpires } from "./session-timer.ts";
import { armSession } from "./sessions.ts";

const statusLine = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n\0]*))?$/;
const tagPattern = /tag=([A-Za-z0-9\-.!%*_+`'~]{1,128})/;
const gone = "transport for response has been shutdown or closed";
const unknownTransaction = "Response not sent due to unknown transaction";

interface Draft {
	readonly response: SipResponse;
	readonly frame: AppFrame;
	readonly pending: NetworkRequest;
}

export function onAppResponse(
	edge: Edge,
	application: Application,
	frame: AppFrame,
): void {
	const { msgId, fields, message } = frame;
	const pending = application.requests.get(fields[0] ?? "");
	const line = statusLine.exec(message.startLine);
	const refusal =
		pending === undefined || pending.transaction.answered
			? unknownTransaction
			: line === null
				? "Unknown server error sending response"
				: message.fault;
	if (refusal !== undefined || pending === undefined || line === null) {
		edge.log.warn(
			{ application: application.name },
			refusal ?? unknownTransaction,
		);
		application.send(answerFrame(msgId, `NOK|${refusal}`));
		return;
	}
	const draft = draftResponse(edge, frame, pending, line);
	send(edge, application, draft);
}

function draftResponse(
	edge: Edge,
	frame: AppFrame,
	pending: NetworkRequest,
	line: RegExpExecArray,
): Draft {
	const { transaction } = pending;
	const { request, flow } = transaction;
	const { headers: given, body } = frame.message;
	const status = Number(line[1]);
	if (transaction.lastResponse === undefined && request.toTag === "")
		pending.localTag =
			tagPattern.exec(appHeader(given, "to") ?? "")?.[1] ?? pending.localTag;
	const base = responseTo(request, status, { toTag: pending.localTag });
	const response = new SipResponse(status, line[2] || base.reason);
	response.headers = base.headers;
	response.body = Buffer.from(body);
	const opens = request.method === "INVITE" || request.method === "SUBSCRIBE";
	if (opens && status < 300)
		for (const routes of request.headers.getAll("record-route"))
			for (const route of splitList(routes))
				response.headers.add("Record-Route", route);
	addAppHeaders(response.headers, given, edge.reach.localHostPort(flow));
	const success = status >= 200 && status < 300;
	if (opens && (success || pending.inDialog))
		if (!response.headers.has("contact"))
			response.headers.add("Contact", edge.reach.contact(flow));
	if (body.startsWith("v=0") && !response.headers.has("content-type"))
		response.headers.add("Content-Type", "application/sdp");
	return { response, frame, pending };
}

function send(edge: Edge, application: Application, draft: Draft): void {
	const { response, frame, pending } = draft;
	const { transaction, transactionId } = pending;
	const { status } = response;
	if (response.status > 100) openDialog(edge, application, draft);
	const opened = pending.inDialog ? undefined : pending.dialog;
	const session =
		opened !== undefined && status === 200 ? agreeSession(draft) : undefined;
	const dialogId = pending.dialog?.id ?? "";
	bindAck(edge, pending);
	const sent = transaction.respond(response);
	if (status >= 200) application.requests.delete(transactionId);
	if (status >= 300 || !sent) {
		if (opened !== undefined) edge.dialogs.remove(opened);
	} else if (session !== undefined && opened !== undefined)
		armSession(edge, opened, session.seconds, session.refresher === "uas");
	if (sent && status >= 200) cacheConnection(edge, draft);
	application.send(
		sent
			? responseEcho(frame.msgId, response, transaction.flow, {
					transactionId,
					dialogId,
				})
			: answerFrame(
					frame.msgId,
					`NOK|${pending.inDialog ? gone : unknownTransaction}`,
				),
	);
}

/** The first response above 100 to an INVITE, or a 2xx to a SUBSCRIBE, makes a dialog. */
function openDialog(
	edge: Edge,
	application: Application,
	{ response, frame, pending }: Draft,
): void {
	const { request, flow } = pending.transaction;
	const { method, from, to } = request;
	if (from === undefined || to === undefined) return;
	if (method !== "INVITE" && method !== "SUBSCRIBE") return;
	if (method === "SUBSCRIBE" && (response.status < 200 || pending.inDialog))
		return;
	let { dialog } = pending;
	if (dialog === undefined) {
		dialog = new Dialog({
			callId: request.callId,
			localTag: pending.localTag,
			remoteTag: request.fromTag,
			local: response.headers.get("to") ?? "",
			remote: request.headers.get("from") ?? "",
			kind: method,
			application,
			transactionId: pending.transactionId,
			flow,
			localSequence: startOf(request.cseq?.number ?? 0),
			contact: "",
		});
		dialog.learnRoutes(request.headers);
		dialog.learnTarget(request.headers);
		edge.dialogs.add(dialog, request.fromTag);
		pending.dialog = dialog;
	}
	dialog.contact = response.headers.get("contact") ?? edge.reach.contact(flow);
	if (response.body.length > 0) {
		dialog.localBody = frame.message.body;
		dialog.localType = response.headers.get("content-type") ?? "";
	}
}

/** Our own numbers in the dialog go on from the peer's, as drachtio-server's do; near the end of their range they start afresh. */
function startOf(number: number): number {
	return number < 0x7000_0000 ? number : 0;
}

/** Session-Expires of a 200: the application's own, or else what the peer offered, raised to the minimum. */
function agreeSession({ response, pending }: Draft) {
	const { request } = pending.transaction;
	if (request.method !== "INVITE") return undefined;
	const own = parseSessionExpires(response.headers.get("session-expires"));
	const offered = parseSessionExpires(request.headers.get("session-expires"));
	const agreed = own ?? (offered?.refresher ? offered : undefined);
	if (agreed === undefined) return undefined;
	const seconds = Math.max(minSeSeconds, agreed.seconds);
	const refresher = agreed.refresher ?? "uac";
	if (own === undefined)
		response.headers.add(
			"Session-Expires",
			`${seconds};refresher=${refresher}`,
		);
	return { seconds, refresher };
}

function bindAck(edge: Edge, pending: NetworkRequest): void {
	const { transaction } = pending;
	if (transaction.request.method !== "INVITE") return;
	transaction.onAck = (ack) => onAck(edge, ack, transaction, pending);
	transaction.onAckTimeout = () => {
		if (pending.dialog !== undefined) onAckTimeout(edge, pending.dialog);
	};
}

/** A client that registered or subscribed over a connection is reached over it while that lasts. */
function cacheConnection(edge: Edge, { response, pending }: Draft): void {
	const { request, flow } = pending.transaction;
	const { method } = request;
	const fits =
		(method === "REGISTER" && response.status === 200) ||
		(method === "SUBSCRIBE" && response.status < 300);
	const contact = request.headers.get("contact");
	if (!fits || contact === undefined || !flow.reliable) return;
	const uri = parseNameAddr(splitList(contact)[0] ?? "")?.uri;
	const answered = parseNameAddr(
		splitList(response.headers.get("contact") ?? "")[0] ?? "",
	);
	const seconds = Number.parseInt(
		(method === "REGISTER" ? answered?.params.get("expires") : undefined) ??
			response.headers.get("expires") ??
			"0",
		10,
	);
	// A SUBSCRIBE is to somebody; who sends it is in From.
	const user = method === "REGISTER" ? request.to?.uri : request.from?.uri;
	if (uri !== undefined && user !== undefined && seconds >= 0)
		edge.reach.cache(uri, user, flow, seconds * 1000);
}
