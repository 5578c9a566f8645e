/** What the `eml` adapter takes. */
import { z } from "zod";
import { secretSource } from "../secret.ts";

/** ASCII only: what the envelope of every mail server takes. */
const address = z
	.string("must be an address like journal@archive.example.com")
	.regex(
		/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$/,
		"must be an address like journal@archive.example.com",
	);
const text = z.string("must be a text").min(1, "must not be empty");
const milliseconds = z
	.int("must be milliseconds")
	.min(100, "must be 100 (milliseconds) or more")
	.max(600_000, "must be 600000 (milliseconds) or less");

const smtpSchema = z
	.strictObject({
		host: text.describe("Name or address of the mail server"),
		port: z
			.int("must be a port")
			.min(1, "must be a port")
			.max(65_535, "must be a port")
			.optional()
			.describe("Default: 465 with tls, 587 with starttls, 25 with none"),
		security: z
			.enum(["tls", "starttls", "none"], "must be tls, starttls or none")
			.default("starttls")
			.describe("none: whoever is on the way reads everything"),
		authorities: text
			.optional()
			.describe("File of certificates (PEM) that the server's is checked by"),
		user: text.optional().describe("Who signs in"),
		password: secretSource.optional().describe("env:NAME or file:/path"),
		from: address.describe("The envelope's sender: refusals come back to it"),
		to: z
			.array(address, "must list journal addresses")
			.min(1, "must list journal addresses")
			.max(100, "must list 100 addresses or fewer")
			.describe("The envelope's recipients: the journal's addresses"),
		timeoutMs: milliseconds
			.default(30_000)
			.describe("The server must answer within it"),
	})
	.refine(
		({ user, password }) => (user === undefined) === (password === undefined),
		"needs user and password together, or neither",
	)
	.refine(
		({ user, security }) => user === undefined || security !== "none",
		"sends no password without tls or starttls",
	);

export type SmtpOptions = z.output<typeof smtpSchema>;

export const optionsSchema = z
	.strictObject({
		directory: text.optional().describe("Where the mails become files"),
		smtp: smtpSchema.optional().describe("… or which server they are sent to"),
		mailBytes: z
			.int("must be a number of bytes")
			.min(100_000, "must be 100000 (bytes) or more")
			.default(250_000_000)
			.describe("A mail that would be bigger is sent in parts"),
	})
	.refine(
		({ directory, smtp }) => (directory === undefined) !== (smtp === undefined),
		"needs either directory or smtp",
	);
