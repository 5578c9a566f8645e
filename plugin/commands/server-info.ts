/**
 * "What are your limits?" The bit mask of what is asked for is echoed; all is always told.
 * `<cmd id="cmd:getserverinfo"><data><sib domain=".." infoType="123"/></data></cmd>` → `<data><sib …/></data>`
 */
import { wireTime } from "../xccos/elements.ts";
import { children, element, optionalAttribute } from "../xccos/xml.ts";
import { command } from "./command.ts";

export const serverInfo = command({
	id: "cmd:getserverinfo",
	decode(data) {
		const [sib] = children(data, "sib");
		const infoType = sib && optionalAttribute(sib, "infoType");
		return /^\d{1,9}$/.test(infoType ?? "") ? infoType : "123";
	},
	handle: async (infoType, { now }) => ({ infoType, serverTime: now() }),
	encode: ({ infoType, serverTime }, { service }) => ({
		parts: [
			[
				element("sib", {
					infoType,
					serverTime: wireTime(serverTime),
					searchLimit: service.searchResults,
					messageSizeLimit: service.messageBytes,
					storySizeLimit: service.storyBytes,
					rootUri: service.rootUri,
					dbVersion: service.databaseId,
					displayName: service.displayName,
					roomManagementUrl: service.roomManagementUrl,
				}),
			],
		],
	}),
});
