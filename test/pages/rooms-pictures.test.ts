/** The pictures of the Rooms page in `docs/`: made anew with `SCREENSHOTS=1`; else only that every view can be shown. */
import type { Browser, Page } from "playwright-core";
import type { Principal, RoomId } from "../../plugin/rooms/types.ts";
import { operator } from "../support/domain.ts";
import { rooms } from "../support/people.ts";
import { type Site, startSite } from "../web/site.ts";
import {
	buildPages,
	clientOf,
	openPage,
	startBrowser,
} from "./chat-browser.ts";
import { picture } from "./picture.ts";
import {
	addTo,
	choose,
	letMakeRooms,
	save,
	signInAtRooms,
} from "./rooms-browser.ts";

const operations = rooms.operations.split("/").at(-1) as RoomId;
const size = { width: 1100, height: 800 };

describe("Pictures of the Rooms page", () => {
	let site: Site;
	let browser: Browser;

	before(async () => {
		buildPages();
		site = await startSite();
		await letMakeRooms(site, "bob");
		const bob = await clientOf(site, "bob");
		for (const name of ["carol", "dave"]) {
			await bob.administration.changeRoles(rooms.operations, {
				add: { members: [`sip:${name}@example.com` as Principal] },
			});
		}
		await bob.close();
		browser = await startBrowser();
	});
	after(async () => {
		await browser?.close();
		await site?.close();
	});

	for (const dark of [false, true]) {
		it(`show a room and its form, ${dark ? "dark" : "light"}`, async () => {
			const page = await opened({ ...size, dark });
			await choose(page, "Operations");
			await picture(page, dark ? "rooms-form-dark" : "rooms-form");
			await page.context().close();
		});
	}

	it("show how people are found, and who would lose access", async () => {
		const page = await opened(size);
		await choose(page, "Operations");
		const field = page.getByRole("combobox", { name: "Add to the members" });
		await field.fill("a");
		await page.getByRole("option", { name: /^Carol/ }).waitFor();
		await page.mouse.move(0, 0);
		await picture(page, "rooms-people");
		await field.press("Escape");
		for (const name of ["Carol", "Dave"]) {
			await page
				.getByRole("button", { name: `Remove ${name} from the members` })
				.click();
		}
		await save(page);
		await page.getByRole("dialog").waitFor();
		await picture(page, "rooms-losses");
		await page.context().close();
	});

	it("show what somebody else has changed", async () => {
		const page = await opened(size);
		await choose(page, "Operations");
		await site.node.chat.rooms.changeRoom(operator, operations, {
			properties: {
				description: "Notes of the night shift",
				type: "auditorium",
			},
		});
		await page.getByLabel("Description").fill("Notes of all shifts");
		await save(page);
		await page.getByRole("region", { name: /^Somebody else/ }).waitFor();
		await picture(page, "rooms-collision");
		await page.context().close();
	});

	it("show it on a telephone", async () => {
		const page = await opened({ width: 390, height: 700 });
		await page.getByRole("link", { name: "New room" }).click();
		await page.getByLabel("Name", { exact: true }).fill("Night shift");
		await addTo(page, "members", "alice");
		await page.getByLabel("Name", { exact: true }).focus();
		await picture(page, "rooms-narrow");
		await page.context().close();
	});

	async function opened(screen: Parameters<typeof openPage>[2]): Promise<Page> {
		const address = `${site.web.address}/rooms`;
		const { page } = await openPage(browser, address, screen);
		await signInAtRooms(page, "bob");
		return page;
	}
});
