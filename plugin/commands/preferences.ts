/**
 * Settings that old clients keep on the server: opaque, versioned by `seqid`.
 * `<cmd id="cmd:getpref"><data><pref label=".." seqid="71" createdefault="true"/></data></cmd>`
 * → `<data><pref label=".." seqid="72" content=".."/></data>`, without content when the client's is as new.
 * `<cmd id="cmd:setpref"><data><pref label=".." seqid="73" content=".."/></data></cmd>` → `<data><pref label=".." seqid="73"/></data>`
 */
import { ChatError } from "../errors.ts";
import {
	attribute,
	child,
	element,
	optionalAttribute,
	sizeOf,
	type XmlElement,
} from "../xccos/xml.ts";
import { command } from "./command.ts";

/** What a reply can carry in one body. */
const maxContentBytes = 10_000;
const maxLabelLength = 128;

export const getPreference = command({
	id: "cmd:getpref",
	decode(data) {
		const pref = child(data, "pref");
		return {
			label: decodeLabel(pref),
			version: decodeVersion(optionalAttribute(pref, "seqid") ?? "0"),
			createDefault:
				optionalAttribute(pref, "createdefault")?.toLowerCase() === "true",
		};
	},
	async handle({ label, version, createDefault }, { session, rooms }) {
		const kept = await rooms.preference(session.actor, label);
		if (kept === undefined) {
			return { label, version: createDefault ? Math.max(version, 1) : 0 };
		}
		return kept.version > version ? kept : { label, version: kept.version };
	},
	encode: (preference) => ({
		parts: [
			[
				element("pref", {
					label: preference.label,
					seqid: preference.version,
					content: "content" in preference ? preference.content : undefined,
				}),
			],
		],
	}),
});

export const setPreference = command({
	id: "cmd:setpref",
	decode(data) {
		const pref = child(data, "pref");
		const content = optionalAttribute(pref, "content") ?? "";
		if (sizeOf(element("pref", { content })) > maxContentBytes) {
			throw new ChatError(
				"too-large",
				`A preference holds at most ${maxContentBytes} bytes once it is encoded.`,
			);
		}
		return {
			label: decodeLabel(pref),
			version: decodeVersion(attribute(pref, "seqid")),
			content,
		};
	},
	async handle(preference, { session, rooms }) {
		await rooms.setPreference(session.actor, preference);
		return preference;
	},
	encode: ({ label, version }) => ({
		parts: [[element("pref", { label, seqid: version })]],
	}),
});

function decodeLabel(pref: XmlElement): string {
	const label = attribute(pref, "label");
	if (label === "" || label.length > maxLabelLength) {
		throw new ChatError(
			"malformed",
			`A label has 1 to ${maxLabelLength} characters.`,
		);
	}
	return label;
}

function decodeVersion(seqid: string): number {
	if (!/^\d{1,15}$/.test(seqid)) {
		throw new ChatError("malformed", "seqid must be a whole number.");
	}
	return Number(seqid);
}
