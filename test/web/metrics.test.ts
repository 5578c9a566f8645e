/** The measures: named as Prometheus wants it, written down, of bounded labels, and counting what is done. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describedMeasures, withMetrics } from "../../web/metrics-reference.ts";
import { rooms, signIn } from "../support/people.ts";
import { RawSip } from "../support/raw-sip.ts";
import { type Site, startSite } from "./site.ts";

const described = describedMeasures();
const page = readFileSync(
	new URL("../../docs/metrics.md", import.meta.url),
	"utf8",
);

describe("measures", () => {
	it("are all in docs/metrics.md: npm run docs:metrics writes it", () => {
		equal(withMetrics(page), page);
	});

	it("are named in the page and in queries as they are", () => {
		const names = new Set(described.map(({ name }) => name));
		for (const [name] of page.matchAll(/\bpersistent_chat_\w+/g)) {
			ok(
				names.has(name.replace(/_(bucket|sum|count)$/, "")) || names.has(name),
				name,
			);
		}
	});

	it("say what they are, count in base units, and end as their kind does", () => {
		for (const { name, help, type } of described) {
			match(name, /^(persistent_chat|process|nodejs)_[a-z_]+$/);
			ok(help.length > 5, `${name} has no help`);
			equal(name.endsWith("_total"), type === "counter", name);
			ok(!/_(ms|milliseconds|kb|mb|minutes|percent)(_|$)/.test(name), name);
			if (type === "histogram") match(name, /_seconds$/);
		}
		equal(new Set(described.map(({ name }) => name)).size, described.length);
	});

	it("have labels for kinds only, never for whom or where", () => {
		const allowed = new Set([
			...["adapter", "address", "by", "code", "command", "method", "outcome"],
			...[
				"quantile",
				"registrar",
				"route",
				"server",
				"stage",
				"state",
				"type",
				"why",
			],
		]);
		deepEqual(
			described.flatMap(({ labels }) =>
				labels.filter((label) => !allowed.has(label)),
			),
			[],
		);
	});

	describe("of a node", () => {
		let site: Site;
		before(async () => {
			site = await startSite();
		});
		after(() => site.close());

		const read = async () => (await site.browser().ask("GET", "/metrics")).text;

		it("count requests, commands, transactions and what waits", async () => {
			const alice = await signIn(site.node, "alice");
			await alice.chat.join(rooms.lobby);
			await alice.chat.post(rooms.lobby, "nobody's business");
			await alice.heard(1);
			await alice.chat.close();
			const text = await read();
			for (const line of [
				/^persistent_chat_sip_requests_total\{method="INVITE",code="200"\} [1-9]/m,
				/^persistent_chat_sip_requests_total\{method="REGISTER",code="407"\} [1-9]/m,
				/^persistent_chat_sip_requests_total\{method="INFO",code="200"\} [1-9]/m,
				/^persistent_chat_sip_requests_total\{method="BYE",code="200"\} [1-9]/m,
				/^persistent_chat_sip_requests_sent_total\{method="INFO",code="200"\} [1-9]/m,
				/^persistent_chat_command_duration_seconds_count\{command="grpchat"\} 1$/m,
				/^persistent_chat_transaction_duration_seconds_count\{outcome="committed"\} [1-9]/m,
				/^persistent_chat_deliveries_total 1$/m,
				/^persistent_chat_queue_bodies 0$/m,
				/^persistent_chat_queue_bytes 0$/m,
				/^persistent_chat_database_waiting 0$/m,
				/^persistent_chat_drained 0$/m,
				/^process_cpu_seconds_total [\d.]+$/m,
			]) {
				match(text, line);
			}
		});

		it("are those that are written down, each with its help", async () => {
			const names = new Set(described.map(({ name }) => name));
			const told = [...(await read()).matchAll(/^# HELP (\S+) \S/gm)];
			deepEqual(new Set(told.map(([, name]) => name)), names);
		});

		it("stay as many as they were, whatever anybody asks for", async () => {
			const sip = await RawSip.open(site.node.server("tcp"));
			const browser = site.browser();
			const ask = async (made: string) => {
				await browser.ask("GET", `/${made}`);
				await browser.ask("GET", `/api/rooms/${made}`);
				sip.send(`INFO sip:example.com SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${made}
From: <sip:${made}@example.com>;tag=1
To: <sip:example.com>;tag=${made}
Call-ID: ${made}
CSeq: 1 INFO
Max-Forwards: 70`);
				await sip.receive(new RegExp(`Call-ID: ${made}`));
			};
			const series = async () =>
				(await read()).split("\n").filter((line) => !line.startsWith("#"))
					.length;
			try {
				await ask("first");
				await read();
				const before = await series();
				for (const made of ["second", "third", "fourth"]) await ask(made);
				equal(await series(), before);
			} finally {
				sip.close();
			}
		});
	});
});
