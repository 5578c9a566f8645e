/** The topmost Via of a request that came in, completed with where it really came from (RFC 3261, 18.2.1; RFC 3581, 4). */
import type { SipRequest } from "./message.ts";
import type { Flow } from "./transport.ts";
import { splitList } from "./uri.ts";

const rportPattern = /;\s{0,8}rport\s{0,8}(?=;|,|$)/i;

/**
 * Adds `received` when the sender's own idea of its address is wrong (or it asked by `rport`) and fills an empty `rport`. A Via that
 * needs nothing stays as written to the byte: clients match on it.
 */
export function noteSource(request: SipRequest, flow: Flow): void {
	const { via } = request;
	const text = request.headers.get("via");
	if (via === undefined || text === undefined) return;
	const { host, port } = flow.remote;
	const asked = via.params.get("rport") === "";
	const wrong = via.host !== host;
	if (!asked && !wrong) return;
	const values = splitList(text);
	let top = values[0] ?? text;
	if (asked) top = top.replace(rportPattern, `;rport=${port}`);
	if (wrong && !via.params.has("received")) top += `;received=${host}`;
	values[0] = top;
	request.headers.setFirst("Via", values.join(", "));
}
