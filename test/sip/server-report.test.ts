/** What an operator is told of the SIP server that is connected to. */
import { deepEqual, equal, match } from "node:assert/strict";
import {
	judgeServer,
	type ServerGreeting,
} from "../../plugin/sip/server-report.ts";
import { type ChatNode, startChatNode } from "../support/chat-node.ts";
import { until } from "../support/until.ts";

const fine: ServerGreeting = {
	hostports: "tcp/192.0.2.1:5060,udp/192.0.2.1:5060,tls/[2001:db8::1]:5061",
	version: "v0.9.10-1-g9c2dd4cb6a",
	control: "127.0.0.1",
};
const judge = (change: Partial<ServerGreeting>) =>
	judgeServer({ ...fine, ...change });

describe("the report of the SIP server", () => {
	it("names its version and where it listens", () => {
		deepEqual(judge({}), {
			version: "v0.9.10-1-g9c2dd4cb6a",
			contacts: [
				"tcp 192.0.2.1:5060",
				"udp 192.0.2.1:5060",
				"tls [2001:db8::1]:5061",
			],
			refusal: undefined,
			warnings: [],
		});
	});

	it("refuses versions whose control protocol is another", () => {
		for (const version of ["v0.8.26", "0.8.99", "v0.8.26-3-gabc"]) {
			match(judge({ version }).refusal ?? "", /0\.9\.0 or later is needed/);
		}
		for (const version of ["v0.9.0", "v0.10.0", "v1.0.0", "0.9.1"]) {
			equal(judge({ version }).refusal, undefined, version);
		}
	});

	it("warns of a version that it cannot read, or that is newer than what was tried", () => {
		for (const version of ["", undefined, "master", "v1"]) {
			match(judge({ version }).warnings.join(), /must be drachtio-server/);
		}
		match(judge({ version: "v0.10.0" }).warnings.join(), /tried with 0\.9\.10/);
		deepEqual(judge({ version: "v0.9.11" }).warnings, []);
	});

	it("warns of a control port that is not on the loopback", () => {
		for (const control of ["192.0.2.1", "::ffff:10.0.0.1", "2001:db8::1"]) {
			match(judge({ control }).warnings.join(), /owns the calls/, control);
		}
		for (const control of ["::1", "::ffff:127.0.0.1", "127.1.2.3"]) {
			deepEqual(judge({ control }).warnings, [], control);
		}
	});

	it("warns when it is UDP only or listens nowhere", () => {
		const about = (hostports: string) => judge({ hostports }).warnings.join();
		match(about("udp/192.0.2.1:5060"), /UDP only/);
		match(about(""), /no address/);
	});
});

describe("a node that is connected", () => {
	let node: ChatNode;
	before(async () => {
		node = await startChatNode();
	});
	after(() => node.close());

	it("says in its condition and its log what it found", async () => {
		const { sipServer } = node.chat.condition;
		await until(() => sipServer() !== undefined, { what: "a report" });
		match(sipServer()?.version ?? "", /^v0\.9\./);
		match(sipServer()?.contacts.join() ?? "", /\btcp 127\.0\.0\.1:\d+/);
		const line = node.logged.find((one) => one.includes("SIP server found"));
		match(line ?? "", /"version":"v0\.9\..*"maxFrameBytes":12100/);
	});
});
