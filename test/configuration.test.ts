import { deepEqual, equal, match, throws } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	ConfigurationError,
	helpText,
	readConfiguration,
} from "../configuration.ts";

describe("configuration", () => {
	const directory = mkdtempSync(join(tmpdir(), "persistent-chat-config-"));
	const file = (content: string) => {
		const name = join(directory, "chat.yaml");
		writeFileSync(name, content);
		return name;
	};
	const faultsOf = (
		name: string | undefined,
		environment: Record<string, string> = {},
	): readonly string[] => {
		try {
			readConfiguration(name, environment);
			return [];
		} catch (error) {
			if (!(error instanceof ConfigurationError)) throw error;
			return error.faults;
		}
	};
	after(() => rmSync(directory, { recursive: true }));

	it("has a default for everything", () => {
		const { service, database, edge } = readConfiguration(file(""), {});
		equal(service.domain, "example.com");
		equal(service.limits.messageBytes, 4_000);
		equal(database.client, "sqlite");
		equal(edge.sipPort, 5060);
	});

	it("is read from YAML, and the environment is over it", () => {
		const name = file(
			"service: { domain: Chat.Example.ORG, limits: { messageBytes: 100 } }\nedge: { sipPort: 5070, wsPort: 0 }",
		);
		const { service, edge, demo } = readConfiguration(name, {
			PERSISTENT_CHAT_EDGE_SIP_PORT: "5080",
			PERSISTENT_CHAT_SERVICE_ALIASES: "chat, OCSChat",
			PERSISTENT_CHAT_DEMO: "false",
			HOME: "/",
		});
		equal(service.domain, "chat.example.org");
		equal(service.limits.messageBytes, 100);
		deepEqual(service.aliases, ["chat", "ocschat"]);
		equal(edge.sipPort, 5080);
		equal(edge.wsPort, 0);
		equal(demo, false);
	});

	it("names all faults at once, unknown keys too", () => {
		const faults = faultsOf(
			file(
				"servcie: {}\nservice: { domain: 'a b', nodes: 3 }\ndatabase: { client: mysql }",
			),
			{
				PERSISTENT_CHAT_EDGE_SIP_PORT: "many",
				PERSISTENT_CHAT_SIP_PORT: "5060",
			},
		);
		for (const fault of [
			/PERSISTENT_CHAT_SIP_PORT: there is no such setting/,
			/service\.domain: must be a domain name/,
			/service: "nodes" is not known here/,
			/edge\.sipPort: must be a number$/m,
			/database: the client mysql needs a url/,
			/^"servcie" is not known here$/m,
		]) {
			match(faults.join("\n"), fault);
		}
	});

	it("takes what is written without a value as not there", () => {
		const name = file("service:\nlog: { level: }\nedge:\n  sipPort:\n");
		const { edge } = readConfiguration(name, {
			PERSISTENT_CHAT_DATABASE_URL: "",
		});
		equal(edge.sipPort, 5060);
	});

	it("makes the demo only for the embedded edge, unless told to", () => {
		equal(readConfiguration(file(""), {}).demo, true);
		const name = file("drachtio: { host: 127.0.0.1 }");
		equal(readConfiguration(name, {}).demo, false);
		const told = { PERSISTENT_CHAT_DEMO: "true" };
		equal(readConfiguration(name, told).demo, true);
	});

	it("names the variable that a fault came from, and the database's address", () => {
		deepEqual(
			faultsOf(file(""), {
				PERSISTENT_CHAT_DATABASE_URL: "mysql://a:b@c/d",
			}).map((fault) => fault.split(" is ")[0]),
			["PERSISTENT_CHAT_DATABASE_URL: database.url:"],
		);
		match(
			faultsOf(file(""), {
				PERSISTENT_CHAT_DATABASE_CLIENT: "mysql",
				PERSISTENT_CHAT_DATABASE_URL: "db.example.com/chat",
			}).join(),
			/PERSISTENT_CHAT_DATABASE_URL: database\.url: must be like mysql:/,
		);
	});

	it("says what is wrong with a file that cannot be read", () => {
		match(faultsOf(join(directory, "none.yaml")).join(), /none\.yaml: ENOENT/);
		match(faultsOf(file("a: [")).join(), /chat\.yaml/);
		match(faultsOf(file("- 1")).join(), /must hold settings/);
	});

	it("lists every setting with its variable and its default", () => {
		match(
			helpText(),
			/service\.limits\.messageBytes \(default: 4000\)\n\s+PERSISTENT_CHAT_SERVICE_LIMITS_MESSAGE_BYTES/,
		);
		match(helpText(), / sqlite \| mysql\n/);
		match(helpText(), / 1 to 500\n/);
		match(helpText(), / separated by commas\n/);
		match(helpText(), /database\.url\n\s+PERSISTENT_CHAT_DATABASE_URL/);
		throws(() => readConfiguration(file("x: 1"), {}), ConfigurationError);
	});
});
