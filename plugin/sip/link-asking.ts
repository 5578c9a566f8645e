/**
 * A MESSAGE that says `web` to the service asks for a link to sign in at the web door. The answer cannot be in the response
 * (RFC 3428 section 7), so it is a MESSAGE too: to where the user himself has registered, or by the server that says who he is; never
 * to what the request names.
 */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { ChatError } from "../errors.ts";
import type { User, UserUri } from "../rooms/types.ts";
import { refusals } from "../xccos/replies.ts";
import type { DrachtioServer, IncomingRequest, Reply } from "./drachtio.ts";
import type { Identity } from "./identity.ts";
import { isTooLong } from "./lengths.ts";
import type { Registrar } from "./registrar.ts";

export interface LinkAskingNeeds {
	readonly server: Pick<DrachtioServer, "request">;
	readonly identity: Identity;
	readonly registrar: Pick<Registrar, "contactOf"> | undefined;
	/** Throws `unavailable`. */
	readonly signInLink: (
		user: UserUri,
	) => Promise<{ readonly url: string; readonly expiresAt: Date }>;
	readonly log: Logger;
}

export interface LinkAsking {
	/** `serviceUri`: which of the service's addresses was written to. */
	handle(
		request: IncomingRequest,
		reply: Reply,
		serviceUri: string,
	): Promise<void>;
}

/** Where a MESSAGE goes. */
interface Destination {
	readonly uri: string;
	/** The server that takes it there. */
	readonly proxy?: string;
}

const asks = /^\s*\/?web\s*$/i;

export function createLinkAsking(needs: LinkAskingNeeds): LinkAsking {
	return {
		async handle(request, reply, serviceUri) {
			if (isTooLong(request)) {
				reply.send(400, "From, To or Call-ID is too long");
				return;
			}
			if (!/^\s*text\/plain\s*(;|$)/i.test(request.get("Content-Type") ?? "")) {
				reply.send(415, { headers: { Accept: "text/plain" } });
				return;
			}
			if (!asks.test(request.body ?? "")) {
				reply.send(488, "Say web for a link to sign in; nothing else is read");
				return;
			}
			const user = await needs.identity.identify(request, reply);
			if (user !== undefined)
				await answer(needs, request, reply, user, serviceUri);
		},
	};
}

async function answer(
	needs: LinkAskingNeeds,
	request: IncomingRequest,
	reply: Reply,
	user: User,
	serviceUri: string,
): Promise<void> {
	if (!user.enabled) {
		reply.send(403, "Not enabled for persistent chat");
		return;
	}
	// A session of the web door would outlive its time.
	if (needs.identity.webSessionOf(request) !== undefined) {
		reply.send(403, "You are signed in by a page already");
		return;
	}
	const to = destinationOf(needs, request, user.uri);
	if (to === undefined) {
		reply.send(480, "Register first: the link is sent to where you are");
		return;
	}
	try {
		const { url, expiresAt } = await needs.signInLink(user.uri);
		reply.send(202);
		tell(needs, request.socket, to, {
			from: serviceUri,
			user: user.uri,
			text: `Open this to sign in, once, before ${expiresAt.toISOString().slice(11, 16)} UTC:\n${url}\nKeep it to yourself.`,
			askedBy: request.get("Call-ID"),
		});
	} catch (error) {
		if (!(error instanceof ChatError)) throw error;
		const words = error.message.replace(/[^\x20-\x7e]/g, "?").slice(0, 150);
		reply.send(refusals[error.reason].sipStatus, words, {
			headers: { "Retry-After": "10" },
		});
	}
}

function destinationOf(
	{ identity, registrar }: LinkAskingNeeds,
	request: IncomingRequest,
	user: UserUri,
): Destination | undefined {
	const peer = identity.peerOf(request);
	if (peer !== undefined) return { uri: user, proxy: peer };
	// Where an operator's registrar is in front, the network knows where he is.
	if (registrar === undefined) return { uri: user };
	const uri = registrar.contactOf(user, request);
	return uri === undefined ? undefined : { uri };
}

function tell(
	{ server, log }: LinkAskingNeeds,
	socket: Socket,
	{ uri, proxy }: Destination,
	{
		from,
		user,
		text,
		askedBy,
	}: {
		readonly from: string;
		readonly user: UserUri;
		readonly text: string;
		/** The Call-ID of the request. */
		readonly askedBy: string | undefined;
	},
): void {
	server.request(
		uri,
		{
			_socket: socket,
			method: "MESSAGE",
			...(proxy !== undefined && { proxy }),
			headers: {
				From: `<${from}>`,
				To: `<${user}>`,
				"Content-Type": "text/plain;charset=UTF-8",
			},
			body: text,
		},
		(error, sent) => {
			if (error || sent === undefined) {
				log.warn(
					{ err: error, user, callId: askedBy },
					"link to sign in not sent",
				);
				return;
			}
			const callId = sent.get("Call-ID");
			sent.on("response", ({ status }) => {
				if (status >= 300)
					log.warn({ status, user, callId }, "link to sign in not taken");
			});
		},
	);
}
