/** What is said of files in the options of the service. */
import { z } from "zod";

export const filesSchema = z.strictObject({
	directory: z
		.string()
		.min(1)
		.default("./data/files")
		.describe(
			"Where uploaded files are kept, and those on their way; several nodes share one",
		),
	url: z
		.url()
		.optional()
		.describe(
			"Where clients of the SIP network bring and get files: what getfutok and getfdtok answer; without it they are refused",
		),
	scanCommand: z
		.array(z.string().min(1))
		.min(1)
		.max(20)
		.optional()
		.describe(
			"A program that is shown each file before anybody else may have it, its path last; it ends with 0 for clean, 1 for refused",
		),
	scanMs: z
		.int()
		.min(100)
		.max(600_000)
		.default(60_000)
		.describe("It is ended after so many milliseconds"),
});

export type FilesAtWork = z.output<typeof filesSchema>;
