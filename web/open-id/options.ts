/** What is said of an OpenID Connect provider, each default beside its field. */
import { z } from "zod";

export const openIdSchema = z.strictObject({
	issuer: z
		.string()
		.refine(
			isIssuer,
			"must be like https://login.example.com/realm; http only on the loopback",
		)
		.describe("The provider, as it names itself"),
	clientId: z
		.string()
		.min(1)
		.max(1_000)
		.describe("This service, as the provider knows it"),
	clientSecret: z
		.string()
		.min(1)
		.max(1_000)
		.optional()
		.describe("Without it this is a public client, by PKCE alone"),
	label: z
		.string()
		.min(1)
		.max(60)
		.default("Sign in with your organisation")
		.describe("What the button says"),
	scope: z
		.string()
		.min(1)
		.max(1_000)
		.default("openid profile email")
		.describe("What is asked of the provider"),
	claim: z
		.string()
		.min(1)
		.max(100)
		.default("preferred_username")
		.describe(
			"Which claim names the SIP user: alice, alice@example.com or sip:alice@example.com; one that people cannot change themselves. Of email, email_verified is demanded too",
		),
});

export type OpenIdSettings = z.output<typeof openIdSchema>;

function isIssuer(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname, search, hash } = new URL(text);
	const isNear = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
	return (
		`${search}${hash}` === "" &&
		(protocol === "https:" || (protocol === "http:" && isNear))
	);
}
