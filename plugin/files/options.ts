/** What is said of files in the options of the service. */
import { z } from "zod";
import { icapServiceOf } from "./icap/messages.ts";

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
			"Where clients of the SIP network bring and get files: what getfutok and getfdtok answer; default: the web door's address and /PersistentChat/MGCWebService.asmx",
		),
	scanCommand: z
		.array(z.string().min(1))
		.min(1)
		.max(20)
		.optional()
		.describe(
			"A program that is shown each file before anybody else may have it, its path last; it ends with 0 for clean, 1 for refused",
		),
	scanIcap: z
		.array(
			z
				.string()
				.refine(
					(text) => icapServiceOf(text) !== undefined,
					"must be like icap://scanner.example.com:1344/virus_scan",
				),
		)
		.min(1)
		.max(10)
		.optional()
		.describe(
			"ICAP services (RFC 3507, RESPMOD) that are shown each file, whichever of them is there; icaps:// for TLS",
		),
	scanMs: z
		.int()
		.min(100)
		.max(600_000)
		.default(60_000)
		.describe(
			"Scanners have said after so many milliseconds whether a file is clean",
		),
	s3: z
		.strictObject({
			endpoint: z
				.url({ protocol: /^https?$/ })
				.describe("Where the bucket is: https://s3.example.com"),
			region: z.string().min(1).default("us-east-1").describe("Of the bucket"),
			bucket: z
				.string()
				.regex(/^[a-z0-9.-]{3,63}$/, "must name a bucket")
				.describe("Its name"),
			prefix: z
				.string()
				.regex(/^([a-z0-9._-]+\/)*$/i, "must be like chat/files/")
				.default("")
				.describe("Before the name of each object"),
			accessKeyId: z.string().min(1).describe("Of who may write it"),
			secretAccessKey: z.string().min(1).describe("His secret"),
		})
		.optional()
		.describe("Keep whole files in a bucket, not in the directory"),
});

export type FilesAtWork = z.output<typeof filesSchema>;
