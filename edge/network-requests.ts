/** Requests from the network: which application gets them, and which are answered or dropped here (RFC 3261, 8.2, 12.2.2 and 15.1.2). */
import { randomUUID } from "node:crypto";
import {
	newTag,
	responseTo,
	type ServerTransaction,
	type SipRequest,
} from "../sip-stack/index.ts";
import type { Application, NetworkRequest } from "./application.ts";
import { sipFrame } from "./control-frame.ts";
import type { Dialog } from "./dialog.ts";
import type { Edge } from "./edge.ts";
import { minSeSeconds, parseSessionExpires } from "./session-timer.ts";
import { armSession, endDialog } from "./sessions.ts";

/** Methods that applications are offered outside dialogs; drachtio-server drops others (SERVICE, REFER …) without a word. */
const offeredMethods = new Set([
	"INVITE",
	"REGISTER",
	"MESSAGE",
	"OPTIONS",
	"INFO",
	"NOTIFY",
	"SUBSCRIBE",
	"PUBLISH",
]);
/** A body is not kept once it is written: as long as it waits for the application, it is held once. */
const noBody = Buffer.alloc(0);
const refreshesTarget = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY"]);

/** Answers without asking any application. */
function reply(
	transaction: ServerTransaction,
	status: number,
	header?: readonly [string, string],
): void {
	const response = responseTo(transaction.request, status, { toTag: newTag() });
	if (header !== undefined) response.headers.add(...header);
	transaction.respond(response);
}

export function onNetworkRequest(
	edge: Edge,
	transaction: ServerTransaction,
): void {
	const { request } = transaction;
	const dialog = edge.dialogs.ofRequest(request);
	if (dialog !== undefined) insideDialog(edge, transaction, dialog);
	else if (request.method === "BYE" || request.method === "UPDATE")
		reply(transaction, 481);
	else if (offeredMethods.has(request.method)) outsideDialog(edge, transaction);
	else transaction.abandon();
}

function outsideDialog(edge: Edge, transaction: ServerTransaction): void {
	const { request, flow } = transaction;
	const { method, toTag } = request;
	if (method === "INVITE" && toTag !== "") {
		reply(transaction, 481);
		return;
	}
	const opens = method === "INVITE" || method === "SUBSCRIBE";
	if (opens && edge.dialogs.full) {
		edge.warnings.warn({ remote: flow.remote }, "too many dialogs");
		reply(transaction, 503, ["Retry-After", "30"]);
		return;
	}
	const application = edge.applications.pick(method);
	if (application === undefined) {
		// drachtio-server says 503 to either; a client in a dialog that is gone must learn that it is.
		reply(transaction, toTag === "" ? 503 : 481);
		return;
	}
	if (application.unsentBytes > edge.limits.unreadBytes) {
		refuseUnread(edge, transaction);
		return;
	}
	const pending = hold(application, transaction, undefined);
	pending.transaction.onCancel = (cancel) =>
		onCancel(application, pending, cancel);
	const { transactionId } = pending;
	const receivedOn = flow.local;
	application.send(
		sipFrame({
			message: request,
			flow,
			transactionId,
			dialogId: "",
			receivedOn,
		}),
	);
	request.body = noBody;
}

/** Too much waits for the application already: the sender shall come again. */
function refuseUnread(edge: Edge, transaction: ServerTransaction): void {
	const { remote } = transaction.flow;
	edge.warnings.warn({ remote }, "the application reads too slowly");
	reply(transaction, 503, ["Retry-After", "5"]);
}

function hold(
	application: Application,
	transaction: ServerTransaction,
	dialog: Dialog | undefined,
): NetworkRequest {
	const { toTag } = transaction.request;
	const pending: NetworkRequest = {
		transactionId: randomUUID(),
		transaction,
		localTag: toTag === "" ? newTag() : toTag,
		dialog,
		inDialog: dialog !== undefined,
		since: performance.now(),
	};
	application.requests.set(pending.transactionId, pending);
	return pending;
}

/** The INVITE is answered 487 here and the application is told; its own answer comes too late then. */
function onCancel(
	application: Application,
	pending: NetworkRequest,
	cancel: SipRequest,
): void {
	const { transaction, transactionId, localTag, dialog } = pending;
	application.requests.delete(transactionId);
	cancel.body = noBody;
	transaction.respond(
		responseTo(transaction.request, 487, { toTag: localTag }),
	);
	application.send(
		sipFrame({
			message: cancel,
			flow: transaction.flow,
			transactionId,
			dialogId: dialog?.id ?? "",
		}),
	);
}

function insideDialog(
	edge: Edge,
	transaction: ServerTransaction,
	dialog: Dialog,
): void {
	const { request, flow } = transaction;
	const { method } = request;
	const waiting = dialog.application?.unsentBytes ?? 0;
	if (waiting > edge.limits.unreadBytesInDialogs) {
		refuseUnread(edge, transaction);
		return;
	}
	dialog.flow = flow;
	if (refreshesTarget.has(method)) dialog.learnTarget(request.headers);
	const { application, id } = dialog;
	const ends = endsDialog(request, dialog);
	if (ends) edge.dialogs.remove(dialog);
	if (application === undefined || application.closed) {
		reply(transaction, 481);
		return;
	}
	if (method === "INVITE") transaction.respond(responseTo(request, 100));
	if (method === "INVITE" || method === "UPDATE")
		if (!refreshSession(edge, transaction, dialog)) return;
	const pending = hold(application, transaction, ends ? undefined : dialog);
	if (method === "INVITE")
		transaction.onCancel = (cancel) => onCancel(application, pending, cancel);
	const { transactionId } = pending;
	application.send(
		sipFrame({ message: request, flow, transactionId, dialogId: id }),
	);
	request.body = noBody;
}

function endsDialog(request: SipRequest, dialog: Dialog): boolean {
	if (request.method === "BYE") return true;
	if (request.method !== "NOTIFY" || dialog.kind === "INVITE") return false;
	const state = request.headers.get("subscription-state") ?? "";
	return state.trimStart().toLowerCase().startsWith("terminated");
}

/** A refresh without Session-Expires ends the timer, like drachtio-server does. False when it was refused here. */
function refreshSession(
	edge: Edge,
	transaction: ServerTransaction,
	dialog: Dialog,
): boolean {
	const weRefreshed = dialog.session?.weRefresh === true;
	dialog.session?.stop();
	const asked = parseSessionExpires(
		transaction.request.headers.get("session-expires"),
	);
	if (asked === undefined) return true;
	if (asked.seconds < minSeSeconds) {
		reply(transaction, 422, ["Min-SE", String(minSeSeconds)]);
		return false;
	}
	const theyRefresh =
		asked.refresher === "uac" ||
		(asked.refresher === undefined && !weRefreshed);
	armSession(edge, dialog, asked.seconds, !theyRefresh);
	return true;
}

/** The ACK of a 2xx, which may have another dialog's transaction id: an initial INVITE's own, else a fresh one. */
export function onAck(
	edge: Edge,
	ack: SipRequest,
	transaction: ServerTransaction,
	pending: NetworkRequest,
): void {
	const { dialog } = pending;
	if (dialog?.application === undefined) return;
	if (edge.dialogs.byId(dialog.id) !== dialog) return;
	const transactionId = pending.inDialog ? randomUUID() : pending.transactionId;
	const { flow } = transaction;
	const message = ack;
	if (dialog.application.unsentBytes > edge.limits.unreadBytesInDialogs)
		ack.body = noBody;
	dialog.application.send(
		sipFrame({ message, flow, transactionId, dialogId: dialog.id }),
	);
}

/** Nobody acknowledged our 2xx for 64*T1 (RFC 3261, 13.3.1.4). */
export function onAckTimeout(edge: Edge, dialog: Dialog): void {
	endDialog(edge, dialog, "ACK timeout");
}
