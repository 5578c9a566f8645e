/** Connections over TLS: to who can prove who he is, and to nobody else. */
import { equal, match, rejects } from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:tls";
import type { SipStack } from "../../sip-stack/index.ts";
import {
	localhostCertificate,
	localhostKey,
	renewedCertificate,
} from "../support/localhost-tls.ts";
import { until } from "../support/until.ts";
import { closeStacks, newRequest, stackOf } from "./stacks.ts";

describe("TLS", () => {
	let server: Server;
	let stack: SipStack;
	const heard: string[] = [];

	beforeEach(async () => {
		heard.length = 0;
		server = createServer(
			{ key: localhostKey, cert: localhostCertificate },
			(socket) => {
				socket.on("error", () => {});
				socket.on("data", (bytes) => {
					heard.push(`${bytes}`);
					const answer = `${bytes}`.replace(/^.*\r\n/, "SIP/2.0 200 OK\r\n");
					socket.write(answer);
				});
			},
		);
		// Who does not like the certificate goes away.
		server.on("tlsClientError", () => {});
		await once(server.listen(0, "127.0.0.1"), "listening");
		stack = stackOf();
	});
	afterEach(async () => {
		await closeStacks();
		server.close();
		await once(server, "close");
	});

	const connect = (host: string, ca?: string) =>
		stack.connect({
			transport: "tls",
			host,
			port: (server.address() as AddressInfo).port,
			...(ca !== undefined && { ca }),
		});

	for (const host of ["127.0.0.1", "localhost"]) {
		it(`a request goes to ${host} and is answered`, async () => {
			const flow = await connect(host, localhostCertificate);
			equal(flow.transport, "tls");
			equal(flow.reliable, true);
			let status = 0;
			stack.request(newRequest("OPTIONS"), flow, {
				response(response) {
					status = response.status;
				},
			});
			await until(() => status === 200, { what: "the answer" });
			match(heard.join(""), /^Via: SIP\/2\.0\/TLS 127\.0\.0\.1:\d+;branch=/m);
			flow.close();
		});
	}

	it("nobody else's word is taken for who the peer is", async () => {
		await rejects(connect("127.0.0.1", renewedCertificate), /self-signed/);
		await rejects(connect("127.0.0.1"), /self-signed/);
	});
});
