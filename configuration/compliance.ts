/** The section `compliance` of the configuration, and what it comes to. */
import { z } from "zod";
import {
	atWorkSchema,
	expandCompliance,
} from "../plugin/compliance/options.ts";
import { databaseFile, databaseUrl, poolSize } from "./database.ts";

const defaultFile = "./data/compliance.sqlite";

export const archivingSchema = z
	.strictObject({
		mode: z
			.enum(["here", "elsewhere", "off"])
			.optional()
			.describe(
				"here: this node feeds the adapters; elsewhere: other nodes do; off: nothing is recorded. Default: here with adapters, off without (the embedded SIP edge with SQLite only)",
			),
		...atWorkSchema.shape,
		adapters: atWorkSchema.shape.adapters
			.optional()
			.describe(
				"jsonl, xml, vantage, eml, webhook, ./a-module.js, a package; in the file, with options: docs/compliance.md",
			),
		database: z
			.strictObject({
				file: databaseFile.default(defaultFile),
				url: databaseUrl.describe(
					"mysql://…, of the archive; default: beside a chat database that is SQLite, else in the chat database itself",
				),
				poolSize: poolSize.default(5),
			})
			.refine(({ url, file }) => url === undefined || file === defaultFile, {
				path: ["file"],
				message: "is not used with a url: the archive is one or the other",
			})
			.prefault({}),
	})
	.refine(({ mode, adapters }) => mode !== "here" || adapters !== undefined, {
		path: ["adapters"],
		message: "say which, like jsonl",
	})
	.refine(({ mode, adapters }) => mode !== "off" || adapters === undefined, {
		path: ["mode"],
		message: "is off: then there are no adapters to be fed",
	})
	.refine(
		({ mode, adapters }) => mode !== "elsewhere" || adapters === undefined,
		{
			path: ["mode"],
			message:
				"is elsewhere: then other nodes feed the adapters; name them there, and none here",
		},
	);

type Archiving = z.output<typeof archivingSchema>;

/** Has the operator said anything of it? */
export function isSaid({ mode, adapters }: Archiving): boolean {
	return mode !== undefined || adapters !== undefined;
}

/** `off`, `elsewhere`, `jsonl` and a list of adapters are short for a section that says so. */
export function expandArchiving(given: unknown): unknown {
	const expanded = expandCompliance(given);
	return typeof expanded === "string" ? { mode: expanded } : expanded;
}
