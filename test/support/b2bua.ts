/**
 * A small B2BUA that does to INFO what FreeSWITCH does: two dialogs with nothing in common, INFO answered 200 by itself whatever the other
 * side says, only its type and body passed on, one outstanding a leg; re-INVITE and UPDATE kept to one leg; and nobody told of a leg that died.
 */
import {
	type Flow,
	Headers,
	newCallId,
	newTag,
	responseTo,
	type ServerTransaction,
	SipRequest,
	type SipResponse,
	SipStack,
	splitList,
} from "../../sip-stack/index.ts";
import { until } from "./until.ts";

export interface B2bua {
	/** For clients: `sip:127.0.0.1:5060;transport=tcp`. */
	readonly server: string;
	/** Resolves when everything that came has been passed on and answered by the other side. */
	settled(): Promise<void>;
	/** What the other sides answered to INFOs that were passed on to them; nobody else learns it. */
	readonly ignored: readonly number[];
	/** A re-INVITE in the service's leg of this caller's newest call, as a session timer sends it; its answer. */
	refresh(user: string, sdp?: string): Promise<SipResponse>;
	/** This caller is gone without a word: what is meant for him is taken for him all the same. */
	lose(user: string): void;
	/** Calls whose leg to the service stands. */
	calls(user: string): number;
	close(): Promise<void>;
}

interface Leg {
	readonly flow: Flow;
	readonly callId: string;
	readonly local: string;
	remote: string;
	target: string;
	cseq: number;
	readonly waiting: string[];
	busy: boolean;
	partner: Leg | undefined;
	readonly user: string;
	/** Of the leg to the service. */
	readonly sdp: string;
	ended: boolean;
}

export interface B2buaOptions {
	/** The chat service: `sip:127.0.0.1:5060;transport=tcp`. */
	readonly service: string;
	/** What it says of the caller, in headers of its own. */
	readonly says?: (user: string) => Readonly<Record<string, string>>;
}

export async function startB2bua({
	service,
	says = (user) => ({
		"P-Asserted-Identity": `"${user}" <sip:${user}@example.com>`,
	}),
}: B2buaOptions): Promise<B2bua> {
	const legs = new Map<string, Leg>();
	const ignored: number[] = [];
	const [, host = "", port = ""] = /sip:([^:;]+):(\d+)/.exec(service) ?? [];
	const stack = new SipStack({ onRequest: handle });
	const listener = await stack.listen({
		transport: "tcp",
		host: "127.0.0.1",
		port: 0,
	});
	const here = `127.0.0.1:${listener.port}`;
	// The user is its own: drachtio-server tells connections apart by user and host of a Contact alone.
	const contact = `<sip:b2bua-${listener.port}@${here};transport=tcp>`;
	const app = await stack.connect({ transport: "tcp", host, port: +port });

	function handle(transaction: ServerTransaction): void {
		const { request } = transaction;
		const leg = legs.get(request.callId);
		const answer = (status: number, headers: [string, string][] = []) => {
			const response = responseTo(request, status, { toTag: newTag() });
			for (const [name, value] of headers) response.headers.add(name, value);
			transaction.respond(response);
		};
		const { method } = request;
		if (method === "INVITE" && leg === undefined) begin(transaction);
		else if (method === "INVITE") answer(488);
		else if (method === "SUBSCRIBE") answer(489);
		else if (method === "REGISTER") {
			const contact = request.headers.get("Contact") ?? "";
			answer(200, [["Contact", `${contact};expires=3600`]]);
		} else if (["INFO", "BYE", "UPDATE", "OPTIONS"].includes(method)) {
			// Also where there is no such call: it tells nobody.
			answer(200);
			if (method === "INFO") leg?.partner?.waiting.push(String(request.body));
			if (method === "BYE" && leg) end(leg);
			else if (leg?.partner) pump(leg.partner);
		} else answer(501);
	}

	/** The caller is who his From says: that is between him and the B2BUA. */
	function begin(transaction: ServerTransaction): void {
		const { request, flow } = transaction;
		const user =
			/sip:([^@;>]+)@/.exec(request.headers.get("From") ?? "")?.[1] ?? "";
		const called = /^sip:([^@]+)@/.exec(request.uri)?.[1] ?? "";
		const toTag = newTag();
		const sdp = rewritten(request.body.toString());
		const client: Leg = {
			flow,
			callId: request.callId,
			local: `${request.headers.get("To")};tag=${toTag}`,
			remote: request.headers.get("From") ?? "",
			target: uriIn(request.headers.get("Contact") ?? ""),
			...fresh(user, ""),
		};
		const onward: Leg = {
			flow: app,
			callId: newCallId(),
			local: `"${user}" <sip:${user}@127.0.0.1>;tag=${newTag()}`,
			// As to an endpoint that has registered: not the address that was called.
			remote: `<sip:${called}@${host}:${port};transport=tcp>`,
			target: `sip:${called}@${host}:${port};transport=tcp`,
			...fresh(user, sdp),
		};
		const invite = requestIn(onward, "INVITE", sdp, says(user));
		const sent = stack.request(invite, app, {
			response(response) {
				if (response.status < 200) return;
				if (response.status < 300) {
					learn(onward, response);
					sent.acknowledge(requestIn(onward, "ACK"));
				}
				const described = response.body.length > 0;
				const isUp = response.status < 300 && described;
				const status =
					response.status < 300 && !described ? 500 : response.status;
				const answer = responseTo(request, status, { toTag });
				if (isUp) {
					join(client, onward);
					answer.headers.add("Contact", contact);
					answer.headers.add("Content-Type", "application/sdp");
					answer.body = Buffer.from(rewritten(response.body.toString()));
				} else if (response.status < 300) bye(onward);
				transaction.respond(answer);
			},
		});
	}

	function join(client: Leg, onward: Leg): void {
		client.partner = onward;
		onward.partner = client;
		for (const leg of [client, onward]) legs.set(leg.callId, leg);
	}

	function requestIn(
		leg: Leg,
		method: string,
		body = "",
		more: Readonly<Record<string, string>> = {},
	): SipRequest {
		if (method !== "ACK") leg.cseq += 1;
		const headers = new Headers([
			["From", leg.local],
			["To", leg.remote],
			["Call-ID", leg.callId],
			["CSeq", `${leg.cseq} ${method}`],
			["Contact", contact],
			["User-Agent", "test-b2bua"],
			...Object.entries(more),
		]);
		if (body !== "") {
			headers.add(
				"Content-Type",
				method === "INFO" ? "text/plain" : "application/sdp",
			);
		}
		return new SipRequest(method, leg.target, headers, body);
	}

	function pump(leg: Leg): void {
		const body = leg.busy || leg.ended ? undefined : leg.waiting.shift();
		if (body === undefined) return;
		leg.busy = true;
		stack.request(requestIn(leg, "INFO", body), leg.flow, {
			response({ status }) {
				if (status < 200) return;
				ignored.push(status);
				leg.busy = false;
				pump(leg);
			},
		});
	}

	function bye(leg: Leg): void {
		leg.ended = true;
		legs.delete(leg.callId);
		if (leg.flow.closed) return;
		stack.request(requestIn(leg, "BYE"), leg.flow, { response() {} });
	}

	/** Of both legs; what is still on its way goes first. */
	function end(leg: Leg): void {
		leg.ended = true;
		legs.delete(leg.callId);
		const { partner } = leg;
		if (partner === undefined || partner.ended) return;
		if (partner.busy || partner.waiting.length > 0) {
			setImmediate(() => end(leg));
		} else bye(partner);
	}

	const towardsService = (user: string) =>
		[...legs.values()].filter((leg) => leg.user === user && leg.sdp !== "");

	return {
		server: `sip:${here};transport=tcp`,
		ignored,
		async settled() {
			await until(
				() =>
					[...legs.values()].every(
						({ busy, waiting, flow }) =>
							flow !== app || (!busy && waiting.length === 0),
					),
				{ what: "the B2BUA to have passed everything on" },
			);
		},
		refresh(user, sdp) {
			const leg = towardsService(user).at(-1);
			if (leg === undefined) throw new Error(`${user} has no call`);
			return new Promise((resolve) => {
				const invite = requestIn(leg, "INVITE", sdp ?? leg.sdp);
				const sent = stack.request(invite, leg.flow, {
					response(response) {
						if (response.status < 200) return;
						if (response.status < 300) {
							sent.acknowledge(requestIn(leg, "ACK"));
						}
						resolve(response);
					},
				});
			});
		},
		lose(user) {
			for (const leg of legs.values()) {
				if (leg.user === user && leg.flow !== app) leg.flow.close();
			}
		},
		calls: (user) => towardsService(user).length,
		close: () => stack.close(),
	};
}

function fresh(user: string, sdp: string) {
	return {
		cseq: 0,
		waiting: [],
		busy: false,
		partner: undefined,
		ended: false,
		user,
		sdp,
	};
}

function learn(leg: Leg, response: SipResponse): void {
	leg.remote = response.headers.get("To") ?? leg.remote;
	leg.target = uriIn(response.headers.get("Contact") ?? "") || leg.target;
}

function uriIn(header: string): string {
	const [first = ""] = splitList(header);
	return /<([^>]+)>/.exec(first)?.[1] ?? first;
}

function rewritten(sdp: string): string {
	return sdp.replace(
		/^o=.*$/m,
		"o=FreeSWITCH 1700000000 1700000001 IN IP4 127.0.0.1",
	);
}
