/** How the parts of the client speak to the service. */
import type { XmlElement } from "../plugin/xccos/xml.ts";
import type { Reply } from "./xccos/envelope.ts";

/** Sends a command and resolves with the parts of its reply. Rejects as the methods of `ChatClient` do. */
export type Ask = (
	id: string,
	...data: readonly XmlElement[]
) => Promise<readonly Reply[]>;
