/**
 * Signing in by a link that was asked for over SIP. Nothing is done by opening it: the page says whose it is, and a button
 * uses it up, so that neither a robot that looks at links nor another one's link signs anybody in unawares.
 */
import { z } from "zod";
import {
	createBackOff,
	demandPatience,
	perAddress,
	takingBackFaults,
} from "./back-off.ts";
import { DoorError } from "./errors.ts";
import { networkOf } from "./network.ts";
import type { Routes } from "./route.ts";
import { aboutSession, demandEnabled, signedInView } from "./signed-in.ts";

const given = z.strictObject({
	/** What follows `#sign-in=`. */
	token: z.string().min(1).max(100),
});

const everybody = { access: "everybody" } as const;

export const linkRoutes: Routes = (server, work) => {
	const { signInLinks, sessions, now, log } = work;
	const addresses = createBackOff(perAddress, () => now().getTime());

	/** Counts a wrong link of that address. */
	async function looked<T>(
		ip: string,
		look: () => Promise<T | undefined>,
	): Promise<T> {
		const address = networkOf(ip);
		demandPatience(addresses, address);
		const found = await takingBackFaults([[addresses, address]], look);
		if (found === undefined) {
			log.info({ source: ip }, "web sign-in by a link refused");
			throw wrongLink();
		}
		addresses.takeBack(address);
		return found;
	}

	server.post(
		"/api/sign-in-link",
		{
			config: everybody,
			schema: {
				summary: "Whose a link to sign in is",
				description: "It is not used up by that.",
				body: given,
				response: {
					200: z.object({
						user: z.object({ uri: z.string(), displayName: z.string() }),
						/** ISO 8601. */
						expiresAt: z.string(),
					}),
				},
			},
		},
		async ({ ip, body }) => {
			const { user, expiresAt } = await looked(ip, () =>
				signInLinks.holder(body.token),
			);
			const { uri, displayName } = user;
			return {
				user: { uri, displayName },
				expiresAt: expiresAt.toISOString(),
			};
		},
	);

	server.post(
		"/api/session/by-link",
		{
			config: everybody,
			schema: {
				summary: "Sign in by a link, which is worth nothing from then on",
				body: given,
				response: { 200: signedInView },
			},
		},
		async ({ ip, body }, reply) => {
			const { user } = await looked(ip, () => signInLinks.redeem(body.token));
			demandEnabled(user);
			const session = await sessions.begin(reply, user);
			log.info({ user: user.uri, source: ip }, "web sign-in by a link");
			return aboutSession(work, user, session);
		},
	);
};

function wrongLink(): DoorError {
	return new DoorError(
		"wrong-link",
		"This link has been used, or is too old; ask for another one.",
	);
}
