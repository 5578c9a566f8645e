/** Where an operator's registrar is in front, what phones are sent goes by his proxy; nodes with one database share the work. */
import { deepEqual, equal, match } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type ChatNode, startChatNode } from "../../support/chat-node.ts";
import { freshSqlite } from "../../support/databases.ts";
import { bodyOf, RawSip } from "../../support/raw-sip.ts";
import { until } from "../../support/until.ts";

const lobby = "00000000-0000-4000-8000-000000000001";

/** Answers every MESSAGE that comes to it 200. */
async function startProxy() {
	const taken: string[] = [];
	const sockets: Socket[] = [];
	const server = createServer((socket) => {
		sockets.push(socket);
		let rest = "";
		socket.on("error", () => {});
		socket.on("data", (bytes) => {
			rest += String(bytes);
			for (;;) {
				const end = rest.indexOf("\r\n\r\n");
				const length = Number(/^Content-Length: ?(\d+)/im.exec(rest)?.[1]);
				if (end < 0 || rest.length < end + 4 + length) return;
				const message = rest.slice(0, end + 4 + length);
				rest = rest.slice(message.length);
				taken.push(message);
				const copied = message
					.slice(0, end)
					.split("\r\n")
					.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
				const head = ["SIP/2.0 200 OK", ...copied, "Content-Length: 0"];
				socket.write(`${head.join("\r\n")}\r\n\r\n`);
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		taken,
		uri: `sip:127.0.0.1:${port};transport=tcp`,
		close() {
			for (const socket of sockets) socket.destroy();
			server.close();
		},
	};
}

describe("phones behind an operator's proxy", () => {
	it("are sent each message once, by one of two nodes, to their address", async () => {
		const proxy = await startProxy();
		const existing = await freshSqlite();
		const nodes: ChatNode[] = [];
		const phones: RawSip[] = [];
		try {
			for (const node of ["node-1", "node-2"]) {
				nodes.push(
					await startChatNode({
						existing,
						service: {
							node,
							authentication: "open",
							registrar: false,
							phones: { proxy: proxy.uri },
						},
					}),
				);
			}
			const write = async (node: ChatNode, name: string, text: string) => {
				const sip = await RawSip.open(node.server("tcp"));
				phones.push(sip);
				sip.send(
					`MESSAGE sip:room.${lobby}@example.com SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:${sip.localPort};branch=z9hG4bK${randomUUID()}
From: <sip:${name}@example.com>;tag=1
To: <sip:room.${lobby}@example.com>
Call-ID: ${randomUUID()}
CSeq: 1 MESSAGE
Max-Forwards: 70
Content-Type: text/plain`,
					text,
				);
				match(await sip.receive(/^SIP\/2.0 [2-6]/), /^SIP\/2\.0 200/);
			};
			const [one, two] = nodes;
			if (one === undefined || two === undefined) throw new Error("no nodes");
			await write(one, "alice", "/join");
			await until(() => proxy.taken.length === 1, { what: "her welcome" });
			match(proxy.taken[0] ?? "", /^MESSAGE sip:alice@example\.com SIP\/2\.0/);
			for (const text of ["one", "two", "three"]) await write(two, "bob", text);
			await write(one, "bob", "four");
			await until(() => proxy.taken.length >= 5, { what: "all four" });
			const texts = proxy.taken.slice(1).map(bodyOf);
			deepEqual(texts, ["Bob: one", "Bob: two", "Bob: three", "Bob: four"]);
			const store = one.store.phones;
			const due = () => store.due(new Date(), { limit: 10 });
			await until(async () => (await due()).length === 0, { what: "its end" });
			equal(proxy.taken.length, 5);
		} finally {
			for (const sip of phones) sip.close();
			for (const node of nodes) await node.close();
			await existing.drop();
			proxy.close();
		}
	});
});
