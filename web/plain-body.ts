/** Bodies come as they are: nothing here unpacks anything, so that nothing small can become large. */
import { DoorError } from "./errors.ts";
import type { WebServer } from "./route.ts";

export function demandPlainBody(server: WebServer): void {
	server.addHook("preParsing", async ({ headers }) => {
		const encoding = headers["content-encoding"] ?? "identity";
		if (encoding.toLowerCase() === "identity") return;
		throw new DoorError(
			"unsupported-type",
			"The body must come as it is, without Content-Encoding.",
		);
	});
}
