/**
 * A small SIP stack: messages, transports and transactions (RFC 3261, 3581, 6026, 7118). It knows nothing of dialogs' users.
 *
 * const stack = new SipStack({
 * onRequest(transaction) {
 * transaction.respond(responseTo(transaction.request, 200, { toTag: newTag() }));
 * },
 * });
 * const listener = await stack.listen({ transport: "udp", host: "127.0.0.1", port: 0 });
 * const flow = await stack.connect({ transport: "tcp", host: "192.0.2.1", port: 5060 });
 * const request = new SipRequest("OPTIONS", "sip:192.0.2.1", new Headers([["From", …], ["To", …], ["Call-ID", …], ["CSeq", "1 OPTIONS"]]));
 * stack.request(request, flow, { response: (response, local) => … });
 * await stack.close();
 */
export { type Header, Headers, headerKey } from "./headers.ts";
export { newBranch, newCallId, newTag } from "./identifiers.ts";
export { localHostTowards } from "./interfaces.ts";
export {
	type CSeq,
	responseTo,
	type SipMessage,
	SipRequest,
	SipResponse,
	writeMessage,
} from "./message.ts";
export {
	defaultLimits,
	type MessageLimits,
	parseMessage,
	SipParseError,
} from "./parse.ts";
export { SipStack, type StackOptions } from "./stack.ts";
export { reasonPhrase } from "./status.ts";
export {
	defaultTimers,
	type SipTimers,
	type Timer,
	TimerOwner,
} from "./timers.ts";
export type {
	ClientTransaction,
	ResponseHandlers,
	ServerTransaction,
} from "./transaction.ts";
export {
	type Address,
	type Destination,
	defaultTransportLimits,
	type Flow,
	type FlowTransport,
	type HostPort,
	type Listener,
	type TransportLimits,
	type TransportName,
} from "./transport.ts";
export {
	hostText,
	isToken,
	type NameAddr,
	type Params,
	parseNameAddr,
	parseUri,
	parseVia,
	splitList,
	type Uri,
	unquote,
	type Via,
} from "./uri.ts";
