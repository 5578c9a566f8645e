/**
 * A link that signs its user in at the web door, once, within five minutes. Who has come by a page is refused: his session there
 * would outlive its time.
 * `<cmd id="cmd:getweblink"><data/></cmd>` → `<data><weblink uri="https://chat.example.com/#sign-in=…" expires="2026-11-22T10:07:46.000Z"/></data>`
 */
import { ChatError } from "../errors.ts";
import { element } from "../xccos/xml.ts";
import { command } from "./command.ts";

export const webLink = command({
	id: "cmd:getweblink",
	decode: () => undefined,
	async handle(_, { session, signInLink }) {
		if (session.fromPage) {
			throw new ChatError(
				"forbidden",
				"You are signed in by a page already; sign in there with your password, or ask from a client of your own.",
			);
		}
		return signInLink(session.actor.uri);
	},
	encode: ({ url, expiresAt }) => ({
		parts: [
			[element("weblink", { uri: url, expires: expiresAt.toISOString() })],
		],
	}),
});
