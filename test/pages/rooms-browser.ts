/** What people do on the Rooms page. */
import type { Page } from "playwright-core";
import type { Principal } from "../../plugin/rooms/types.ts";
import { operator } from "../support/domain.ts";
import type { Site } from "../web/site.ts";
import { demoCategory } from "./demo-category.ts";

/** Alice may make rooms, and who is made a member is told. */
export async function letMakeRooms(
	{ node }: Site,
	...people: readonly string[]
): Promise<void> {
	await node.chat.rooms.changeCategory(operator, demoCategory, {
		creators: people.map((name) => `sip:${name}@example.com` as Principal),
		invitations: true,
	});
}

/** As on the chat page; signed in there, one is signed in here too. */
export async function signInAtRooms(page: Page, name: string): Promise<void> {
	await page.getByLabel("Name", { exact: true }).fill(name);
	await page.getByLabel("Password").fill(`${name}-pw`);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("searchbox", { name: "Find a room" }).waitFor();
}

export async function choose(page: Page, room: string): Promise<void> {
	await page
		.getByRole("region", { name: "Rooms" })
		.getByRole("link", { name: new RegExp(`^${room}`) })
		.click();
	await page.getByRole("heading", { name: room, level: 2 }).waitFor();
}

/** By typing a part of the name and Enter. */
export async function addTo(
	page: Page,
	role: "managers" | "members" | "presenters",
	words: string,
): Promise<void> {
	const name = `Add to the ${role}`;
	const field = page.getByRole("combobox", { name });
	await field.fill(words);
	await page
		.getByRole("listbox", { name })
		.getByRole("option")
		.first()
		.waitFor();
	await field.press("Enter");
}

export async function save(page: Page, action = "Save"): Promise<void> {
	await page.getByRole("button", { name: action, exact: true }).click();
}

export async function isSaid(page: Page, text: string): Promise<void> {
	await page.getByText(text, { exact: true }).waitFor();
}
