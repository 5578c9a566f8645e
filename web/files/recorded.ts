/** The server is closed when what was sent is recorded. */
import type { Download } from "../../plugin/index.ts";
import type { WebServer } from "../route.ts";

export function recorded(server: WebServer): (download: Download) => void {
	const running = new Set<Promise<void>>();
	server.addHook("onClose", async () => {
		await Promise.all(running);
	});
	return ({ ended }) => {
		running.add(ended);
		ended.finally(() => running.delete(ended));
	};
}
