/** What the operator runs a pool by: nodes drained, the log of acts, add-ins, what rooms are like, settings. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { withoutSecrets } from "../../configuration/index.ts";
import type { Rooms } from "../../plugin/index.ts";
import { rooms, signIn } from "../support/people.ts";
import { until } from "../support/until.ts";
import { type Operator, startOperator } from "./door.ts";

interface Entry {
	readonly actor: { readonly uri: string; readonly name: string };
	readonly door: string;
	readonly cameFrom: string;
	readonly action: string;
	readonly subject: string;
	readonly details: Readonly<Record<string, unknown>>;
	readonly outcome: string;
	readonly reason: string;
}

for (const engine of ["sqlite", "mysql"] as const) {
	describe(`The operator's command on ${engine}`, () => {
		let operator: Operator;

		beforeEach(async () => {
			operator = await startOperator({ engine });
		});
		afterEach(() => operator.close());

		const type = (...words: string[]) => operator.type(...words);

		async function audit(...words: string[]): Promise<readonly Entry[]> {
			const { entries } = (await operator.json("audit", ...words)) as {
				entries: readonly Entry[];
			};
			return entries;
		}

		it("drains a node: who is there stays, nobody new is let in until it is resumed", async () => {
			const bob = await signIn(operator.node, "bob");
			await bob.chat.join(rooms.lobby);
			match(
				await type("pool", "drain", "node-1", "--dry-run"),
				/would be drained[\s\S]*Nothing has been changed/,
			);
			await rejects(type("pool", "drain", "node-1"), /nobody can sign in/);
			await type("pool", "drain", "node-1", "--yes");
			await until(() => operator.node.chat.condition.drained(), {
				what: "the node to know it",
			});
			await rejects(signIn(operator.node, "alice"), { status: 503 });
			await (await bob.chat.post(rooms.lobby, "still here")).echo();
			const [node] = (await operator.json("pool", "state")) as [
				{ readonly drained: { readonly by: string } },
			];
			equal(node.drained.by, "Operator (tester)");
			await type("pool", "resume", "node-1");
			await until(() => !operator.node.chat.condition.drained(), {
				what: "the node to know it",
			});
			const alice = await signIn(operator.node, "alice");
			await until(async () => / +2 +2 +-$/.test(await type("pool", "state")), {
				what: "both to be counted",
			});
			await alice.chat.close();
			await bob.chat.close();
			await rejects(type("pool", "drain", "node-7"), /it is node-1/);
			deepEqual(
				(await audit()).map(({ action, subject }) => [action, subject]),
				[
					["node-resumed", "node-1"],
					["node-drained", "node-1"],
				],
			);
		});

		it("shows what was done and refused by every door, without passwords and words", async () => {
			await type("user", "add", "frank");
			await type("administrator", "add", "alice");
			await rejects(type("user", "add", "frank"), { reason: "name-taken" });
			await type("message", "delete", "--words", "secret plan", "--yes").catch(
				() => {},
			);
			await type("message", "delete", "--author", "bob", "--yes").catch(
				() => {},
			);
			const alice = await signIn(operator.node, "alice");
			await alice.chat.join(rooms.lobby);
			const receipt = await alice.chat.post(rooms.lobby, "hidden words");
			const { sequence = 0 } = await receipt.echo();
			await alice.chat.replaceMessages(rooms.lobby, [sequence], "other words");
			const bob = await signIn(operator.node, "bob");
			await rejects(bob.chat.deleteMessages(rooms.lobby, [sequence]));
			await webAdministrator(operator.node.chat.rooms);
			const entries = await audit();
			deepEqual(
				entries.map(({ actor, door, action, outcome, reason }) => [
					actor.name,
					door,
					action,
					outcome + reason,
				]),
				[
					["Alice", "web", "category-added", "done"],
					["Bob", "sip", "messages-deleted", "refusedforbidden"],
					["Alice", "sip", "messages-replaced", "done"],
					["Operator (tester)", "operator", "user-added", "refusedname-taken"],
					["Operator (tester)", "operator", "administrators-changed", "done"],
					["Operator (tester)", "operator", "user-added", "done"],
				],
			);
			match(entries[0]?.cameFrom ?? "", /^192\.0\.2\.7$/);
			match(entries[2]?.cameFrom ?? "", /^127\.0\.0\.1 .+/);
			equal(entries[2]?.details.count, 1);
			equal(entries[5]?.details.credentials, "(given)");
			const all = JSON.stringify(entries);
			equal(/other words|hidden words|typed-pw/.test(all), false, all);
			equal((await audit("--door", "sip", "--outcome", "refused")).length, 1);
			equal((await audit("--actor", "ALICE")).length, 2);
			equal((await audit("--action", "user-added", "--last", "1")).length, 1);
			await alice.chat.close();
			await bob.chat.close();
		});

		it("writes down also what is refused before the rooms hear of it", async () => {
			const added = await audit();
			for (const words of [
				["category", "remove", "General", "--yes"],
				["category", "set", "Nowhere", "--history", "off"],
				["room", "add", "R", "--category", "Nowhere"],
				["room", "set", "Lobby", "--add-member", "nobody"],
				["group", "add", "G", "--member", "nobody"],
				["user", "set", "nobody", "--name", "N", "--password-file", "-"],
				["policy", "set", "group:G", "off"],
				["add-in", "set", "Nothing", "--url", "https://x.example.com/"],
				["message", "list", "Nowhere"],
			]) {
				await rejects(type(...words), { name: "Refused" }, words.join(" "));
			}
			const entries = (await audit()).slice(0, -added.length || undefined);
			deepEqual(
				entries
					.reverse()
					.map(({ action, subject, outcome, reason }) => [
						action,
						/^[0-9a-f-]{36}$/.test(subject) ? "(id)" : subject,
						`${outcome} ${reason}`,
					]),
				[
					["category-removed", "(id)", "refused in-use"],
					["category-changed", "Nowhere", "refused no-such-category"],
					["room-added", "R", "refused no-such-category"],
					["room-changed", "Lobby", "refused no-such-principal"],
					["group-added", "G", "refused no-such-principal"],
					["user-changed", "nobody", "refused no-such-principal"],
					["policy-set", "group:G", "refused malformed"],
					["add-in-changed", "Nothing", "refused malformed"],
					["messages-listed", "Nowhere", "refused no-such-room"],
				],
			);
			equal(JSON.stringify(entries).includes("typed-pw"), false);
			for (const dry of [
				["category", "remove", "General", "--dry-run"],
				["group", "add", "G", "--member", "nobody", "--dry-run"],
			]) {
				await rejects(type(...dry), { name: "Refused" });
			}
			equal((await audit()).length, entries.length + added.length);
		});

		/** As REST calls the rooms. */
		async function webAdministrator(chatRooms: Rooms): Promise<void> {
			const alice = await operator.node.store.users.find(
				"sip:alice@example.com" as never,
			);
			if (alice === undefined) throw new Error("no alice");
			const { uri, displayName, guid } = alice;
			const actor = { uri, displayName, guid, cameFrom: "192.0.2.7" };
			await chatRooms.createCategory(actor, { name: "By the web" });
		}

		it("does not tell compliance where somebody came from", async () => {
			await type("group", "add", "Traders");
			const owed = await operator.node.database("outbox").pluck("payload");
			equal(JSON.stringify(owed).includes("cameFrom"), false);
		});

		it("keeps add-ins by name, which rooms take, and changes them in their rooms", async () => {
			const url = "https://tickets.example.com/";
			await type("add-in", "add", "Tickets", "--url", url, "--dry-run");
			await type("add-in", "add", "Tickets", "--url", url);
			await rejects(type("add-in", "add", "tickets", "--url", url), {
				reason: "name-taken",
			});
			await type("room", "set", "Lobby", "--add-in", "tickets");
			match(await type("room", "get", "Lobby"), /add-in +Tickets \(https/);
			match(await type("add-in", "list"), /Tickets +https\S+ +yes +1/);
			await rejects(type("add-in", "remove", "Tickets", "--yes"), {
				reason: "in-use",
			});
			match(
				await type("add-in", "set", "Tickets", "--url", `${url}new`, "--rooms"),
				/1 rooms were changed/,
			);
			match(await type("room", "get", "Lobby"), /example\.com\/new/);
			await type("room", "set", "Lobby", "--no-add-in");
			await type("add-in", "remove", "Tickets", "--yes");
			match(await type("add-in", "list"), /no add-in/);
			await rejects(type("room", "set", "Lobby", "--add-in", "Tickets"), {
				reason: "malformed",
			});
		});

		it("tries what would be added, and adds nothing", async () => {
			const before = await operator.node.database("outbox").count();
			match(
				await type("user", "add", "grace", "--dry-run"),
				/^grace would be added\. Nothing has been changed\.$/,
			);
			await type("group", "add", "G", "--member", "alice", "--dry-run");
			await type("category", "add", "C", "--allow", "alice", "--dry-run");
			const room = ["room", "add", "R", "--category", "General", "--dry-run"];
			await type(...room, "--member", "alice");
			for (const taken of [
				["user", "add", "alice", "--dry-run"],
				["category", "add", "general", "--dry-run"],
				[
					"room",
					"add",
					"LOBBY",
					"--category",
					"General",
					"--privacy",
					"open",
					"--dry-run",
				],
			]) {
				await rejects(type(...taken), { reason: "name-taken" });
			}
			await rejects(
				type("group", "add", "G", "--member", "nobody", "--dry-run"),
				{
					reason: "no-such-principal",
				},
			);
			deepEqual(await operator.node.database("outbox").count(), before);
			deepEqual(await audit(), []);
			await rejects(type("user", "get", "grace"));
			await rejects(type("room", "get", "R"));
		});

		it("finds rooms by the shape of their name, their description and how much was posted", async () => {
			await type("room", "add", "Desk 1%", "--category", "General");
			await type(
				"room",
				"add",
				"Desk 22",
				"--category",
				"General",
				"--description",
				"Night shift",
			);
			const found = async (...words: string[]) =>
				(
					(await operator.json("room", "list", ...words)) as { name: string }[]
				).map(({ name }) => name);
			deepEqual(await found("--name", "desk ??"), ["Desk 1%", "Desk 22"]);
			deepEqual(await found("--name", "desk ?%"), ["Desk 1%"]);
			deepEqual(await found("--name", "desk"), []);
			deepEqual(await found("--description", "NIGHT"), ["Desk 22"]);
			const alice = await signIn(operator.node, "alice");
			await alice.chat.join(rooms.lobby);
			await (await alice.chat.post(rooms.lobby, "one")).echo();
			await alice.chat.close();
			equal((await found("--min-messages", "1")).includes("Lobby"), true);
			equal((await found("--max-messages", "1")).includes("Desk 22"), true);
			equal((await found("--min-messages", "100000")).length, 0);
			const before = await type(
				"room",
				"clear",
				"Lobby",
				"--before",
				"now",
				"--dry-run",
			);
			match(before, /meant\. Nothing has been changed/);
		});

		it("shows the settings in force, all or some", async () => {
			deepEqual(await operator.json("configuration", "get", "service"), {
				node: "node-1",
			});
			equal(await type("configuration", "get"), "service.node  node-1");
			await rejects(type("configuration", "get", "service.none"), /no setting/);
			deepEqual(
				withoutSecrets({
					drachtio: { secret: "cymru", port: 9022 },
					database: { url: "mysql://chat:pw@db.example.com:3306/chat" },
					adapters: [{ url: "https://x.example.com/", token: "t" }],
					registrations: [{ registrar: "sip:r", password: "pw" }],
					tls: { passphrase: "p", key: "./key.pem" },
					tracing: { headers: { "x-key": "k" }, share: 1 },
				}),
				{
					drachtio: { secret: "(set)", port: 9022 },
					database: { url: "mysql://chat:(set)@db.example.com:3306/chat" },
					adapters: [{ url: "https://x.example.com/", token: "(set)" }],
					registrations: [{ registrar: "sip:r", password: "(set)" }],
					tls: { passphrase: "(set)", key: "./key.pem" },
					tracing: { headers: "(set)", share: 1 },
				},
			);
		});
	});
}
