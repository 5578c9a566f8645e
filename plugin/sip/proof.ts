/** Who shows by digest who he is: challenged until his answer is right, once for each count of a nonce, and where it was given. */
import type { User, UserUri } from "../rooms/types.ts";
import type { Credentials, UserReader } from "../store/index.ts";
import {
	type Algorithm,
	createDigest,
	type DigestAnswer,
	parseDigestAnswers,
} from "./digest.ts";
import type { IncomingRequest, Reply } from "./drachtio.ts";
import { knowsOnlyMd5 } from "./uri.ts";

export interface ProofNeeds {
	/** Whose credentials count: the SIP domain. */
	readonly realm: string;
	readonly users: Pick<UserReader, "find" | "credentials">;
	readonly tickets: Tickets;
	/** The status of a challenge. */
	readonly challenge: 407 | 401;
	/** By which nodes know each other's nonces; default: one of its own. */
	readonly nonceKey?: string;
	readonly now: () => number;
}

export interface Tickets {
	/** Whose this user name is, when it is that of a ticket that is still good. */
	find(username: string): Promise<
		| {
				readonly user: UserUri;
				/** The id of his session at the web door. */
				readonly session: string;
				readonly credentials: Credentials;
		  }
		| undefined
	>;
	/** Of these sessions those that have not ended; they count as used. */
	living(sessions: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface Proved {
	readonly user: User;
	/** The session at the web door by whose ticket he did. */
	readonly webSession: string | undefined;
}

export interface Proof {
	/** The answer to a challenge that the request brings; of several, the one for us. */
	answerOf(request: IncomingRequest): DigestAnswer | undefined;
	/** `holder`: who may answer it. */
	challenge(
		request: IncomingRequest,
		reply: Reply,
		holder: string,
		stale?: boolean,
	): void;
	verify(
		answer: DigestAnswer,
		request: IncomingRequest,
		holder: string,
	): Promise<Proved | "wrong" | "stale" | "replayed">;
}

/** Whose password an answer would prove, as far as can be said without a look: two ways to write one user are one. */
export function claimedBy({ username }: DigestAnswer, realm: string): string {
	return ownerOf(username, realm).slice(0, maxClaimCharacters);
}

const maxClaimCharacters = 256;

export function createProof(needs: ProofNeeds): Proof {
	const { realm, users, tickets } = needs;
	const digest = createDigest(realm, needs.now, needs.nonceKey);
	const isProxy = needs.challenge === 407;
	const [challengeIn, answerIn, elsewhere] = isProxy
		? ["Proxy-Authenticate", "Proxy-Authorization", "Authorization"]
		: ["WWW-Authenticate", "Authorization", "Proxy-Authorization"];

	return {
		answerOf(request) {
			const answers = [answerIn, elsewhere].flatMap((name) =>
				parseDigestAnswers(request.get(name) ?? ""),
			);
			return answers.find((answer) => answer.realm === realm) ?? answers[0];
		},
		challenge(request, reply, holder, stale = false) {
			const [best = "", other] = digest.challenge(
				algorithmsOf(request),
				stale,
				holder,
			);
			reply.send(needs.challenge, {
				headers: {
					[challengeIn]: best,
					// COMPAT(drachtio-srf): it would join two values by a comma, which RFC 3261 section 7.3.1 forbids here
					...(other !== undefined && { [`${challengeIn} `]: other }),
				},
			});
		},
		async verify(answer, { method }, holder) {
			if (!digest.isFresh(answer.nonce, holder)) return "stale";
			const ticket = await tickets.find(answer.username);
			const claimed = ticket?.user ?? ownerOf(answer.username, realm);
			const credentials =
				ticket?.credentials ?? (await users.credentials(claimed));
			const ha1 = credentials?.[hashName(answer)];
			const verdict = digest.verify(answer, { method, holder }, ha1);
			if (verdict !== "right") return verdict;
			const user = await users.find(claimed);
			return user === undefined
				? "wrong"
				: { user, webSession: ticket?.session };
		},
	};
}

/** `alice` and `alice@example.com` are the same user of the realm. */
function ownerOf(username: string, realm: string): UserUri {
	const address = username.includes("@") ? username : `${username}@${realm}`;
	return `sip:${address.replace(/^sips?:/i, "")}`.toLowerCase() as UserUri;
}

/** The sum covers the name as the client writes it, so each of the two forms has its own. */
function hashName({ username, algorithm }: DigestAnswer) {
	const withDomain = username.includes("@");
	if (algorithm === "MD5") return withDomain ? "md5WithDomain" : "md5";
	return withDomain ? "sha256WithDomain" : "sha256";
}

function algorithmsOf(request: IncomingRequest): readonly Algorithm[] {
	return knowsOnlyMd5(request) ? ["MD5"] : ["SHA-256", "MD5"];
}
