/** With which registrars of the operator the service's address is registered. */
import { z } from "zod";

const uri = (words: string) =>
	z
		.string()
		.max(300)
		.regex(/^sips?:[^\s<>"]+$/, words);

export const registrationSchema = z.strictObject({
	registrar: uri(
		"must be like sip:registrar.example.com:5060;transport=tcp",
	).describe("Where REGISTER is sent"),
	address: z
		.string()
		.regex(
			/^sips?:[^@\s<>;"]+@[^@\s<>;"]+$/,
			"must be like sip:persistentchat@example.com",
		)
		.optional()
		.describe("What is registered; default: the pool's address"),
	user: z
		.string()
		.min(1)
		.max(200)
		.regex(/^\P{Cc}*$/u, "must be without control characters")
		.optional()
		.describe("Who answers the challenge; default: the address's user part"),
	password: z
		.string()
		.min(1)
		.max(500)
		.optional()
		.describe(
			"His password; passwordFile or passwordVariable say where it is kept",
		),
	contact: uri("must be like sip:chat@192.0.2.1:5060;transport=tcp")
		.optional()
		.describe(
			"Where calls are to be sent; default: where the SIP server listens, over the registrar's transport",
		),
	expiresSeconds: z
		.int()
		.min(60)
		.max(86_400)
		.default(300)
		.describe("For how long is asked"),
});

export const registrationsSchema = z
	.array(registrationSchema)
	.max(20)
	.default([])
	.refine(
		(all) =>
			new Set(all.map((each) => `${each.registrar} ${each.address}`)).size ===
			all.length,
		"the same address is registered twice with the same registrar",
	)
	.describe(
		"Registrars with which the service's address is registered, in the file only (docs/life.md)",
	);

export type RegistrationOptions = z.output<typeof registrationSchema>;
