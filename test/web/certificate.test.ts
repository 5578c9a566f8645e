/** The web door's certificate is renewed while it is open. */
import { equal, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import {
	localhostCertificate,
	localhostKey,
	renewedCertificate,
} from "../support/localhost-tls.ts";
import { until } from "../support/until.ts";
import { type Site, startSite } from "./site.ts";

describe("the web door's certificate", () => {
	let directory: string;
	let site: Site;
	let cert: string;

	before(async () => {
		directory = mkdtempSync(join(tmpdir(), "web-certificate-"));
		cert = join(directory, "cert");
		const key = join(directory, "key");
		writeFileSync(cert, localhostCertificate);
		writeFileSync(key, localhostKey);
		site = await startSite({
			settings: { tls: { cert, key } },
			patience: { headersMs: 10_000, bodyMs: 10_000, certificateMs: 10 },
		});
	});
	after(async () => {
		await site?.close();
		rmSync(directory, { recursive: true, force: true });
	});

	function shown(maxVersion: "TLSv1.1" | "TLSv1.3" = "TLSv1.3") {
		const port = Number(new URL(site.web.address).port);
		return new Promise<string>((resolve, reject) => {
			const socket = connect(
				{
					...{ port, host: "127.0.0.1", servername: "localhost", maxVersion },
					minVersion: "TLSv1.1",
					ca: [localhostCertificate, renewedCertificate],
				},
				() => {
					resolve(String(socket.getPeerCertificate().subject.CN));
					socket.destroy();
				},
			);
			socket.on("error", reject);
		});
	}

	it("is another one soon after its file was renewed, and the old one while that cannot be read", async () => {
		equal(await shown(), "localhost");
		writeFileSync(cert, renewedCertificate.slice(0, 100));
		await until(
			() => site.node.logged.some((line) => line.includes("cannot be renewed")),
			{ what: "a warning" },
		);
		equal(await shown(), "localhost");
		writeFileSync(cert, renewedCertificate);
		await until(async () => (await shown()) === "renewed", {
			what: "the renewed certificate",
		});
		equal(await shown("TLSv1.1").catch(() => "refused"), "refused");
	});

	it("is read before anything is begun: a door that it keeps shut leaves nothing open", async () => {
		writeFileSync(cert, "no certificate");
		const key = join(directory, "key");
		// What is left open fails the run, after all tests.
		const asked = startSite({
			existing: site.node,
			settings: { tls: { cert, key } },
		});
		await rejects(asked, /HTTPS cannot be served/);
		const { port } = new URL(site.web.address);
		const taken = startSite({
			existing: site.node,
			settings: { port: Number(port) },
		});
		await rejects(taken, /cannot listen/);
	});
});
