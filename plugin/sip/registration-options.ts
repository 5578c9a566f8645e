/** With which registrars of the operator the service's address is registered. */
import { z } from "zod";

const uri = (words: string) =>
	z
		.string()
		.max(300)
		.regex(/^sips?:[^\s<>"]+$/, words);

export const registrationSchema = z.strictObject({
	/** Where REGISTER is sent: `sip:registrar.example.com;transport=tcp`. */
	registrar: uri("must be like sip:registrar.example.com:5060;transport=tcp"),
	/** The address that is registered; default: the pool's. */
	address: z
		.string()
		.regex(
			/^sips?:[^@\s<>;"]+@[^@\s<>;"]+$/,
			"must be like sip:persistentchat@example.com",
		)
		.optional(),
	/** Default: the user part of the address. */
	user: z
		.string()
		.min(1)
		.max(200)
		.regex(/^\P{Cc}*$/u, "must be without control characters")
		.optional(),
	password: z.string().min(1).max(500).optional(),
	/** Where calls are to be sent; default: where the SIP server listens, over the transport of the registrar. */
	contact: uri("must be like sip:chat@192.0.2.1:5060;transport=tcp").optional(),
	expiresSeconds: z.int().min(60).max(86_400).default(300),
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
