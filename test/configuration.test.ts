import { deepEqual, equal, match, throws } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	ConfigurationError,
	helpText,
	readConfiguration,
} from "../configuration/index.ts";

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

	it("takes one drachtio-server, or a list of those that the node is beside", () => {
		const read = (yaml: string, environment = {}) =>
			readConfiguration(file(`${yaml}\ncompliance: off`), environment).drachtio;
		deepEqual(read("drachtio: { host: a }"), {
			...{ host: "a", port: 9022, others: [] },
		});
		const listed = {
			...{ host: "a", port: 9022, secret: "one" },
			others: [
				{ host: "b", port: 9023 },
				{ host: "c", port: 9022, secret: "three" },
			],
		};
		const b = "{ host: b, port: 9023 }";
		const c = "{ host: c, secret: three }";
		deepEqual(read(`drachtio: [{ host: a, secret: one }, ${b}, ${c}]`), listed);
		deepEqual(
			read(`drachtio: { host: a, others: [${b}, ${c}] }`, {
				PERSISTENT_CHAT_DRACHTIO_SECRET: "one",
			}),
			listed,
		);
		throws(() => read("drachtio: [{ host: a }, { port: 1 }]"), /host/);
	});

	it("takes trusted peers by their address or with more to say, and a challenge's number from the environment too", () => {
		const { service } = readConfiguration(
			file(
				"service: { trustedPeers: [192.0.2.1, { address: 10.0.0.0/8, behaves: b2bua, callerIn: X-Chat-User }] }",
			),
			{
				PERSISTENT_CHAT_SERVICE_CHALLENGE: "401",
				PERSISTENT_CHAT_SERVICE_RATES_PER_USER_INVITE: "33",
			},
		);
		deepEqual(service.trustedPeers, [
			{
				address: "192.0.2.1",
				behaves: "proxy",
				callerIn: "P-Asserted-Identity",
			},
			{ address: "10.0.0.0/8", behaves: "b2bua", callerIn: "X-Chat-User" },
		]);
		equal(service.challenge, 401);
		equal(service.rates.perUser.invite, 33);
		throws(
			() =>
				readConfiguration(
					file("service: { trustedPeers: [{ address: x, behaves: sbc }] }"),
					{ PERSISTENT_CHAT_SERVICE_CHALLENGE: "403" },
				),
			/trustedPeers\.0\.address: must be an IP address[\s\S]*behaves: must be proxy or b2bua/,
		);
	});

	it("takes passwords for registrars from files and variables, and names those that are not there", () => {
		const secret = join(directory, "secret");
		writeFileSync(secret, "from a file\n");
		const registration = (more: string) =>
			`service: { registrations: [{ registrar: "sip:registrar.example.com", ${more} }] }`;
		const passwordOf = (more: string, environment = {}) =>
			readConfiguration(file(registration(more)), environment).service
				.registrations[0]?.password;
		equal(passwordOf(`passwordFile: "${secret}"`), "from a file");
		const variable = "passwordVariable: PERSISTENT_CHAT_REGISTRAR";
		equal(passwordOf(variable, { PERSISTENT_CHAT_REGISTRAR: "v" }), "v");
		match(
			faultsOf(file(registration(variable))).join(),
			/registrations\.0\.passwordVariable: PERSISTENT_CHAT_REGISTRAR is not set/,
		);
		match(
			faultsOf(file(registration("passwordFile: /nowhere"))).join(),
			/passwordFile: \/nowhere cannot be read/,
		);
		match(
			faultsOf(
				file(registration("passwordFile: /x, passwordVariable: X")),
			).join(),
			/both said; say one/,
		);
	});

	it("takes for the web door what can be meant, and names what cannot", () => {
		const { web } = readConfiguration(
			file("web: { publicUrl: https://chat.example.com }"),
			{ PERSISTENT_CHAT_WEB_TRUSTED_PROXIES: "192.0.2.1, 10.0.0.0/8" },
		);
		equal(web.port, 8080);
		equal(web.host, "127.0.0.1");
		deepEqual(web.trustedProxies, ["192.0.2.1", "10.0.0.0/8"]);
		deepEqual(
			faultsOf(
				file(
					"web: { publicUrl: https://chat.example.com/path, sipWebSocketUrl: 'wss://a/;x', trustedProxies: [everybody], metricsToken: short, tls: { cert: a } }",
				),
			).map((fault) => fault.split(":")[0]),
			[
				"web.publicUrl",
				"web.tls.key",
				"web.trustedProxies.0",
				"web.sipWebSocketUrl",
				"web.metricsToken",
			],
		);
	});

	it("takes an OpenID provider whole, by HTTPS, or on the loopback", () => {
		const issuer = (url: string) =>
			faultsOf(file(`web: { openId: { issuer: '${url}', clientId: chat } }`));
		deepEqual(issuer("https://login.example.com/realms/a"), []);
		deepEqual(issuer("http://127.0.0.1:4000"), []);
		for (const url of [
			"http://login.example.com",
			"http://127.0.0.1.example.com",
			"https://login.example.com/?a=b",
			"login.example.com",
		]) {
			match(issuer(url).join(), /^web\.openId\.issuer: must be like/, url);
		}
		match(
			faultsOf(file(""), {
				PERSISTENT_CHAT_WEB_OPEN_ID_CLIENT_SECRET: "x",
			}).join("\n"),
			/issuer/,
		);
		match(helpText(), /PERSISTENT_CHAT_WEB_OPEN_ID_ISSUER/);
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

	it("takes replicas of MySQL, of SQLite none", () => {
		const mysql =
			"service: { node: a }\ncompliance: off\ndatabase: { client: mysql, url: 'mysql://a:b@c/d', replica: { url: 'mysql://a:b@e,f:3307/d' } }";
		const { replica } = readConfiguration(file(mysql), {}).database;
		deepEqual(replica, { url: "mysql://a:b@e,f:3307/d", poolSize: 10 });
		match(
			faultsOf(
				file("database: { replica: { url: 'mysql://a:b@e/d' } }"),
			).join(),
			/^database\.replica\.url: is for mysql: an SQLite file has no replicas/,
		);
		match(
			faultsOf(file(mysql.replace("e,f:3307", ""))).join(),
			/^database\.replica\.url: must be like mysql:/,
		);
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
		const name = file("drachtio: { host: 127.0.0.1 }\ncompliance: off");
		equal(readConfiguration(name, {}).demo, false);
		const told = { PERSISTENT_CHAT_DEMO: "true" };
		equal(readConfiguration(name, told).demo, true);
	});

	describe("of compliance", () => {
		const complianceIn = (yaml: string, environment = {}) =>
			readConfiguration(file(yaml), environment).compliance;
		const named = ({ adapters }: ReturnType<typeof complianceIn>) =>
			adapters?.map(({ name, use }) => [name, use]);

		it("is off where nothing is said and everything is embedded", () => {
			const { mode, adapters } = complianceIn("");
			deepEqual([mode, adapters], [undefined, undefined]);
		});

		it("must be said of with MySQL or a drachtio-server", () => {
			for (const yaml of [
				"drachtio: { host: 127.0.0.1 }",
				"service: { node: a }\ndatabase: { client: mysql, url: 'mysql://a:b@c/d' }",
			]) {
				match(
					faultsOf(file(yaml)).join(),
					/^compliance: say which adapters are fed, like compliance: jsonl; or .* compliance: off/,
				);
				equal(complianceIn(`${yaml}\ncompliance: off`).mode, "off");
			}
		});

		it("is said in a word, a list, or whole, in the file and in a variable", () => {
			deepEqual(named(complianceIn("compliance: jsonl")), [["jsonl", "jsonl"]]);
			deepEqual(named(complianceIn("compliance: [jsonl, ./a-b.js]")), [
				["jsonl", "jsonl"],
				["a-b", "./a-b.js"],
			]);
			deepEqual(
				named(
					complianceIn(
						"compliance: { adapters: [{ use: jsonl, name: second, options: { a: 1 } }], retainDays: 1 }",
					),
				),
				[["second", "jsonl"]],
			);
			const variable = { PERSISTENT_CHAT_COMPLIANCE: "jsonl, xml" };
			deepEqual(named(complianceIn("compliance: off", variable)), [
				["jsonl", "jsonl"],
				["xml", "xml"],
			]);
		});

		it("refuses what makes no sense, in words", () => {
			for (const [yaml, fault] of [
				[
					"compliance: [jsonl, jsonl]",
					/compliance\.adapters: two adapters have the same name/,
				],
				[
					"compliance: { mode: off, adapters: [jsonl] }",
					/compliance\.mode: is off: then there are no adapters/,
				],
				[
					"compliance: { mode: elsewhere, adapters: [jsonl] }",
					/compliance\.mode: is elsewhere: then other nodes feed the adapters/,
				],
				[
					"compliance: { adapters: [jsonl], database: { file: ./a.sqlite, url: 'mysql://a:b@c/d' } }",
					/compliance\.database\.file: is not used with a url/,
				],
				["compliance: { mode: here }", /compliance\.adapters: say which/],
				["compliance: []", /compliance\.adapters: names no adapter/],
				[
					"compliance: { adapters: [{ use: jsonl, name: 'A b' }] }",
					/compliance\.adapters\.0\.name: must be like/,
				],
			] as const) {
				match(faultsOf(file(yaml)).join(), fault);
			}
		});
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
