/** The contract of adapters, kept by those that write XML. */
import { readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import createVantageAdapter from "../../adapters/vantage/index.ts";
import createXmlAdapter from "../../adapters/xml/index.ts";
import type {
	AdapterFactory,
	ArchivedEvent,
} from "../../plugin/compliance/adapter.ts";
import {
	children,
	parseXml,
	textOf,
	type XmlElement,
} from "../../plugin/xccos/xml.ts";
import { complianceAdapterContract } from "../contracts/compliance-adapter.ts";
import { delivery } from "./delivery.ts";
import { temporaryFolder } from "./folder.ts";

const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

interface Written {
	readonly factory: AdapterFactory;
	readonly options?: object;
	/** The texts of posted messages in a document. */
	readonly texts: (document: XmlElement) => readonly string[];
}

function target({ factory, options = {}, texts }: Written) {
	return async () => {
		const folder = temporaryFolder();
		const outputDirectory = join(folder.path, "out");
		const away = join(folder.path, "away");
		return {
			adapter: await factory(
				{ outputDirectory, ...options },
				{ name: "tested", log: delivery().log },
			),
			texts: async () =>
				readdirSync(outputDirectory)
					.filter((name) => name.endsWith(".xml"))
					.sort()
					.map((name) => readFileSync(join(outputDirectory, name), "utf8"))
					.flatMap((document) => texts(parseXml(document))),
			fail: async () => renameSync(outputDirectory, away),
			mend: async () => renameSync(away, outputDirectory),
			close: async () => folder.remove(),
		};
	};
}

function messagesOf(document: XmlElement): readonly XmlElement[] {
	return children(document, "Conversation")
		.flatMap((conversation) => children(conversation, "Messages"))
		.flatMap((messages) => children(messages, "Message"));
}

function chats(document: XmlElement): readonly string[] {
	return messagesOf(document)
		.filter(({ attributes }) => attributes.type === "CHAT")
		.map(({ attributes }) => attributes.content ?? "");
}

function records(document: XmlElement): readonly string[] {
	return messagesOf(document)
		.flatMap((message) => children(message, "Record"))
		.map((record) => JSON.parse(textOf(record)) as ArchivedEvent)
		.flatMap((event) => (event.type === "posted" ? [event.message.text] : []));
}

function contents(document: XmlElement): readonly string[] {
	return children(document, "Conversation")
		.flatMap((conversation) => children(conversation, "Message"))
		.filter((message) => children(message, "UpdatedType").length === 0)
		.filter((message) => !messageId(message).startsWith("00000000-"))
		.flatMap((message) => children(message, "Content").map(textOf));
}

/** Those of notes are ids of events. */
function messageId(message: XmlElement): string {
	return children(message, "MessageId").map(textOf).join();
}

const everyAdapter = {
	exactlyOnce: true,
	targetFails: true,
	refusedOptions: [
		{
			options: {},
			says: /tested\.outputDirectory: must name the directory that the files are put in/,
		},
		{
			options: { outputDirectory: "/dev/null/x" },
			says: /cannot be written to \/dev\/null\/x/,
		},
	],
} as const;

complianceAdapterContract("xml", {
	...everyAdapter,
	factory: createXmlAdapter,
	open: target({
		factory: createXmlAdapter,
		options: { createFileAttachmentsManifest: true },
		texts: chats,
	}),
	forbidden,
});

complianceAdapterContract("xml, a room a file", {
	...everyAdapter,
	factory: createXmlAdapter,
	open: target({
		factory: createXmlAdapter,
		options: { oneChatRoomPerOutputFile: true },
		texts: chats,
	}),
	forbidden,
});

complianceAdapterContract("xml, in the extended form", {
	...everyAdapter,
	factory: createXmlAdapter,
	open: target({
		factory: createXmlAdapter,
		options: { form: "extended" },
		texts: records,
	}),
});

complianceAdapterContract("vantage", {
	...everyAdapter,
	factory: createVantageAdapter,
	open: target({ factory: createVantageAdapter, texts: contents }),
	forbidden,
});
