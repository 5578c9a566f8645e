/** How long the SIP server, and the end, may take. */
import { z } from "zod";

const ms = (least: number, most: number) => z.int().min(least).max(most);

export const lifeSchema = z.strictObject({
	drainMs: ms(0, 600_000)
		.default(5_000)
		.describe(
			"At the end, what waits for clients is still sent for so long; then their dialogs are ended",
		),
	askMs: ms(100, 300_000)
		.default(10_000)
		.describe(
			"After so long without a word on the control connection the SIP server is asked whether it is there",
		),
	silentMs: ms(100, 300_000)
		.default(10_000)
		.describe(
			"Without an answer for so long the control connection is given up, and with it all dialogs",
		),
	retryMs: ms(250, 300_000)
		.default(5_000)
		.describe("Between two attempts to connect to the SIP server, at most"),
	watchdogMs: z
		.union([z.literal(0), ms(100, 300_000)])
		.default(15_000)
		.describe(
			"The SIP server is asked through its SIP port so often whether it brings requests here; 0: never",
		),
	watchdogUri: z
		.string()
		.max(300)
		.regex(/^sip:[^\s<>"]+$/, "must be like sip:192.0.2.1:5060;transport=tcp")
		.optional()
		.describe(
			"What is asked; default: where the SIP server says that it listens",
		),
});

export type Life = z.output<typeof lifeSchema>;
