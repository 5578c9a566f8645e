/**
 * Who is signed in. A browser holds a random token in a signed cookie; the database holds the token's sum, so that a restart
 * keeps people signed in and who reads the database cannot become them. A session ends at sign-out, after `sessionHours`,
 * after `idleHours` without use, and at once when its user is turned off, removed or given another password.
 */
import {
	createHash,
	createHmac,
	randomBytes,
	randomUUID,
	timingSafeEqual,
} from "node:crypto";
import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type {
	Accounts,
	Actor,
	User,
	UserUri,
	WebSession,
} from "../plugin/index.ts";
import type { WebSettings } from "./options.ts";

export interface SignedIn {
	readonly actor: Actor;
	readonly session: WebSession;
}

export interface WebSessions {
	/** Signs him in with a token that nobody has had before, whatever cookie came along. */
	begin(reply: FastifyReply, user: User): Promise<WebSession>;
	/** Whose cookie this is; undefined when it is nobody's any more. */
	of(request: FastifyRequest): Promise<SignedIn | undefined>;
	/** Here, or everywhere. */
	end(
		reply: FastifyReply,
		session: WebSession,
		where: "here" | "everywhere",
	): Promise<void>;
	/** What a page of ours says with each request that changes something. */
	csrfToken(session: Pick<WebSession, "id">): string;
	isCsrfToken(session: Pick<WebSession, "id">, given: string): boolean;
	/** Forgets what has ended. */
	purge(): Promise<void>;
}

export interface WebSessionsNeeds {
	readonly accounts: Accounts;
	readonly settings: Pick<WebSettings, "sessionHours" | "idleHours">;
	readonly secure: boolean;
	/** What the nodes sign with. */
	readonly secret: string;
	/** Called when somebody has signed out, before he is told so. */
	readonly onEnd: (
		ended: { readonly session: string } | { readonly user: UserUri },
	) => void;
	readonly now: () => Date;
}

const hourMs = 3_600_000;
/** Use is noted no more often. */
const seenEveryMs = 60_000;
const maxPerUser = 50;
const tokenBytes = 32;

export function createWebSessions(needs: WebSessionsNeeds): WebSessions {
	const { accounts, settings, secure, secret, now } = needs;
	const { webSessions } = accounts;
	const idleMs = settings.idleHours * hourMs;
	const cookieName = secure ? "__Host-chat-session" : "chat-session";
	const cookie: CookieSerializeOptions = {
		path: "/",
		httpOnly: true,
		sameSite: "strict",
		secure,
		signed: true,
	};

	function hasEnded({ endsAt, seenAt }: WebSession, at: Date): boolean {
		return (
			endsAt.getTime() <= at.getTime() ||
			seenAt.getTime() + idleMs <= at.getTime()
		);
	}

	function csrfToken({ id }: Pick<WebSession, "id">): string {
		return createHmac("sha256", secret)
			.update(`csrf ${id}`)
			.digest("base64url");
	}

	return {
		async begin(reply, user) {
			const token = randomBytes(tokenBytes).toString("base64url");
			const at = now();
			const session: WebSession = {
				id: randomUUID(),
				user: user.uri,
				begunAt: at,
				seenAt: at,
				endsAt: new Date(at.getTime() + settings.sessionHours * hourMs),
			};
			await webSessions.add({ ...session, tokenSum: sumOf(token) }, maxPerUser);
			reply.setCookie(cookieName, token, {
				...cookie,
				expires: session.endsAt,
			});
			return session;
		},
		async of(request) {
			const token = tokenIn(request, cookieName);
			if (token === undefined) return undefined;
			const session = await webSessions.find({ tokenSum: sumOf(token) });
			if (session === undefined) return undefined;
			const at = now();
			const user = hasEnded(session, at)
				? undefined
				: await accounts.find(session.user);
			if (user === undefined || !user.enabled) {
				await webSessions.end(session.id);
				needs.onEnd({ session: session.id });
				return undefined;
			}
			if (at.getTime() - session.seenAt.getTime() >= seenEveryMs) {
				await webSessions.seen([session.id], at);
			}
			return { actor: { ...actorOf(user), cameFrom: request.ip }, session };
		},
		async end(reply, session, where) {
			if (where === "everywhere") {
				await webSessions.endAll(session.user);
				needs.onEnd({ user: session.user });
			} else {
				await webSessions.end(session.id);
				needs.onEnd({ session: session.id });
			}
			reply.clearCookie(cookieName, { ...cookie, signed: false });
		},
		csrfToken,
		isCsrfToken: (session, given) => equal(csrfToken(session), given),
		async purge() {
			const at = now();
			await webSessions.purge({
				ended: at,
				seen: new Date(at.getTime() - idleMs),
			});
		},
	};
}

function tokenIn(request: FastifyRequest, name: string): string | undefined {
	const given = request.cookies[name];
	if (given === undefined || given.length > 200) return undefined;
	const { valid, value } = request.unsignCookie(given);
	return valid && value !== null ? value : undefined;
}

function sumOf(token: string): string {
	return createHash("sha256").update(token).digest("hex");
}

function actorOf({ uri, displayName, guid, email }: User): Actor {
	return { uri, displayName, guid, ...(email !== undefined && { email }) };
}

function equal(a: string, b: string): boolean {
	const left = Buffer.from(a);
	const right = Buffer.from(b);
	return left.length === right.length && timingSafeEqual(left, right);
}
