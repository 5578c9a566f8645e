/**
 * Signing in by an OpenID Connect provider: away to it, with what belongs to this attempt in a cookie of this browser, and back. Who comes
 * back is sent to the page and nowhere else, whatever his address says.
 */
import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ChatError } from "../../plugin/errors.ts";
import type { User } from "../../plugin/index.ts";
import {
	createBackOff,
	demandPatience,
	perAddress,
	takingBackFaults,
} from "../back-off.ts";
import { networkOf } from "../network.ts";
import type { Routes, WebWork } from "../route.ts";
import { type Claims, claimedUser } from "./claimed-user.ts";
import type { OpenIdSettings } from "./options.ts";
import {
	type Attempt,
	createProvider,
	type Provider,
	wordsOf,
} from "./provider.ts";

/** Why somebody comes back as nobody; the page has a sentence for each. */
type Refused = "again" | "provider" | "unknown" | "not-enabled";

const callbackPath = "/api/open-id/callback";
const attemptMs = 600_000;
const everybody = { access: "everybody" } as const;
const away =
	"The sign-in service of your organisation cannot be reached just now; it is looked for again and again.";

const attemptSchema = z.strictObject({
	state: z.string(),
	nonce: z.string(),
	verifier: z.string(),
	/** Milliseconds since 1970. */
	until: z.number(),
});

/** Always there: what the page offers beside name and password. */
export const waysRoutes: Routes = async (server, work) => {
	const { openId } = work.settings;
	const provider = openId && createProvider(openId, work.log);
	server.addHook("onClose", async () => provider?.close());
	server.get(
		"/api/sign-in-ways",
		{
			config: everybody,
			schema: {
				summary: "How one can sign in, beside by name and password",
				response: {
					200: z.object({
						openId: z
							.object({
								label: z.string(),
								/** Why it cannot be used just now. */
								away: z.string().optional(),
							})
							.optional(),
					}),
				},
			},
		},
		async () =>
			openId === undefined || provider === undefined
				? {}
				: {
						openId: {
							label: openId.label,
							...(!provider.ready() && { away }),
						},
					},
	);
	if (openId !== undefined && provider !== undefined) {
		openIdRoutes(openId, provider)(server, work);
	}
};

function openIdRoutes(settings: OpenIdSettings, provider: Provider): Routes {
	return (server, work) => {
		const { log, now, siteAddress } = work;
		const addresses = createBackOff(perAddress, () => now().getTime());
		const attempts = attemptCookie(work);
		const redirectUri = () => `${siteAddress()}${callbackPath}`;

		server.post(
			"/api/open-id",
			{
				config: everybody,
				schema: {
					summary: "Where to sign in at the OpenID provider",
					response: { 200: z.object({ url: z.string() }) },
				},
			},
			async (_, reply) => {
				if (!provider.ready()) throw new ChatError("unavailable", away);
				const { url, attempt } = await provider.begin(redirectUri());
				attempts.keep(reply, attempt);
				return { url };
			},
		);

		server.get(
			callbackPath,
			{ config: everybody, schema: { hide: true } },
			async (request, reply) => {
				const address = networkOf(request.ip);
				const attempt = attempts.take(request, reply);
				const refuse = (why: Refused, user?: string) => {
					log.info({ source: request.ip, why, user }, "OpenID sign-in refused");
					return reply.redirect(`/#sign-in-refused=${why}`, 303);
				};
				if (attempt === undefined || !provider.ready()) return refuse("again");
				// What another site's page makes a browser ask has no attempt of ours, and is not counted.
				demandPatience(addresses, address);
				const claims = await claimsOf(request, attempt);
				if (claims === undefined) return refuse("provider");
				const user = await takingBackFaults([[addresses, address]], () =>
					userOf(work, settings, claims),
				);
				if (user === undefined) return refuse("unknown");
				if (!user.enabled) return refuse("not-enabled", user.uri);
				addresses.takeBack(address);
				await work.sessions.begin(reply, user);
				log.info({ user: user.uri, source: request.ip }, "OpenID sign-in");
				return reply.redirect("/", 303);
			},
		);

		async function claimsOf(
			{ url }: FastifyRequest,
			attempt: Attempt,
		): Promise<Claims | undefined> {
			const { search } = new URL(url, redirectUri());
			try {
				return await provider.finish(redirectUri(), search, attempt);
			} catch (error) {
				log.warn({ reason: wordsOf(error) }, "OpenID answer not believed");
				return undefined;
			}
		}
	};
}

/** He is in the directory, or his domain's policy admits him, as with whom a SIP server asserts. */
async function userOf(
	{ accounts, domain }: WebWork,
	{ claim }: OpenIdSettings,
	claims: Claims,
): Promise<User | undefined> {
	const claimed = claimedUser(claims, claim, domain);
	return claimed && accounts.findOrAdmit(claimed);
}

/** What belongs to an attempt, in the browser that made it. Lax: he comes back from another site. */
function attemptCookie({ secure, now }: WebWork) {
	const name = secure ? "__Host-chat-open-id" : "chat-open-id";
	const options: CookieSerializeOptions = {
		path: "/",
		httpOnly: true,
		sameSite: "lax",
		secure,
		signed: true,
	};
	return {
		keep(reply: FastifyReply, attempt: Attempt): void {
			const until = now().getTime() + attemptMs;
			const value = JSON.stringify({ ...attempt, until });
			reply.setCookie(name, Buffer.from(value).toString("base64url"), {
				...options,
				maxAge: attemptMs / 1_000,
			});
		},
		/** Once: it is taken away whatever comes of it. */
		take(request: FastifyRequest, reply: FastifyReply): Attempt | undefined {
			const given = request.cookies[name];
			if (given === undefined || given.length > 2_000) return undefined;
			reply.clearCookie(name, { ...options, signed: false });
			const { valid, value } = request.unsignCookie(given);
			if (!valid || value === null) return undefined;
			const kept = readAttempt(value);
			return kept !== undefined && kept.until > now().getTime()
				? kept
				: undefined;
		},
	};
}

/** Other cookies of ours are signed with the same secret: it may be none. */
function readAttempt(
	value: string,
): z.output<typeof attemptSchema> | undefined {
	try {
		const text = Buffer.from(value, "base64url").toString();
		return attemptSchema.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}
