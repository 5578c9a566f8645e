/** In-band provisioning: where a user's chat service is (MS-SIPREGE section 2.2.2.5.11). */
import {
	children,
	optionalAttribute,
	parseXml,
	textOf,
	type XmlElement,
} from "../plugin/xccos/xml.ts";
import type { SubscribeRequest } from "./sip-agent.ts";

const documentType = "application/vnd-microsoft-roaming-provisioning-v2+xml";

export const provisioningRequest: Omit<SubscribeRequest, "deadlineMs"> = {
	event: "vnd-microsoft-provisioning-v2",
	accept: documentType,
	contentType: documentType,
	body: '<provisioningGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist"><provisioningGroup name="persistentChatConfiguration"/></provisioningGroupList>',
};

export interface Provisioning {
	/** May this user use persistent chat? Undefined when the document does not say. */
	readonly enabled?: boolean;
	readonly poolUri?: string;
}

/** Throws `ChatError('malformed')`. An empty document says nothing. */
export function decodeProvisioning(document: string): Provisioning {
	if (document.trim() === "") return {};
	const group = children(parseXml(document), "provisionGroup").find(
		(candidate) =>
			optionalAttribute(candidate, "name") === "persistentChatConfiguration",
	);
	if (group === undefined) return {};
	const enabled = property(group, "EnablePersistentChat");
	const poolUri = property(group, "DefaultPersistentChatPoolUri");
	return {
		...(enabled !== undefined && { enabled: enabled === "true" }),
		...(poolUri && {
			poolUri: /^sips?:/i.test(poolUri) ? poolUri : `sip:${poolUri}`,
		}),
	};
}

function property(group: XmlElement, name: string): string | undefined {
	const found = children(group, "propertyEntryList")
		.flatMap((list) => children(list, "property"))
		.find((candidate) => optionalAttribute(candidate, "name") === name);
	return found && textOf(found).trim();
}
