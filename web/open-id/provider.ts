/**
 * The OpenID Connect provider, by the library: found when it can be, however often that takes; what it says of somebody is believed
 * when state, nonce, issuer, audience and signature are right.
 */
import {
	allowInsecureRequests,
	authorizationCodeGrant,
	buildAuthorizationUrl,
	ClientSecretBasic,
	ClientSecretPost,
	Configuration,
	calculatePKCECodeChallenge,
	customFetch,
	discovery,
	enableNonRepudiationChecks,
	fetchUserInfo,
	None,
	randomNonce,
	randomPKCECodeVerifier,
	randomState,
} from "openid-client";
import type { Logger } from "pino";
import type { Claims } from "./claimed-user.ts";
import type { OpenIdSettings } from "./options.ts";

/** What the browser keeps while somebody is at the provider. */
export interface Attempt {
	readonly state: string;
	readonly nonce: string;
	/** Of PKCE. */
	readonly verifier: string;
}

export interface Provider {
	/** It is known where it is and what it can do. */
	ready(): boolean;
	/** Where to send the browser. Only while `ready()`. */
	begin(
		redirectUri: string,
	): Promise<{ readonly url: string; readonly attempt: Attempt }>;
	/**
	 * What it says of who has come back, with the query that he brings. Rejects with the library's errors, which hold secrets
	 * in their causes.
	 */
	finish(redirectUri: string, query: string, attempt: Attempt): Promise<Claims>;
	close(): void;
}

const answerSeconds = 10;
const firstAgainMs = 1_000;
const mostAgainMs = 60_000;

export function createProvider(
	settings: OpenIdSettings,
	log: Logger,
): Provider {
	const closing = new AbortController();
	let found: Configuration | undefined;
	let again: NodeJS.Timeout | undefined;

	async function look(waitMs: number): Promise<void> {
		try {
			found = await discover(settings, closing.signal);
			log.info({ issuer: settings.issuer }, "OpenID provider found");
		} catch (error) {
			if (closing.signal.aborted) return;
			log.warn(
				{ issuer: settings.issuer, reason: wordsOf(error), waitMs },
				"OpenID provider not found",
			);
			again = setTimeout(
				() => void look(Math.min(waitMs * 2, mostAgainMs)),
				waitMs,
			);
		}
	}
	void look(firstAgainMs);

	function known(): Configuration {
		if (found === undefined) throw new Error("The provider is not known yet");
		return found;
	}

	return {
		ready: () => found !== undefined,
		async begin(redirectUri) {
			const attempt = {
				state: randomState(),
				nonce: randomNonce(),
				verifier: randomPKCECodeVerifier(),
			};
			const url = buildAuthorizationUrl(known(), {
				redirect_uri: redirectUri,
				scope: settings.scope,
				state: attempt.state,
				nonce: attempt.nonce,
				code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
				code_challenge_method: "S256",
			});
			return { url: url.href, attempt };
		},
		async finish(redirectUri, query, { state, nonce, verifier }) {
			const url = new URL(redirectUri);
			url.search = query;
			const tokens = await authorizationCodeGrant(known(), url, {
				expectedState: state,
				expectedNonce: nonce,
				pkceCodeVerifier: verifier,
				idTokenExpected: true,
			});
			const claims = tokens.claims();
			if (claims === undefined) throw new Error("There is no ID token");
			if (claims[settings.claim] !== undefined) return claims;
			// Many tell there what the scopes ask for, and the ID token holds little.
			const more = await fetchUserInfo(
				known(),
				tokens.access_token,
				claims.sub,
			);
			return { ...more, ...claims };
		},
		close() {
			closing.abort();
			clearTimeout(again);
		},
	};
}

async function discover(
	{ issuer, clientId, clientSecret }: OpenIdSettings,
	closing: AbortSignal,
): Promise<Configuration> {
	const ask: typeof fetch = (url, options) => {
		const signals = [closing, ...(options?.signal ? [options.signal] : [])];
		return fetch(url, { ...options, signal: AbortSignal.any(signals) });
	};
	const insecure = issuer.startsWith("http:") ? [allowInsecureRequests] : [];
	const looked = await discovery(new URL(issuer), clientId, {}, None(), {
		execute: insecure,
		timeout: answerSeconds,
		[customFetch]: ask as never,
	});
	const metadata = looked.serverMetadata();
	const ways = metadata.token_endpoint_auth_methods_supported;
	const how =
		clientSecret === undefined
			? None()
			: (ways?.includes("client_secret_basic") ?? true)
				? ClientSecretBasic(clientSecret)
				: ClientSecretPost(clientSecret);
	const found = new Configuration({ ...metadata }, clientId, {}, how);
	found.timeout = answerSeconds;
	found[customFetch] = ask as never;
	for (const allow of insecure) allow(found);
	enableNonRepudiationChecks(found);
	return found;
}

/** Without what the library puts into causes: codes, tokens. */
export function wordsOf(error: unknown): string {
	if (!(error instanceof Error)) return "unknown";
	const { cause } = error;
	const code =
		cause instanceof Error && "code" in cause ? `: ${cause.code}` : "";
	return `${error.message}${code}`.slice(0, 300);
}
