/** The in-band provisioning document (MS-SIPREGE section 2.2.2.5.11): is this user enabled, and where is the pool? Told once. */
import type { Logger } from "pino";
import { element, writeXml } from "../xccos/xml.ts";
import type { DrachtioServer, IncomingRequest, Reply } from "./drachtio.ts";
import type { Identity } from "./identity.ts";

export const provisioningEvent = "vnd-microsoft-provisioning-v2";
const contentType = "application/vnd-microsoft-roaming-provisioning-v2+xml";

export interface ProvisioningNeeds {
	readonly createUAS: DrachtioServer["createUAS"];
	readonly identity: Identity;
	readonly poolUri: string;
	readonly roomManagementUrl?: string | undefined;
	readonly log: Logger;
}

/** Answers a SUBSCRIBE for the provisioning event. */
export async function provision(
	needs: ProvisioningNeeds,
	request: IncomingRequest,
	reply: Reply,
): Promise<void> {
	const user = await needs.identity.identify(request, reply);
	if (user === undefined) return;
	const body = document(user.enabled, needs.poolUri, needs.roomManagementUrl);
	const piggyback = /ms-piggyback-first-notify/i.test(
		request.get("Supported") ?? "",
	);
	if (piggyback) {
		reply.send(200, {
			headers: {
				Event: provisioningEvent,
				Expires: "0",
				"ms-piggyback-cseq": "1",
				"Subscription-State": "terminated;expires=0",
				"Content-Type": contentType,
			},
			body,
		});
		return;
	}
	if (!request.has("Contact")) {
		reply.send(400, "A SUBSCRIBE needs a Contact");
		return;
	}
	const dialog = await needs.createUAS(request, reply, {
		headers: { Expires: "0" },
	});
	const headers = {
		Event: provisioningEvent,
		"Subscription-State": "terminated;reason=timeout",
		"Content-Type": contentType,
	};
	dialog.request({ method: "NOTIFY", headers, body }, (error) => {
		if (error) {
			const { callId } = dialog.sip;
			needs.log.warn({ err: error, callId }, "provisioning not told");
		}
	});
}

function document(
	enabled: boolean,
	poolUri: string,
	roomManagementUrl: string | undefined,
): string {
	const property = (name: string, value: string) =>
		element("property", { name }, value);
	const properties = [
		property("EnablePersistentChat", String(enabled)),
		property("DefaultPersistentChatPoolUri", poolUri),
		property("PersistentChatPoolUris", poolUri),
	];
	if (roomManagementUrl !== undefined) {
		properties.push(
			property("PersistentChatWebManagerUriInt", roomManagementUrl),
			property("PersistentChatWebManagerUriExt", roomManagementUrl),
		);
	}
	return writeXml(
		element(
			"provisionGroupList",
			{
				xmlns:
					"http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification",
			},
			element(
				"provisionGroup",
				{ name: "persistentChatConfiguration" },
				element("propertyEntryList", {}, ...properties),
			),
		),
	);
}
