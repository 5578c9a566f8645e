/** What the edge does in a dialog of its own accord: refreshing a session, and ending one whose peer is silent. */
import type { SipResponse } from "../sip-stack/index.ts";
import { sipFrame } from "./control-frame.ts";
import type { Dialog } from "./dialog.ts";
import type { Edge } from "./edge.ts";
import {
	minSeSeconds,
	parseSessionExpires,
	SessionTimer,
} from "./session-timer.ts";

/** Starts, or starts over, the dialog's session timer. */
export function armSession(
	edge: Edge,
	dialog: Dialog,
	seconds: number,
	weRefresh: boolean,
): void {
	dialog.session ??= new SessionTimer(
		{ timers: edge.timerOwner, secondMs: edge.timers.sessionSecondMs },
		(interval) => refresh(edge, dialog, interval),
		() => endDialog(edge, dialog, "Session timer expired"),
	);
	dialog.session.arm(seconds, weRefresh);
}

/** Sends BYE and tells the application, which must not answer: drachtio-server calls it unsolicited. */
export function endDialog(edge: Edge, dialog: Dialog, why: string): void {
	const { application, flow, target } = dialog;
	if (edge.dialogs.byId(dialog.id) !== dialog) return;
	const bye = dialog.request("BYE", target ?? "sip:unknown.invalid");
	bye.headers.add("Reason", `SIP;cause=200;text="${why}"`);
	if (target !== undefined) edge.stack.request(bye, flow, { response() {} });
	application?.send(
		sipFrame({
			message: bye,
			flow,
			transactionId: "unsolicited",
			dialogId: dialog.id,
			source: "application",
		}),
	);
	edge.dialogs.remove(dialog);
}

/** Our refresh of a session is a re-INVITE with the body last sent; neither it nor its answer is told to the application. */
function refresh(edge: Edge, dialog: Dialog, seconds: number): void {
	const { target } = dialog;
	if (target === undefined || dialog.flow.closed) {
		endDialog(edge, dialog, "Session timer expired");
		return;
	}
	const invite = dialog.request("INVITE", target);
	invite.headers.add("Session-Expires", `${seconds};refresher=uac`);
	invite.headers.add("Min-SE", String(minSeSeconds));
	invite.headers.add("Contact", dialog.contact);
	if (dialog.localType !== "")
		invite.headers.add("Content-Type", dialog.localType);
	invite.body = Buffer.from(dialog.localBody);
	const number = invite.cseq?.number ?? 1;
	const transaction = edge.stack.request(invite, dialog.flow, {
		response(response) {
			if (response.status < 200) return;
			if (response.status < 300)
				transaction.acknowledge(dialog.request("ACK", target, number));
			refreshed(edge, dialog, response, seconds);
		},
	});
}

function refreshed(
	edge: Edge,
	dialog: Dialog,
	response: SipResponse,
	seconds: number,
): void {
	if (edge.dialogs.byId(dialog.id) !== dialog) return;
	if (response.status === 491) armSession(edge, dialog, seconds, true);
	else if (response.status >= 300)
		endDialog(edge, dialog, "Session timer expired");
	else {
		const agreed = parseSessionExpires(response.headers.get("session-expires"));
		if (agreed !== undefined)
			armSession(edge, dialog, agreed.seconds, agreed.refresher !== "uas");
	}
}
