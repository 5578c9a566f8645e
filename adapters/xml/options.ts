/** The options of the `xml` adapter, by the names that Lync gives them where it has them. */
import { z } from "zod";

const flag = (what: string) =>
	z.boolean(`must be true or false: ${what}`).default(false);

export const xmlOptions = z.strictObject(
	{
		/** Where the files are put; made if it is not there. */
		outputDirectory: z
			.string("must name the directory that the files are put in")
			.min(1, "must name the directory that the files are put in"),
		/** `lync`: what its XML can say and nothing else; `extended`: everything; `both`: the second beside the first. */
		form: z
			.enum(["both", "lync", "extended"], "must be both, lync or extended")
			.default("both"),
		oneChatRoomPerOutputFile: flag("a file for each room, or one for all"),
		addChatRoomDetails: flag("whether a room is said to be logged"),
		addUserDetails: flag("whether people's e-mail addresses are given"),
		createFileAttachmentsManifest: flag(
			"whether transferred files are listed and copied beside the output",
		),
		/** An XSLT 1.0 stylesheet that each `.xml` file goes through. */
		customConfiguration: z
			.string("must name an XSLT file")
			.min(1, "must name an XSLT file")
			.optional(),
		/** How long the stylesheet may take for one file. */
		transformTimeoutMs: z
			.int("must be a whole number of milliseconds")
			.min(1, "must be at least 1 ms")
			.max(3_600_000, "must be at most 3600000 ms, an hour")
			.default(60_000),
	},
	{
		error: ({ code, keys }) =>
			code === "unrecognized_keys"
				? `there is no option ${keys?.join(", ")}; README.md of adapters/xml names those there are`
				: "must be an object with options, like { outputDirectory: /srv/archive }",
	},
);

export type XmlOptions = z.output<typeof xmlOptions>;
