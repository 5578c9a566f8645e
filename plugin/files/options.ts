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
	s3: z
		.strictObject({
			endpoint: z
				.url({ protocol: /^https?$/ })
				.describe("Where the bucket is: https://s3.example.com"),
			region: z.string().min(1).default("us-east-1"),
			bucket: z.string().regex(/^[a-z0-9.-]{3,63}$/, "must name a bucket"),
			prefix: z
				.string()
				.regex(/^([a-z0-9._-]+\/)*$/i, "must be like chat/files/")
				.default("")
				.describe("Before the name of each object"),
			accessKeyId: z.string().min(1),
			secretAccessKey: z.string().min(1),
		})
		.optional()
		.describe("Keep whole files in a bucket, not in the directory"),
});

export type FilesAtWork = z.output<typeof filesSchema>;
