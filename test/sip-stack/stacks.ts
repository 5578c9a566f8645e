/** Stacks with short timers, closed after each test. */
import {
	Headers,
	type Listener,
	newCallId,
	newTag,
	responseTo,
	type ServerTransaction,
	SipRequest,
	SipStack,
	type StackOptions,
	type TransportName,
} from "../../sip-stack/index.ts";
import { closePeers } from "./wire.ts";

export const TIMERS = {
	t1: 20,
	t2: 80,
	t4: 60,
	tryingMs: 40,
	ringingMs: 300,
} as const;
const open = new Set<SipStack>();

export function stackOf(options: Partial<StackOptions> = {}): SipStack {
	const stack = new SipStack({
		timers: TIMERS,
		onRequest: (transaction) => answer(transaction, 200),
		...options,
	});
	open.add(stack);
	return stack;
}

export function answer(transaction: ServerTransaction, status: number): void {
	const { request } = transaction;
	transaction.respond(responseTo(request, status, { toTag: newTag() }));
}

export function listen(
	stack: SipStack,
	transport: TransportName,
): Promise<Listener> {
	return stack.listen({ transport, host: "127.0.0.1", port: 0 });
}

export function newRequest(method: string, callId = newCallId()): SipRequest {
	return new SipRequest(
		method,
		"sip:bob@example.com",
		new Headers([
			["From", "<sip:alice@example.com>;tag=a1"],
			["To", "<sip:bob@example.com>"],
			["Call-ID", callId],
			["CSeq", `1 ${method}`],
		]),
	);
}

export async function closeStacks(): Promise<void> {
	closePeers();
	await Promise.all([...open].map((stack) => stack.close()));
	open.clear();
}
