/** A link that signs the user in at the web door. */
import { optionalAttribute } from "../plugin/xccos/xml.ts";
import type { Ask } from "./ask.ts";
import { ChatRefused } from "./errors.ts";
import type { WebLink } from "./types.ts";
import { named } from "./xccos/read.ts";

export async function askWebLink(ask: Ask): Promise<WebLink> {
	const parts = await ask("getweblink");
	const [link] = parts.flatMap(({ data }) => named(data, "weblink"));
	const url = link && optionalAttribute(link, "uri");
	const expires = (link && optionalAttribute(link, "expires")) ?? "";
	if (url === undefined || !/^https?:\/\//.test(url)) {
		throw new ChatRefused("getweblink", 500, "the reply has no link");
	}
	return { url, expiresAt: new Date(expires) };
}
