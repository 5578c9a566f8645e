/** Who is signed in at this site with this browser, and what a page asks of the site on his behalf. */
import type { Named } from "./mentions.ts";

export interface Session {
	readonly me: Named;
	/** The SIP domain. */
	readonly domain: string;
	readonly administrator: boolean;
	/** The most bytes that a file may have. */
	readonly fileBytes: number;
	/** Goes with whatever changes something and is not asked by `ask`. */
	readonly csrfToken: string;
	/** Of the site's REST interface (`/api/docs`). Rejects with `Refusal`, or an `Error` whose message is a sentence. */
	ask<Answer>(method: Method, path: string, body?: object): Promise<Answer>;
	/** Ends the session of this browser; never rejects. */
	signOut(): Promise<void>;
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

interface About {
	readonly user: { readonly uri: string; readonly displayName: string };
	readonly csrfToken: string;
	readonly administrator: boolean;
	readonly domain: string;
	readonly fileBytes: number;
}

/** The site's refusal, in its own sentence. */
export class Refusal extends Error {
	readonly status: number;
	/** As in the problem document: `conflict`, `name-taken` … */
	readonly reason: string;

	constructor(status: number, reason: string, sentence: string) {
		super(sentence);
		this.status = status;
		this.reason = reason;
	}
}

/** Whoever signed in before with this browser; undefined when nobody is. */
export async function signedIn(): Promise<Session | undefined> {
	try {
		return sessionOf(await ask<About>("GET", "api/session"));
	} catch (error) {
		if (error instanceof Refusal && error.status === 401) return undefined;
		throw error;
	}
}

/** Rejects as `Session.ask` does. */
export async function signIn(user: string, password: string): Promise<Session> {
	const body = { user: user.trim(), password };
	return sessionOf(await ask<About>("POST", "api/session", { body }));
}

/** By what follows `#sign-in=` in a link. Rejects as `Session.ask` does. */
export async function signInByLink(token: string): Promise<Session> {
	const body = { token };
	return sessionOf(await ask<About>("POST", "api/session/by-link", { body }));
}

/** Whose such a link is: `Alice (alice@example.com)`. Rejects as `Session.ask` does. */
export async function holderOfLink(token: string): Promise<string> {
	const { user } = await ask<Pick<About, "user">>("POST", "api/sign-in-link", {
		body: { token },
	});
	return `${user.displayName} (${user.uri.replace(/^sip:/, "")})`;
}

/** How one can sign in beside by name and password; nothing where that cannot be asked. */
export async function otherWays(): Promise<{
	readonly openId?: { readonly label: string; readonly away?: string };
}> {
	return ask<Awaited<ReturnType<typeof otherWays>>>(
		"GET",
		"api/sign-in-ways",
	).catch(() => ({}));
}

/** Leaves the page for the operator's OpenID provider. Rejects as `Session.ask` does. */
export async function goToOpenId(): Promise<void> {
	const { url } = await ask<{ readonly url: string }>("POST", "api/open-id");
	location.assign(url);
}

function sessionOf({ user, csrfToken, ...about }: About): Session {
	let token = csrfToken;

	async function askAsMe<Answer>(
		method: Method,
		path: string,
		body?: object,
	): Promise<Answer> {
		const again = () => ask<Answer>(method, path, { token, body });
		try {
			return await again();
		} catch (error) {
			const isOther =
				error instanceof Refusal && error.reason === "not-from-here";
			if (!isOther) throw error;
			// In another tab one has signed in anew: that is another session, with a token of its own.
			token = await tokenOf(user.uri);
			return again();
		}
	}

	return {
		me: { uri: user.uri, name: user.displayName },
		domain: about.domain,
		administrator: about.administrator,
		fileBytes: about.fileBytes,
		get csrfToken() {
			return token;
		},
		ask: askAsMe,
		signOut: async () => {
			await ask("DELETE", "api/session", { token }).catch(() => undefined);
		},
	};
}

/** Of the session that this browser has now, if it is still the same person's. */
async function tokenOf(uri: string): Promise<string> {
	const { user, csrfToken } = await ask<About>("GET", "api/session");
	if (user.uri === uri) return csrfToken;
	throw new Error(
		"Somebody else has signed in with this browser: load this page anew.",
	);
}

async function ask<Answer>(
	method: Method,
	path: string,
	{
		body,
		token,
	}: {
		readonly body?: object | undefined;
		readonly token?: string;
	} = {},
): Promise<Answer> {
	const answer = await fetch(path, {
		method,
		headers: {
			...(body && { "content-type": "application/json" }),
			...(token !== undefined && { "x-csrf-token": token }),
		},
		...(body && { body: JSON.stringify(body) }),
	}).catch(() => undefined);
	if (!answer) {
		throw new Error("The server does not answer. Look at your network.");
	}
	const said = await answer.json().catch(() => ({}));
	if (!answer.ok) {
		const { reason = "failed", detail = answer.statusText } = said;
		throw new Refusal(answer.status, reason, detail);
	}
	return said;
}
