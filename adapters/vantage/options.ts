/** The options of the `vantage` adapter. */
import { z } from "zod";

export const vantageOptions = z.strictObject(
	{
		/** Where the files are put; made if it is not there. */
		outputDirectory: z
			.string("must name the directory that the files are put in")
			.min(1, "must name the directory that the files are put in"),
		/** `milliseconds` since 1970, as Microsoft's and others' exports write it; `seconds` for importers that want those. */
		dateTimeUnit: z
			.enum(
				["milliseconds", "seconds"],
				"must be milliseconds or seconds: of the DateTimeUTC elements",
			)
			.default("milliseconds"),
		/** `notes`: what FileDump has no element for is told as a message in brackets; `omit`: it is left out. */
		otherEvents: z
			.enum(["notes", "omit"], "must be notes or omit")
			.default("notes"),
		copyFiles: z
			.boolean("must be true or false: transferred files beside the output")
			.default(true),
	},
	{
		error: ({ code, keys }) =>
			code === "unrecognized_keys"
				? `there is no option ${keys?.join(", ")}; README.md of adapters/vantage names those there are`
				: "must be an object with options, like { outputDirectory: /srv/archive }",
	},
);

export type VantageOptions = z.output<typeof vantageOptions>;
