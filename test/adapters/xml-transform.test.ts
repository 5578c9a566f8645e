/** Stylesheets over the `xml` adapter's output: what they make, and what they may not do. */
import { deepEqual, doesNotMatch, equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import createXmlAdapter from "../../adapters/xml/index.ts";
import { transform } from "../../adapters/xml/transform.ts";
import { delivery } from "./delivery.ts";
import { archived, posted } from "./events.ts";
import { type Folder, temporaryFolder } from "./folder.ts";

const name = "archive-000000000001-20260302T090000000Z.xml";

describe("a stylesheet over Lync's XML", () => {
	let folder: Folder;
	let output: Folder;

	beforeEach(() => {
		folder = temporaryFolder();
		output = temporaryFolder();
	});

	afterEach(() => {
		folder.remove();
		output.remove();
	});

	/** With the templates in it; its path. */
	function stylesheet(templates: string): string {
		const path = join(folder.path, "form.xsl");
		writeFileSync(
			path,
			`<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
				xmlns:exsl="http://exslt.org/common" extension-element-prefixes="exsl">
				<xsl:output method="xml" encoding="UTF-8"/>${templates}</xsl:stylesheet>`,
		);
		return path;
	}

	async function deliver(path: string, options: object = {}) {
		const adapter = await createXmlAdapter(
			{
				outputDirectory: output.path,
				customConfiguration: path,
				form: "lync",
				...options,
			},
			{ name: "archive", log: delivery().log },
		);
		await adapter.deliver(archived([posted("Grüße, 東京 <b>")]), delivery());
	}

	it("makes the file", async () => {
		await deliver(
			stylesheet(`<xsl:template match="/">
				<said><xsl:value-of select="//Messages/Message/@content"/></said>
			</xsl:template>`),
		);
		deepEqual(output.names(), [name]);
		equal(
			output.read(name),
			'<?xml version="1.0" encoding="UTF-8"?>\n<said>Grüße, 東京 &lt;b&gt;</said>\n',
		);
	});

	it("is read at the start, and what is wrong with it is said then", async () => {
		await rejects(deliver(join(folder.path, "none.xsl")), {
			message: `The stylesheet ${folder.path}/none.xsl cannot be applied: it cannot read the stylesheet. Try it by hand with xsltproc --nonet --nowrite.`,
		});
		await rejects(
			deliver(stylesheet('<xsl:template match="]["/>')),
			/the stylesheet has a fault/,
		);
		deepEqual(output.names(), []);
	});

	it("writes no files of its own", async () => {
		const elsewhere = join(folder.path, "elsewhere.xml");
		await rejects(
			deliver(
				stylesheet(`<xsl:template match="Message">
					<exsl:document href="${elsewhere}">x</exsl:document>
				</xsl:template>`),
			),
			/a stylesheet may not write files of its own/,
		);
		deepEqual(folder.names(), ["form.xsl"]);
		deepEqual(output.names(), []);
	});

	it("opens no connections", async () => {
		let requests = 0;
		const server = createServer((_, response) => {
			requests += 1;
			response.end("<x/>");
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		try {
			await deliver(
				stylesheet(`<xsl:template match="/">
					<x><xsl:copy-of select="document('http://127.0.0.1:${port}/')"/></x>
				</xsl:template>`),
			);
		} finally {
			server.close();
		}
		equal(requests, 0);
		equal(output.read(name), '<?xml version="1.0" encoding="UTF-8"?>\n<x/>\n');
	});

	it("is not told what a DTD says, of itself or of what it reads", async () => {
		writeFileSync(
			join(folder.path, "other.dtd"),
			'<!ATTLIST x said CDATA "by the DTD">',
		);
		writeFileSync(
			join(folder.path, "other.xml"),
			'<!DOCTYPE x SYSTEM "other.dtd"><x/>',
		);
		await deliver(
			stylesheet(`<xsl:template match="/">
				<y><xsl:copy-of select="document('other.xml')/x"/></y>
			</xsl:template>`),
		);
		equal(
			output.read(name),
			'<?xml version="1.0" encoding="UTF-8"?>\n<y><x/></y>\n',
		);
	});

	it("is ended when its result is too large", async () => {
		const path = stylesheet(
			`<xsl:template match="/"><x>${"x".repeat(10_000)}</x></xsl:template>`,
		);
		const made = (resultBytes: number) =>
			transform("<a/>", { stylesheet: path, timeoutMs: 60_000, resultBytes });
		equal((await made(20_000)).length > 10_000, true);
		await rejects(made(10_000), /its result is above 10000 bytes/);
	});

	it("can end it, and then nothing is written and nobody's words are told", async () => {
		const path = stylesheet(`<xsl:template match="Message">
			<xsl:message terminate="yes"><xsl:value-of select="@content"/></xsl:message>
		</xsl:template>`);
		await rejects(deliver(path), ({ message }: Error) => {
			doesNotMatch(message, /Grüße/);
			return message.includes("the stylesheet ended it with a message");
		});
		deepEqual(output.names(), []);
	});

	/** Would go on for years. */
	const endless = `<xsl:template match="/">${"<xsl:for-each select=\"document('')//node()\">".repeat(12)}${"</xsl:for-each>".repeat(12)}</xsl:template>`;

	it("is ended when it takes too long", async () => {
		await rejects(
			deliver(stylesheet(endless), { transformTimeoutMs: 1 }),
			/it took longer than 1 ms/,
		);
	});

	it("is ended when the delivery is", async () => {
		const abort = new AbortController();
		const transforming = transform(
			"<a/>",
			{ stylesheet: stylesheet(endless), timeoutMs: 3_600_000 },
			abort.signal,
		);
		abort.abort();
		await rejects(transforming, /Aborted\./);
	});

	it("needs xsltproc, which is said at the start", async () => {
		const { PATH } = process.env;
		process.env.PATH = folder.path;
		try {
			await rejects(
				deliver(stylesheet("")),
				/customConfiguration needs the program xsltproc, which is not there\. Install it \(Debian: apt-get install xsltproc\), or leave customConfiguration out\./,
			);
		} finally {
			process.env.PATH = PATH;
		}
	});
});
