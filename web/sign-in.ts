/** Signing in with the SIP name and password, saying who one is, and signing out. */
import { z } from "zod";
import type { Actor, WebSession } from "../plugin/index.ts";
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

const credentials = z.strictObject({
	/** `alice`, `alice@example.com` or `sip:alice@example.com`. */
	user: z.string().min(1).max(255),
	password: z.string().min(1).max(1_000),
});

/** One user's password may be guessed slowly from anywhere; he himself is never kept waiting for long. */
const perUser = { free: 5, firstMs: 1_000, mostMs: 60_000 };
export const signInRoutes: Routes = (server, work) => {
	const { sessions, now } = work;
	const clock = () => now().getTime();
	const users = createBackOff(perUser, clock);
	const addresses = createBackOff(perAddress, clock);
	const about = (actor: Actor, session: WebSession) =>
		aboutSession(work, actor, session);

	server.post(
		"/api/session",
		{
			config: { access: "everybody", underLoad: "refused" },
			schema: {
				summary: "Sign in",
				description:
					"With the SIP name and password. Answers with the session's cookie; wrong guesses are slowed down (429, Retry-After).",
				body: credentials,
				response: { 200: signedInView },
			},
		},
		async (request, reply) => {
			const { user: name, password } = request.body;
			const address = networkOf(request.ip);
			const person = work.accounts.claimed(name);
			demandPatience(addresses, address);
			demandPatience(users, person);
			const user = await takingBackFaults(
				[
					[addresses, address],
					[users, person],
				],
				() => work.accounts.prove(name, password),
			);
			if (user === undefined) {
				work.log.info({ source: request.ip }, "web sign-in refused");
				throw wrongPassword();
			}
			users.forgive(person);
			addresses.takeBack(address);
			demandEnabled(user);
			const session = await sessions.begin(reply, user);
			// A password that was changed meanwhile has ended only the sessions that there were.
			if ((await work.accounts.prove(name, password)) === undefined) {
				await sessions.end(reply, session, "here");
				throw wrongPassword();
			}
			work.log.info({ user: user.uri, source: request.ip }, "web sign-in");
			return about(user, session);
		},
	);

	server.get(
		"/api/session",
		{
			schema: {
				summary: "Who am I",
				response: { 200: signedInView },
			},
		},
		async ({ actor, webSession }) => about(actor, webSession),
	);

	server.delete(
		"/api/session",
		{
			config: { underLoad: "served" },
			schema: {
				summary: "Sign out, here or everywhere",
				querystring: z.strictObject({
					everywhere: z
						.enum(["true", "false"])
						.default("false")
						.describe("Also wherever else the same user is signed in"),
				}),
				response: { 204: z.undefined() },
			},
		},
		async (request, reply) => {
			await sessions.end(
				reply,
				request.webSession,
				request.query.everywhere === "true" ? "everywhere" : "here",
			);
			return reply.code(204).send();
		},
	);
};

function wrongPassword(): DoorError {
	return new DoorError(
		"wrong-password",
		"The name or the password is wrong; they are those of your chat client.",
	);
}
