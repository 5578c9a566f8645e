/** Every route with the name of something that is another's in its address: there is nothing there, in the same words as for nothing. */
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Principal, RoomId, UserUri } from "../../plugin/index.ts";
import { operator } from "../support/domain.ts";
import { imageOf } from "../support/images.ts";
import { rooms } from "../support/people.ts";
import { type FileExchange, fileExchange } from "./file-exchange.ts";
import { type Answer, type Browser, type Site, startSite } from "./site.ts";

const guid = (uri: string) => uri.split("/").at(-1) ?? "";
const lobby = guid(rooms.lobby);
const board = guid(rooms.board);
const nothing = "00000000-0000-4000-8000-0000000000ff";

/** What makes each route go as far as asking whose it is. */
interface Asked {
	/** Sent as JSON. */
	readonly body?: unknown;
	readonly query?: string;
	readonly headers?: Readonly<Record<string, string>>;
}

const mine = { properties: { name: "Mine" } };

/** Each that has a place for a name in its address. A route that is not here fails the test: say here how it is asked. */
const named: Readonly<Record<string, Asked>> = {
	"GET /api/rooms/{room}": {},
	"PATCH /api/rooms/{room}": {
		body: { ...mine, readAt: "2026-01-01T00:00:00.000Z" },
	},
	"DELETE /api/rooms/{room}": {},
	"GET /api/rooms/{room}/removal": {},
	"GET /api/rooms/{room}/participants": {},
	"GET /api/rooms/{room}/messages": {},
	"POST /api/rooms/{room}/preview": { body: mine },
	"GET /api/rooms/{room}/eligible": {},
	"GET /api/categories/{category}/eligible": {},
	"GET /api/rooms/{room}/files": {},
	"POST /api/rooms/{room}/files": { body: { name: "x", bytes: 1 } },
	"GET /api/uploads/{upload}": {},
	"PATCH /api/uploads/{upload}": {
		body: "x",
		headers: { "upload-offset": "0" },
	},
	"DELETE /api/uploads/{upload}": {},
	"POST /api/uploads/{upload}/finish": {},
	"GET /api/rooms/{room}/files/{file}": {},
	"GET /api/rooms/{room}/files/{file}/thumbnail": {},
	"PUT /files/{room}": { body: "x" },
	"GET /files/{room}/{file}": {},
	"GET /files/{room}/{file}/thumbnail": {},
};

/** … and each that has none: what is answered there is one's own, or everybody's. */
const unnamed: Readonly<Record<string, Asked & { readonly hasNoEnd?: true }>> =
	{
		"POST /api/session": { body: { user: "carol", password: "dave-pw" } },
		"GET /api/session": {},
		"DELETE /api/session": {},
		"POST /api/sign-in-link": {},
		"POST /api/session/by-link": { body: { token: "x" } },
		"GET /api/sign-in-ways": {},
		"POST /api/sip-ticket": {},
		"GET /sip": {},
		"GET /api/rooms": { query: "words=board" },
		"POST /api/rooms": {
			body: { name: "Mine", category: nothing, privacy: "open" },
		},
		"GET /api/rooms/mine": {},
		"GET /api/rooms/followed": {},
		"GET /api/rooms/named": { query: "name=Board" },
		"GET /api/categories/creatable": {},
		"GET /api/operations": {},
		"GET /api/people": { query: "words=a" },
		// `test/web/events.test.ts` looks at what is in it.
		"GET /api/events": { hasNoEnd: true },
		// Rooms and files are named in its messages: `test/web/soap.test.ts`.
		"POST /PersistentChat/MGCWebService.asmx": {},
		"GET /health/live": {},
		"GET /health/ready": {},
		"GET /metrics": {},
	};

describe("what is another's, over HTTP", () => {
	let directory: string;
	let site: Site;
	let files: FileExchange;
	/** Is in the secret room. */
	let carol: Browser;
	/** Is not. */
	let dave: Browser;
	let secretFile: string;
	/** She makes rooms in it. */
	let category: string;

	before(async () => {
		directory = await mkdtemp(join(tmpdir(), "web-anothers-"));
		site = await startSite({ node: { service: { files: { directory } } } });
		files = fileExchange(site);
		carol = await site.signedIn("carol");
		dave = await site.signedIn("dave");
		const file = { room: board, name: "plan.png", body: await imageOf("png") };
		secretFile = await files.bring(carol, file);
		const made = await site.node.chat.rooms.createCategory(operator, {
			name: "Hers",
			allowed: ["domain:example.com" as Principal],
			creators: ["sip:carol@example.com" as Principal],
		});
		category = made.id;
	});
	after(async () => {
		await site?.close();
		await rm(directory, { recursive: true, force: true });
	});

	async function documented(): Promise<readonly string[]> {
		const { json } = await dave.ask("GET", "/api/docs");
		const { paths } = json as { paths: Record<string, object> };
		return Object.entries(paths).flatMap(([path, methods]) =>
			Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
		);
	}

	const userOf = async (browser: Browser) => {
		const name = browser === carol ? "carol" : "dave";
		const uri = `sip:${name}@example.com` as UserUri;
		const user = await site.node.store.users.find(uri);
		ok(user);
		return user;
	};

	/** What opens the doors that look at no cookie: for the room that he may read and post to. */
	async function tokenOf(browser: Browser, route: string): Promise<string> {
		const room = (browser === carol ? board : lobby) as RoomId;
		const actor = await userOf(browser);
		const { rooms: asked } = site.node.chat;
		const { token } = route.startsWith("PUT ")
			? await asked.grantUpload(actor, { room, name: "x" })
			: await asked.grantDownload(actor, { room });
		return token;
	}

	async function ask(
		browser: Browser,
		route: string,
		names: Readonly<Record<string, string>>,
	): Promise<Pick<Answer, "status" | "text">> {
		const [method = "", path = ""] = route.split(" ");
		const { body, query, headers } = named[route] ?? {};
		const address = path.replace(
			/\{(\w+)\}/g,
			(_, name: string) => names[name] ?? nothing,
		);
		return browser.ask(method, query ? `${address}?${query}` : address, {
			...(body !== undefined && { body }),
			headers: {
				...headers,
				...(path.startsWith("/files/") && {
					authorization: `Bearer ${await tokenOf(browser, route)}`,
				}),
			},
		});
	}

	it("has a case here for each route", async () => {
		const cases = [...Object.keys(named), ...Object.keys(unnamed)];
		deepEqual([...(await documented())].sort(), cases.sort());
		for (const route of Object.keys(unnamed)) ok(!route.includes("{"), route);
	});

	for (const route of Object.keys(named)) {
		it(`is as if it were not there: ${route}`, async () => {
			const { id: upload } = await files.begin(carol, {
				...{ room: board, name: "x", bytes: 1 },
			});
			const hers = { room: board, file: secretFile, upload, category };
			const refused = await ask(dave, route, hers);
			const none = await ask(dave, route, {});
			ok([403, 404].includes(refused.status), refused.text);
			deepEqual(
				[refused.status, refused.text],
				[none.status, none.text],
				"told apart from nothing",
			);
			if (route.includes("{file}")) {
				const through = await ask(dave, route, { ...hers, room: lobby });
				const missing = await ask(dave, route, { room: lobby });
				equal(through.status, 404);
				equal(through.text, missing.text);
			}
			// It is the person that makes the difference, and nothing else about the request.
			notEqual((await ask(carol, route, hers)).text, refused.text);
			await carol.ask("DELETE", `/api/uploads/${upload}`);
		});
	}

	it("is in no answer of a route that names nothing", async () => {
		for (const [route, asked] of Object.entries(unnamed)) {
			if (asked.hasNoEnd) continue;
			const browser = await site.signedIn("dave");
			const [method = "", path = ""] = route.split(" ");
			const { body, query = "" } = asked;
			const { text } = await browser.ask(method, `${path}?${query}`, {
				...(body !== undefined && { body }),
			});
			for (const secret of [board, secretFile, "Board", "plan.png"]) {
				ok(!text.includes(secret), `${route} tells of ${secret}`);
			}
		}
	});
});
