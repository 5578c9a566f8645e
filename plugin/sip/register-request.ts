/** One REGISTER and what comes of it, with the challenges and the "too brief" answered on the way (RFC 3261 section 10.2). */
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { ask } from "./asking.ts";
import {
	answerChallenge,
	type Challenge,
	type Login,
	readChallenge,
} from "./challenge.ts";
import type { Answer, DrachtioServer } from "./drachtio.ts";

export type RegisterOutcome =
	| { readonly outcome: "registered"; readonly grantedSeconds: number }
	/** The registrar will not have it: asking again soon changes nothing. */
	| { readonly outcome: "refused"; readonly why: string }
	| {
			readonly outcome: "failed";
			readonly why: string;
			readonly retryAfterSeconds?: number;
	  };

export interface Registering {
	/** Where it goes by, and what is registered; `seconds` 0 takes it back. Never rejects. */
	register(
		by: Socket,
		contact: string,
		seconds: number,
	): Promise<RegisterOutcome>;
}

export interface RegisteringNeeds {
	readonly server: Pick<DrachtioServer, "request">;
	readonly registrar: string;
	/** What is registered. */
	readonly address: string;
	readonly login: Login | undefined;
	/** An answer that has not come by then does not come. */
	readonly answerMs: number;
}

/** Challenges, stale nonces and times that are too brief, one after another. */
const maxRounds = 5;
const longestSeconds = 86_400;
const challengers = {
	401: ["WWW-Authenticate", "Authorization"],
	407: ["Proxy-Authenticate", "Proxy-Authorization"],
} as const;
/** What is wrong here stays wrong. */
const final = new Set([400, 401, 402, 403, 404, 405, 407, 410, 416, 420, 604]);

interface Known {
	readonly challenge: Challenge;
	/** How often its nonce was used. */
	uses: number;
}

export function createRegistering(needs: RegisteringNeeds): Registering {
	const { server, registrar, address, login, answerMs } = needs;
	// One Call-ID and rising numbers for all REGISTERs to a registrar (section 10.2.4).
	const callId = randomUUID();
	let sequence = 0;
	/** By the header that they are answered in. */
	const known = new Map<string, Known>();

	function answersTo(): Record<string, string> {
		if (login === undefined) return {};
		return Object.fromEntries(
			[...known].map(([header, each]) => {
				each.uses += 1;
				const request = { method: "REGISTER", uri: registrar };
				return [
					header,
					answerChallenge(each.challenge, login, request, each.uses),
				];
			}),
		);
	}

	/** Is there an answer to this challenge that has not been tried? */
	function take(answer: Answer): boolean {
		const headers = challengers[answer.status as 401 | 407];
		const challenge = readChallenge(answer.get(headers[0]) ?? "");
		if (challenge === undefined || login === undefined) return false;
		const before = known.get(headers[1]);
		known.set(headers[1], { challenge, uses: 0 });
		// The first answer to a nonce was wrong, and so would be every other.
		return before === undefined || challenge.stale || before.uses !== 1;
	}

	return {
		async register(by, contact, seconds) {
			let asked = seconds;
			for (let round = 0; round < maxRounds; round += 1) {
				sequence += 1;
				const answer = await ask({
					...{ server, by, method: "REGISTER", uri: registrar, answerMs },
					headers: {
						From: `<${address}>;tag=${callId.slice(0, 8)}`,
						To: `<${address}>`,
						"Call-ID": callId,
						CSeq: `${sequence} REGISTER`,
						Contact: `<${contact}>;expires=${asked}`,
						Expires: String(asked),
						...answersTo(),
					},
				});
				if (answer === undefined) return failed("no answer");
				const { status } = answer;
				if (status === 401 || status === 407) {
					if (take(answer)) continue;
					known.clear();
					return refused(
						login === undefined
							? "it asks for a password"
							: "it does not take the password",
					);
				}
				if (status === 423 && seconds > 0) {
					const least = secondsIn(answer.get("Min-Expires"));
					if (least !== undefined && least > asked && least <= longestSeconds) {
						asked = least;
						continue;
					}
				}
				return judge(answer, contact, asked);
			}
			return failed("it asks again and again");
		},
	};
}

function judge(
	answer: Answer,
	contact: string,
	asked: number,
): RegisterOutcome {
	const { status } = answer;
	if (status < 300) {
		const grantedSeconds = granted(answer, contact) ?? asked;
		if (asked === 0 || grantedSeconds > 0) {
			return { outcome: "registered", grantedSeconds };
		}
		return failed("it grants no time");
	}
	if (final.has(status)) return refused(`it answered ${status}`);
	const retryAfterSeconds = secondsIn(answer.get("Retry-After"));
	return {
		...failed(`it answered ${status}`),
		...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
	};
}

/** The time of our own contact among all that the registrar lists; else that of the whole answer. */
function granted(answer: Answer, contact: string): number | undefined {
	const listed = (answer.get("Contact") ?? "").match(/<[^>]*>[^,]*/g) ?? [];
	const ours = listed.find((one) => placeOf(one) === placeOf(`<${contact}>`));
	const own = /;\s*expires\s*=\s*"?(\d{1,10})/i.exec(
		ours?.slice(ours.indexOf(">")) ?? "",
	)?.[1];
	return secondsIn(own) ?? secondsIn(answer.get("Expires"));
}

/** `<sip:chat@192.0.2.1:5060;transport=tcp>` → `chat@192.0.2.1:5060`. */
function placeOf(address: string): string | undefined {
	return /<\s*sips?:([^;>?]+)/i.exec(address)?.[1]?.trim().toLowerCase();
}

function secondsIn(text: string | undefined): number | undefined {
	const digits = /^\s*(\d{1,10})/.exec(text ?? "")?.[1];
	return digits === undefined ? undefined : Number(digits);
}

const failed = (why: string) => ({ outcome: "failed", why }) as const;
const refused = (why: string) => ({ outcome: "refused", why }) as const;
