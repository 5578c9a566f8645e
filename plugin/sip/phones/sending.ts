/**
 * A MESSAGE of ours to a user: by the outbound proxy where one is set, else by the trusted peer that last said who he is, else
 * to where he has registered with us, else to his address. One that nobody answers in time counts as 408.
 */
import type { Socket } from "node:net";
import type { UserUri } from "../../rooms/types.ts";
import type { DrachtioServer, IncomingRequest } from "../drachtio.ts";
import type { Registrar } from "../registrar.ts";

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
}

export interface SendingNeeds {
	readonly server: Pick<DrachtioServer, "app" | "request">;
	readonly registrar: Pick<Registrar, "contactOf"> | undefined;
	/** `sip:10.1.0.5:5060;transport=tcp`. */
	readonly proxy: string | undefined;
}

/** The SIP server gives a request up after 32 s; when it does not say so (a lost frame), we do. */
const answerMs = 40_000;
const maxNameLength = 100;

/** Never rejects. */
export function sendMessage(
	{ server, registrar, proxy: outbound }: SendingNeeds,
	{ user, from, type, body }: Parcel,
	seen: LastSeen | undefined,
	signal: AbortSignal,
): Promise<Answered> {
	const socket = socketOf(server, seen);
	if (socket === undefined) return Promise.resolve(nothing(503));
	const proxy = outbound ?? seen?.peer;
	const uri =
		proxy !== undefined || registrar === undefined
			? user
			: registrar.contactOf(user, seen);
	if (uri === undefined) return Promise.resolve(nothing(480));
	return new Promise((resolve) => {
		const giveUp = () => answered(nothing(408));
		const patience = setTimeout(giveUp, answerMs);
		signal.addEventListener("abort", giveUp);
		function answered(answer: Answered): void {
			clearTimeout(patience);
			signal.removeEventListener("abort", giveUp);
			resolve(answer);
		}
		server.request(
			uri,
			{
				_socket: socket,
				method: "MESSAGE",
				...(proxy !== undefined && { proxy }),
				headers: {
					From: `${quoted(from.name)} <${from.uri}>`,
					To: `<${user}>`,
					"Content-Type": type,
				},
				body,
			},
			(error, sent) => {
				if (error || sent === undefined) return answered(nothing(503));
				sent.on("response", (response) => {
					const { status } = response;
					if (status < 200) return;
					const after = Number(response.get("Retry-After")?.split(/[ (;]/)[0]);
					answered({
						status,
						retryAfterMs: Number.isFinite(after) ? after * 1000 : 0,
					});
				});
			},
		);
	});
}

/** The SIP server that he came by, while it is there: his connection may be known to no other. */
function socketOf(
	{ app }: Pick<DrachtioServer, "app">,
	seen: LastSeen | undefined,
): Socket | undefined {
	const connected = app.client?.mapServer;
	if (connected === undefined) return undefined;
	if (seen !== undefined && connected.has(seen.socket)) return seen.socket;
	const [first] = connected.keys();
	return first;
}

function nothing(status: number): Answered {
	return { status, retryAfterMs: 0 };
}

function quoted(name: string): string {
	const seen = [...name].slice(0, maxNameLength).join("");
	return `"${seen.replace(/\p{Cc}/gu, " ").replace(/["\\]/g, "\\$&")}"`;
}
