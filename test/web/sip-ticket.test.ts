/** A browser that is signed in signs in at SIP with a ticket, and no longer than its session lasts. */
import { equal, match, rejects } from "node:assert/strict";
import { createSipTickets } from "../../plugin/sip-tickets.ts";
import { rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";
import { type Browser, type Site, startSite } from "./site.ts";

interface Ticket {
	readonly user: string;
	readonly username: string;
	readonly password: string;
	readonly realm: string;
	readonly webSocketUrl: string;
}

describe("a ticket for SIP", () => {
	let site: Site;
	before(async () => {
		site = await startSite();
	});
	after(() => site.close());

	async function ticketOf(browser: Browser): Promise<Ticket> {
		const { status, json, text } = await browser.ask("POST", "/api/sip-ticket");
		equal(status, 200, text);
		return json as Ticket;
	}

	/** Past the door's relay, which wants the session's cookie too. */
	const enter = (name: string, { username, password }: Ticket) =>
		signIn(site.node, name, "ws", {
			authName: username,
			password,
		});

	it("opens a dialog over WebSocket in which one chats as oneself", async () => {
		const ticket = await ticketOf(await site.signedIn("alice"));
		equal(ticket.user, "sip:alice@example.com");
		equal(ticket.realm, "example.com");
		const alice = await enter("alice", ticket);
		await alice.chat.join(rooms.lobby);
		await alice.chat.post(rooms.lobby, "from a page");
		const [message] = await alice.heard(1);
		equal(message?.text, "from a page");
		await alice.chat.close();
	});

	it("is nobody else's", async () => {
		const ticket = await ticketOf(await site.signedIn("alice"));
		await rejects(enter("bob", ticket));
	});

	it("is good for nothing when its session has ended", async () => {
		const browser = await site.signedIn("alice");
		const ticket = await ticketOf(browser);
		await browser.ask("DELETE", "/api/session");
		await rejects(enter("alice", ticket));
	});

	it("cannot be made longer or for another session", async () => {
		const ticket = await ticketOf(await site.signedIn("alice"));
		const [web, id, expiry = ""] = ticket.username.split(".");
		const later = (Number.parseInt(expiry, 36) + 60_000).toString(36);
		const username = `${web}.${id}.${later}`;
		await rejects(enter("alice", { ...ticket, username }));
	});

	it("is given to nobody who is not signed in, and not to another site's page", async () => {
		const nobody = await site.browser().ask("POST", "/api/sip-ticket");
		equal(nobody.status, 401);
		const browser = await site.signedIn("alice");
		const foreign = await browser.ask("POST", "/api/sip-ticket", {
			headers: { origin: "https://evil.example" },
		});
		equal(foreign.status, 403);
	});

	it("is good for five minutes", async () => {
		const { store, chat } = site.node;
		const { accounts } = chat;
		let clock = Date.now();
		const tickets = createSipTickets({
			realm: "example.com",
			store,
			secret: accounts.secret,
			now: () => new Date(clock),
		});
		const browser = await site.signedIn("alice");
		const { username } = await ticketOf(browser);
		clock += 299_000;
		equal((await tickets.find(username))?.user, "sip:alice@example.com");
		clock += 2_000;
		equal(await tickets.find(username), undefined);
	});

	it("says where to connect, which is where the pages' policy lets them", async () => {
		const browser = await site.signedIn("alice");
		const { webSocketUrl } = await ticketOf(browser);
		const { headers } = await browser.ask("GET", "/health/live");
		match(
			String(headers["content-security-policy"]),
			new RegExp(`connect-src 'self' ${webSocketUrl};`),
		);
	});

	it("has its dialogs ended at sign-out, and those of other sessions left alone", async () => {
		const { condition } = site.node.chat;
		const dialogs = (count: number) =>
			until(() => condition.dialogs() === count, { what: `${count} dialogs` });
		await dialogs(0);
		const page = await site.signedIn("alice");
		const other = await site.signedIn("alice");
		const first = await enter("alice", await ticketOf(page));
		const left = await enter("alice", await ticketOf(other));
		const byPassword = await signIn(site.node, "alice");
		await dialogs(3);
		await page.ask("DELETE", "/api/session");
		await dialogs(2);
		await left.chat.join(rooms.lobby);
		await other.ask("DELETE", "/api/session?everywhere=true");
		await dialogs(1);
		await byPassword.chat.join(rooms.lobby);
		for (const { chat } of [first, left, byPassword]) await chat.close();
		await dialogs(0);
	});
});
