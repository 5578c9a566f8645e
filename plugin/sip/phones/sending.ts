/**
 * A MESSAGE of ours to a user: by the outbound proxy where one is set, else by the trusted peer that last said who he is, else
 * to where he has registered with us, else to his address. One that nobody answers in time counts as 408.
 */
import type { Socket } from "node:net";
import type { UserUri } from "../../rooms/types.ts";
import type { IncomingRequest } from "../drachtio.ts";
import type { Registrar } from "../registrar.ts";
import type { SipServers } from "../sip-servers.ts";

/** How a user's last request came. */
export interface LastSeen
	extends Pick<
		IncomingRequest,
		"protocol" | "source_address" | "source_port" | "socket"
	> {
	/** The trusted peer that said who he is. */
	readonly peer: string | undefined;
}

export interface Parcel {
	readonly user: UserUri;
	readonly from: { readonly name: string; readonly uri: string };
	readonly type: string;
	readonly body: string;
}

export interface Answered {
	/** 480: he is nowhere; 503: there is no SIP server. */
	readonly status: number;
	readonly retryAfterMs: number;
	/** It has left this node. */
	readonly sent: boolean;
	/** Of the MESSAGE, where it is known. */
	readonly callId?: string | undefined;
}

export interface SendingNeeds {
	readonly server: Pick<SipServers, "connections" | "request">;
	readonly registrar: Pick<Registrar, "contactOf" | "serverOf"> | undefined;
	/** `sip:10.1.0.5:5060;transport=tcp`. */
	readonly proxy: string | undefined;
}

/** The SIP server gives a request up after 32 s; when it does not say so (a lost frame), we do. */
const answerMs = 40_000;
const maxNameLength = 100;

export interface Sender {
	/** Never rejects. */
	send(parcel: Parcel, seen: LastSeen | undefined): Promise<Answered>;
	/** With its control connection what is out is lost. */
	lost(socket: Socket): void;
	/** Nothing that is out is waited for any more. */
	giveUp(): void;
}

export function createSender({
	server,
	registrar,
	proxy: outbound,
}: SendingNeeds): Sender {
	/** What is out, by what gives it up. */
	const out = new Map<() => void, Socket>();

	function answerTo(
		socket: Socket,
		ask: (
			answered: (answer: Answered) => void,
			went: (callId: string | undefined) => void,
		) => void,
	): Promise<Answered> {
		return new Promise((resolve) => {
			let callId: string | undefined;
			const answered = (answer: Answered): void => {
				clearTimeout(patience);
				out.delete(giveUp);
				resolve({ ...answer, callId });
			};
			const giveUp = () => answered({ ...nothing(408), sent: true });
			const patience = setTimeout(giveUp, answerMs);
			out.set(giveUp, socket);
			ask(answered, (its) => {
				callId = its;
			});
		});
	}

	return {
		async send({ user, from, type, body }, seen) {
			const proxy = outbound ?? seen?.peer;
			const registeredBy =
				proxy === undefined ? registrar?.serverOf(user, seen) : undefined;
			const socket = socketOf(server, [registeredBy, seen?.socket]);
			if (socket === undefined) return nothing(503);
			const uri =
				proxy !== undefined || registrar === undefined
					? user
					: registrar.contactOf(user, seen);
			if (uri === undefined) return nothing(480);
			const options = {
				_socket: socket,
				method: "MESSAGE",
				...(proxy !== undefined && { proxy }),
				headers: {
					From: `${quoted(from.name)} <${from.uri}>`,
					To: `<${user}>`,
					"Content-Type": type,
					// For phones that answer by themselves, but not what is marked so.
					"Auto-Submitted": "auto-generated",
				},
				body,
			} as const;
			return answerTo(socket, (answered, went) =>
				server.request(uri, options, (error, sent) => {
					if (error || sent === undefined) return answered(nothing(503));
					went(sent.get("Call-ID"));
					sent.on("response", (response) => {
						if (response.status < 200) return;
						const after = response.get("Retry-After");
						answered({
							status: response.status,
							sent: true,
							retryAfterMs: msOf(after),
						});
					});
				}),
			);
		},
		lost(socket) {
			for (const [giveUp, its] of [...out]) if (its === socket) giveUp();
		},
		giveUp() {
			for (const giveUp of [...out.keys()]) giveUp();
		},
	};
}

/** `120 (in a meeting);duration=60`. */
function msOf(retryAfter: string | undefined): number {
	const seconds = /^\s*(\d{1,6})/.exec(retryAfter ?? "")?.[1];
	return Number(seconds ?? 0) * 1000;
}

/** The SIP server that he has registered or come by, while it is there: his connection may be known to no other. */
function socketOf(
	server: Pick<SipServers, "connections">,
	wished: readonly (Socket | undefined)[],
): Socket | undefined {
	const connected = server.connections();
	const [first] = connected;
	return wished.find((socket) => socket && connected.includes(socket)) ?? first;
}

function nothing(status: number): Answered {
	return { status, retryAfterMs: 0, sent: false };
}

function quoted(name: string): string {
	const seen = [...name].slice(0, maxNameLength).join("");
	return `"${seen.replace(/\p{Cc}/gu, " ").replace(/["\\]/g, "\\$&")}"`;
}
