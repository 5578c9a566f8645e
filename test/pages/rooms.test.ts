/** Rooms are made, changed and removed on the Rooms page, and those concerned feel it at once. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { Principal, RoomId } from "../../plugin/rooms/types.ts";
import { operator } from "../support/domain.ts";
import { rooms } from "../support/people.ts";
import { type Site, startSite } from "../web/site.ts";
import {
	buildPages,
	type Opened,
	openPage,
	signIn,
	startBrowser,
} from "./chat-browser.ts";
import {
	addTo,
	choose,
	isSaid,
	letMakeRooms,
	save,
	signInAtRooms,
} from "./rooms-browser.ts";

const operations = rooms.operations.split("/").at(-1) as RoomId;

describe("The Rooms page", () => {
	let site: Site;
	let browser: Browser;
	let alice: Opened;
	let bob: Opened;

	before(async () => {
		buildPages();
		site = await startSite();
		await letMakeRooms(site, "alice");
		browser = await startBrowser();
		alice = await openPage(browser, site.web.address);
		bob = await openPage(browser, site.web.address);
		await signIn(alice.page, "alice");
		await signIn(bob.page, "bob");
	});
	after(async () => {
		await browser?.close();
		await site?.close();
	});

	it("is reached from the chat page, by whoever is signed in there", async () => {
		const { page } = alice;
		await page.getByRole("link", { name: "New room" }).waitFor();
		await page.getByRole("link", { name: "Rooms", exact: true }).click();
		await page.getByText("You manage no room yet.").waitFor();
		match(page.url(), /\/rooms$/);
		await page.getByRole("link", { name: "New room" }).click();
		await page.getByRole("heading", { name: "New room" }).waitFor();
	});

	it("says while one types that a name is taken", async () => {
		const { page } = alice;
		const name = page.getByLabel("Name", { exact: true });
		await name.fill("lobby");
		await page.getByText("Another room has this name.").waitFor();
		await page.getByRole("radio", { name: /^Secret/ }).click();
		await page
			.getByText("Another room has this name.")
			.waitFor({ state: "detached" });
		await page.getByRole("radio", { name: /^Closed/ }).click();
		await page.getByText("Another room has this name.").waitFor();
		await save(page, "Make the room");
		await page
			.getByText(/^There is a room/)
			.or(page.getByText(/taken/))
			.first()
			.waitFor();
	});

	it("makes a room with whom one finds by typing, and he learns of it at once", async () => {
		const { page } = alice;
		await page.getByLabel("Name", { exact: true }).fill("Night shift");
		await page.getByLabel("Description").fill("What happens after ten");
		await addTo(page, "members", "bo");
		await page.getByRole("heading", { name: "Members (2)" }).waitFor();
		await save(page, "Make the room");
		await isSaid(page, "The room is made.");
		await page
			.getByRole("heading", { name: "Night shift", level: 2 })
			.waitFor();
		match(page.url(), /\/rooms\?room=[\w-]+$/);
		await page
			.getByRole("region", { name: "Rooms" })
			.getByRole("link", { name: /^Night shift/ })
			.waitFor();
		await bob.page
			.locator(".invitation", { hasText: "Night shift" })
			.getByRole("button", { name: "Join" })
			.click();
		await bob.page.getByRole("heading", { name: "Night shift" }).waitFor();
		await bob.page.getByLabel("Message", { exact: true }).waitFor();
	});

	it("leads into the room and back, for who manages it", async () => {
		const { page } = alice;
		await page.getByRole("link", { name: "Open in chat" }).click();
		await page.getByLabel("Message", { exact: true }).waitFor();
		const change = { name: "Change this room" };
		equal(await bob.page.getByRole("link", change).count(), 0);
		equal(await bob.page.getByRole("link", { name: "New room" }).count(), 0);
		await page.getByRole("link", change).click();
		await page.getByRole("button", { name: "Disable the room …" }).waitFor();
	});

	it("says who would lose access before it is saved, and takes no for an answer", async () => {
		const { page } = alice;
		await page
			.getByRole("button", { name: "Remove Bob from the members" })
			.click();
		await save(page);
		const question = page.getByRole("dialog", { name: "Save these changes?" });
		await question.getByText("1 person would lose access or a role:").waitFor();
		const loss = await question.getByRole("listitem").textContent();
		match(loss ?? "", /^Bob.*no longer member.*in the room now/);
		await question.getByRole("button", { name: "Go back" }).click();
		await isSaid(page, "Nothing is saved yet.");
		ok(await bob.page.getByLabel("Message", { exact: true }).isVisible());
	});

	it("puts out at once who is removed", async () => {
		const { page } = alice;
		await save(page);
		await page
			.getByRole("dialog")
			.getByRole("button", { name: "Save anyway" })
			.click();
		await isSaid(page, "Saved.");
		await page.getByRole("heading", { name: "Members (1)" }).waitFor();
		await bob.page
			.getByLabel("Message", { exact: true })
			.waitFor({ state: "hidden" });
	});

	it("disables a room after a look, and enables it again", async () => {
		const { page } = alice;
		await page.getByRole("button", { name: "Disable the room …" }).click();
		const question = page.getByRole("dialog", { name: "Disable this room?" });
		await question
			.getByText("You yourself: no longer", { exact: false })
			.waitFor();
		await question
			.getByRole("button", { name: "Disable", exact: true })
			.click();
		await isSaid(page, "The room is disabled.");
		await page.getByRole("button", { name: "Enable the room" }).click();
		await isSaid(page, "The room is enabled.");
	});

	it("puts together what two managers change, and lets who is second choose where both changed the same", async () => {
		const { page } = alice;
		const second = await secondManager();
		await page.getByLabel("Description").fill("From Alice");
		await addTo(page, "members", "carol");
		await save(page);
		await isSaid(page, "Saved.");
		await second.page.getByLabel("Description").fill("From Dave");
		await addTo(second.page, "members", "bob");
		await save(second.page);
		const collision = second.page.getByRole("region", {
			name: "Somebody else has changed this room",
		});
		await collision.getByText("Members added: Carol").waitFor();
		await collision.getByText("alice@example.com").waitFor();
		equal(
			await second.page.getByLabel("Description").inputValue(),
			"From Dave",
		);
		await collision.getByRole("radio", { name: "Theirs: From Alice" }).click();
		equal(
			await second.page.getByLabel("Description").inputValue(),
			"From Alice",
		);
		await collision.getByRole("radio", { name: "Yours: From Dave" }).click();
		await save(second.page);
		await isSaid(second.page, "Saved.");
		await page.reload();
		await page.getByRole("heading", { name: "Members (4)" }).waitFor();
		equal(await page.getByLabel("Description").inputValue(), "From Dave");
		await second.page.context().close();
	});

	it("shows a long list page by page, and finds in it", async () => {
		const { page } = bob;
		const domains = Array.from(
			{ length: 120 },
			(_, index) => `domain:d${index}.example.org` as Principal,
		);
		await site.node.chat.rooms.changeRoom(operator, operations, {
			roles: { member: { add: domains } },
		});
		await page.goto(`${site.web.address}/rooms?room=${operations}`);
		const members = page.getByRole("region", { name: /^Members/ });
		await page.getByRole("heading", { name: "Members (122)" }).waitFor();
		const rows = members.getByRole("listitem");
		equal(await rows.count(), 50);
		await members.getByRole("button", { name: "Show 50 more" }).click();
		equal(await rows.count(), 100);
		await members.getByRole("searchbox").fill("d119");
		await members
			.getByRole("button", { name: "Remove Everybody at d119.example.org" })
			.click();
		await page.getByRole("heading", { name: "Members (121)" }).waitFor();
		await members.getByRole("searchbox").fill("");
		await page.getByRole("button", { name: "Discard changes" }).click();
		await page.getByRole("heading", { name: "Members (122)" }).waitFor();
		await page.goto(site.web.address);
		await page.getByRole("button", { name: "Find rooms" }).waitFor();
	});

	it("asks before what was typed is left", async () => {
		const { page } = alice;
		await page.getByLabel("Description").fill("Half a th");
		await page.getByRole("link", { name: "New room" }).click();
		const question = page.getByRole("dialog", {
			name: "Leave without saving?",
		});
		await question.getByRole("button", { name: "Stay" }).click();
		equal(await page.getByLabel("Description").inputValue(), "Half a th");
		await page.getByRole("button", { name: "Discard changes" }).click();
		await page.getByRole("link", { name: "New room" }).click();
		await page.getByRole("heading", { name: "New room" }).waitFor();
		await page.goBack();
		await page
			.getByRole("heading", { name: "Night shift", level: 2 })
			.waitFor();
	});

	it("goes on where one was when one has signed in again in another tab", async () => {
		const { page } = alice;
		const other = await page.context().newPage();
		await other.goto(`${site.web.address}/rooms`);
		await other.getByRole("button", { name: "Sign out" }).click();
		await other.getByLabel("Password").waitFor();
		await page.getByLabel("Description").fill("Kept");
		await save(page);
		await page.getByText(/^You are signed out here/).waitFor();
		await signInAtRooms(other, "alice");
		await other.close();
		await save(page);
		await isSaid(page, "Saved.");
		equal(await page.getByLabel("Description").inputValue(), "Kept");
	});

	it("removes a room for ever when an administrator has typed its name", async () => {
		await site.node.chat.rooms.setAdministrators(operator, [
			"sip:carol@example.com" as Principal,
		]);
		const { page } = await openPage(browser, `${site.web.address}/rooms`);
		await signInAtRooms(page, "carol");
		await page.getByRole("radio", { name: "All" }).click();
		await choose(page, "Night shift");
		await page.getByRole("button", { name: "Remove the room …" }).click();
		const question = page.getByRole("dialog");
		const remove = question.getByRole("button", { name: "Remove for ever" });
		equal(await remove.isDisabled(), true);
		await question.getByLabel("To go on, type Night shift").fill("Night shift");
		await remove.click();
		await isSaid(page, "Night shift is removed.");
		equal((await alice.page.request.get(alice.page.url())).status(), 200);
		await alice.page.reload();
		await alice.page.getByText("There is no such room.").waitFor();
		await page.context().close();
	});

	it("shows a room to who does not manage it, and lets him change nothing", async () => {
		const { page } = bob;
		await page.goto(`${site.web.address}/rooms`);
		await page.getByRole("radio", { name: "All" }).click();
		await choose(page, "Lobby");
		await page.getByText("Only its managers change it.").waitFor();
		equal(await page.getByRole("button", { name: "Save" }).count(), 0);
	});

	it("asked nobody else, and kept to its policy", () => {
		for (const { asked, complaints } of [alice, bob]) {
			const hosts = new Set(asked.map((url) => new URL(url).hostname));
			deepEqual([...hosts], ["127.0.0.1"]);
			deepEqual(
				complaints.filter((said) => !/status of 4/.test(said)),
				[],
			);
		}
	});

	/** Dave, who has the room open as Alice has. */
	async function secondManager(): Promise<Opened> {
		await addTo(alice.page, "managers", "dave");
		await addTo(alice.page, "members", "dave");
		await save(alice.page);
		await isSaid(alice.page, "Saved.");
		const dave = await openPage(browser, alice.page.url());
		await signInAtRooms(dave.page, "dave");
		await dave.page
			.getByRole("heading", { name: "Night shift", level: 2 })
			.waitFor();
		return dave;
	}
});
