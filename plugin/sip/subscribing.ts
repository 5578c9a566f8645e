/** What every SUBSCRIBE that opens a dialog here has in common: whether it fits, for how long it is, and how its dialog is forgotten. */
import type { DrachtioDialog, IncomingRequest, Reply } from "./drachtio.ts";
import { isTooLong } from "./lengths.ts";
import type { SipServers } from "./sip-servers.ts";
import { headerParameter } from "./uri.ts";

const defaultSeconds = 3_600;
const minSeconds = 60;
const maxSeconds = 7_200;
const maxEventLength = 200;

/** What keeps this SUBSCRIBE from becoming a dialog. */
export function unfit(
	request: IncomingRequest,
): { status: number; reason: string } | undefined {
	if (headerParameter(request.get("To") ?? "", "tag") !== undefined) {
		return { status: 481, reason: "Subscription Does Not Exist" };
	}
	if (!request.has("Contact")) {
		return { status: 400, reason: "A SUBSCRIBE needs a Contact" };
	}
	const event = request.get("Event") ?? "";
	return isTooLong(request) || event.length > maxEventLength
		? { status: 400, reason: "From, To, Call-ID or Event is too long" }
		: undefined;
}

/** How long the subscription is to last; undefined when the request has been refused. */
export function secondsOf(
	request: IncomingRequest,
	reply: Reply,
): number | undefined {
	const expires = request.get("Expires")?.trim() ?? String(defaultSeconds);
	if (!/^\d{1,10}$/.test(expires)) {
		reply.send(400, "Expires must be a number of seconds");
		return undefined;
	}
	const seconds = Math.min(Number(expires), maxSeconds);
	if (seconds > 0 && seconds < minSeconds) {
		reply.send(423, { headers: { "Min-Expires": String(minSeconds) } });
		return undefined;
	}
	return seconds;
}

/** The library keeps a dialog until a client has answered its last NOTIFY, and for ever where that does not come. */
export function forget(
	server: Pick<SipServers, "removeDialog">,
	dialog: DrachtioDialog,
): void {
	// The last NOTIFY goes out first.
	setImmediate(() => server.removeDialog(dialog));
}
