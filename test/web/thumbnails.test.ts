/** Thumbnails over HTTP: who has them, and how they are sent. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import type { FileId, RoomId, UserUri } from "../../plugin/index.ts";
import { operator } from "../support/domain.ts";
import { imageOf } from "../support/images.ts";
import { type FileExchange, fileExchange } from "./file-exchange.ts";
import { type Browser, type Site, startSite } from "./site.ts";

const lobby = "00000000-0000-4000-8000-000000000001" as RoomId;
const board = "00000000-0000-4000-8000-000000000003";

describe("a thumbnail over HTTP", () => {
	let directory: string;
	let site: Site;
	let alice: Browser;
	let bob: Browser;
	let files: FileExchange;

	before(async () => {
		directory = await mkdtemp(join(tmpdir(), "web-thumbnails-"));
		site = await startSite({ node: { service: { files: { directory } } } });
		files = fileExchange(site);
		alice = await site.signedIn("alice");
		bob = await site.signedIn("bob");
	});
	after(async () => {
		await site?.close();
		await rm(directory, { recursive: true, force: true });
	});

	const bring = (name: string, body: Buffer | string) =>
		files.bring(alice, { room: lobby, name, body });
	const pathOf = (id: string, room: string = lobby) =>
		`/api/rooms/${room}/files/${id}/thumbnail`;
	const have = (id: string, by = bob) =>
		files.exchange("GET", pathOf(id), { by });
	const reasonOf = (body: Buffer) =>
		(JSON.parse(String(body)) as { reason: string }).reason;
	const asked = async (name: string) => {
		const uri = `sip:${name}@example.com` as UserUri;
		const user = await site.node.store.users.find(uri);
		if (user === undefined) throw new Error(`no ${name}`);
		return user;
	};

	it("is a WebP by itself, whatever the image's name and kind, in which nothing runs", async () => {
		const id = await bring('<img src=x>".svg', await imageOf("jpeg"));
		const { status, headers, body } = await have(id);
		equal(status, 200);
		deepEqual(
			[headers["content-type"], headers["content-disposition"]],
			["image/webp", "inline"],
		);
		equal(headers["x-content-type-options"], "nosniff");
		equal(headers["content-security-policy"], "default-src 'none'; sandbox");
		equal(headers["cache-control"], "no-store");
		equal((await sharp(body).metadata()).width, 320);
	});

	it("is not there for what is no image, and says why", async () => {
		for (const [name, body] of [
			["photo.png", "text"],
			["image.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"],
			["broken.png", (await imageOf("png")).subarray(0, 99)],
		] as const) {
			const answer = await have(await bring(name, body));
			equal(answer.status, 404);
			match(String(answer.headers["content-type"]), /^application\/problem/);
			equal(reasonOf(answer.body), "no-thumbnail");
			doesNotMatch(String(answer.body), /photo|image\.svg|broken/);
		}
	});

	it("is nobody's while the image is on its way, in another room, or after its message is gone", async () => {
		const image = await imageOf("png", { width: 50, height: 50 });
		const { id } = await files.begin(alice, {
			...{ room: lobby, name: "x.png" },
			bytes: image.length,
		});
		equal((await files.piece(alice, id, 0, image)).status, 200);
		const early = await have(id, alice);
		deepEqual([early.status, reasonOf(early.body)], [404, "no-such-file"]);
		const { told } = await files.finish(alice, id);
		equal((await have(id)).status, 200);
		const elsewhere = await files.exchange("GET", pathOf(id, board), {
			by: bob,
		});
		equal(elsewhere.status, 404);
		equal((await files.exchange("GET", pathOf(id))).status, 401);
		await site.node.chat.rooms.deleteMessages(operator, {
			room: lobby,
			sequences: [told.message?.sequence ?? 0],
		});
		equal((await have(id)).status, 404);
	});

	it("is had by a token of a download, which is used up by it", async () => {
		const id = await bring("photo.png", await imageOf("png"));
		const { token } = await site.node.chat.rooms.grantDownload(
			await asked("bob"),
			{ room: lobby, file: id as FileId },
		);
		const get = (file: string) =>
			files.exchange("GET", `/files/${lobby}/${file}/thumbnail`, {
				headers: { authorization: `Bearer ${token}` },
			});
		equal((await get(crypto.randomUUID())).status, 403);
		const { status, headers } = await get(id);
		deepEqual([status, headers["content-type"]], [200, "image/webp"]);
		equal((await get(id)).status, 403);
	});

	it("is not on record as a download, which it is not", async () => {
		const downloads = async () =>
			(await site.node.database("outbox")).filter(
				({ type }: { type: string }) => type === "downloaded",
			).length;
		const id = await bring("photo.gif", await imageOf("gif"));
		const before = await downloads();
		equal((await have(id)).status, 200);
		equal(await downloads(), before);
	});
});
