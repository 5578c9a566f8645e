/** What the `xml` adapter writes is what its schemas say, as xmllint reads them. */
import { equal, match, notEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import createXmlAdapter from "../../adapters/xml/index.ts";
import { delivery } from "./delivery.ts";
import {
	alice,
	archived,
	desk,
	happenings,
	posted,
	report,
	reportBytes,
} from "./events.ts";
import { type Folder, temporaryFolder } from "./folder.ts";

const schemas = join(import.meta.dirname, "..", "..", "adapters", "xml");
const name = "archive-000000000001-20260302T090000000Z";

/** The biggest story there may be, of every kind of writing. */
const story = "Übergröße 東京 👩‍💻 שלום עולם <b>&amp;</b> ]]> \"'\t\r\n"
	.repeat(200)
	.slice(0, 9_000);

const day = archived([
	...Object.values(happenings),
	posted(story),
	posted("\u0000\u0008\uD800\uFFFF", { room: desk }),
	posted("", {
		actor: { ...alice, displayName: `"><script>'&` },
		sequence: 2_147_483_647,
	}),
]);

describe("the schemas of the xml adapter", () => {
	let folder: Folder;

	beforeEach(() => {
		folder = temporaryFolder();
	});

	afterEach(() => {
		folder.remove();
	});

	function validate(file: string, schema: string) {
		return spawnSync(
			"xmllint",
			["--nonet", "--noout", "--schema", join(schemas, schema), file],
			{ encoding: "utf8", cwd: folder.path },
		);
	}

	it("hold for a day with every event there is", async () => {
		const adapter = await createXmlAdapter(
			{
				outputDirectory: folder.path,
				addChatRoomDetails: true,
				addUserDetails: true,
			},
			{ name: "archive", log: delivery().log },
		);
		await adapter.deliver(
			day,
			delivery({ files: { [report.sha256]: reportBytes } }),
		);
		const lync = validate(`${name}.xml`, "conversations.xsd");
		equal(`${lync.status} ${lync.stderr}`, `0 ${name}.xml validates\n`);
		const all = validate(`${name}.EVENTS`, "conversations-extended.xsd");
		equal(`${all.status} ${all.stderr}`, `0 ${name}.EVENTS validates\n`);
		const wrong = validate(`${name}.EVENTS`, "conversations.xsd");
		notEqual(wrong.status, 0);
		match(wrong.stderr, /Element 'Record': This element is not expected/);
	});

	it("hold in the years that their ticks can count", async () => {
		const adapter = await createXmlAdapter(
			{ outputDirectory: folder.path, form: "lync" },
			{ name: "archive", log: delivery().log },
		);
		const at = "9999-12-31T23:59:59.999Z";
		await adapter.deliver(archived([{ ...posted("a"), at }]), delivery());
		const file = "archive-000000000001-99991231T235959999Z.xml";
		match(folder.read(file), / long="3155378975999990000"/);
		equal(validate(file, "conversations.xsd").status, 0);
	});
});
