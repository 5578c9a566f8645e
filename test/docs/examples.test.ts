/** The example configurations: each can be read by what it is for, and says what its page says. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfiguration } from "../../configuration/index.ts";
import {
	maxFrameBytes,
	sharedFrameBytes,
} from "../../plugin/sip/control-connection.ts";
import { userLine } from "../support/kamailio.ts";
import { findProgram } from "../support/packages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const serverFile = "examples/drachtio-server/drachtio.conf.xml";

function filesOf(folder: string, ending: string): readonly string[] {
	return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(ending))
		.map((name) => join(folder, name));
}

/** By an XML reader that is not ours. */
function xpath(expression: string): string {
	const { status, stdout, stderr } = spawnSync(
		findProgram("xmllint") ?? "xmllint",
		["--xpath", expression, join(root, serverFile)],
		{ encoding: "utf8" },
	);
	equal(status, 0, `${expression}: ${stderr}`);
	return stdout.trim();
}

describe("the examples", () => {
	for (const file of filesOf("examples", "persistent-chat.yaml")) {
		it(`${file} is a configuration`, () => {
			const { service } = readConfiguration(join(root, file), {});
			equal(service.domain, "example.com");
		});
	}

	it("a FreeSWITCH that bridges ends what nobody uses, as its page asks", () => {
		const file = "examples/freeswitch-bridge/persistent-chat.yaml";
		const { service } = readConfiguration(join(root, file), {});
		const [peer] = service.trustedPeers;
		ok(typeof peer === "object" && peer.idleSeconds === 43_200);
	});

	for (const file of filesOf("examples", ".xml")) {
		it(`${file} is well-formed`, () => {
			const xmllint = findProgram("xmllint") ?? "xmllint";
			const { status, stderr } = spawnSync(
				xmllint,
				["--noout", join(root, file)],
				{ encoding: "utf8" },
			);
			equal(status, 0, stderr);
		});
	}

	it("drachtio-server's configuration has what its page says, and logs no text", () => {
		const page = read("docs/drachtio-server.md");
		const values = {
			"string(//admin)": "127.0.0.1",
			"string(//admin/@port)": "9022",
			"string(//admin/@tcp-keepalive)": "30",
			"string(//t4)": "2500",
			"string(//t1x64)": "16000",
			"string(//session-timers/@default-refresher)": "none",
			"string(//min-tls-version)": "1.2",
			"string(//cdrs)": "false",
			"string(//sofia-loglevel)": "0",
			"string(//loglevel)": "notice",
		};
		for (const [expression, value] of Object.entries(values)) {
			equal(xpath(expression), value, expression);
			ok(page.includes(value), `the page says nothing of ${value}`);
		}
		const transports = read(serverFile).matchAll(
			/<contact>[^<]*;transport=([\w,]+)/g,
		);
		deepEqual(
			[...transports].flatMap(([, names = ""]) => names.split(",")).sort(),
			["tcp", "tls", "udp", "ws", "wss"],
		);
	});

	it("the page names the limits that are kept to", () => {
		const limits = read("docs/drachtio-server.md").split("## Limits")[1] ?? "";
		for (const bytes of [maxFrameBytes, sharedFrameBytes]) {
			ok(limits.includes(bytes.toLocaleString("en")), `${bytes}`);
		}
	});

	it("a user's line is what the script prints", () => {
		const { stdout } = spawnSync(
			join(root, "examples/kamailio/user-line"),
			["alice", "example.com"],
			{ input: "alice-pw\n", encoding: "utf8" },
		);
		equal(stdout, userLine("alice"));
	});

	it("pages lead to files that are there", () => {
		const pages = [
			"docs/drachtio-server.md",
			...filesOf("docs/topologies", ".md"),
		];
		for (const page of pages) {
			for (const [, link = ""] of read(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
				ok(existsSync(join(root, dirname(page), link)), `${page}: ${link}`);
			}
		}
	});
});
