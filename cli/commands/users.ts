/** `persistent-chat user …`: who there is. */
import type { UserDetailsView, UserView } from "../operations/views.ts";
import { makeAddition, rehearsal } from "./additions.ts";
import { type Command, type CommandContext, Misuse } from "./command.ts";
import type { Given } from "./given.ts";
import { dryRun, makeChange } from "./losses.ts";
import { properties, table, userText } from "./table.ts";

const details = {
	name: { value: "TEXT", text: "what others see; default: the name itself" },
	email: { value: "ADDRESS", text: "" },
	"password-file": {
		value: "FILE",
		text: "the first line is the password; - for standard input",
	},
} as const;

export const userCommands: readonly Command[] = [
	{
		words: ["user", "add"],
		summary: "Take somebody into the directory",
		takes: "NAME",
		flags: {
			...details,
			"no-password": {
				text: "he cannot sign in by password (his network vouches for him)",
			},
			disable: { text: "the account is off for now" },
			...rehearsal,
		},
		examples: [
			"user add erin --name 'Erin Walsh'",
			"user add frank@sales.example.com --password-file frank.txt",
		],
		async run(given, context) {
			const user = given.argument(0, "NAME");
			// For a dry run none is asked for.
			const password =
				given.has("no-password") || given.has("dry-run")
					? undefined
					: await context.newPassword(given.text("password-file"));
			await makeAddition(
				"user/add",
				{
					...shared(user, given),
					...(given.has("disable") && { active: false }),
					password,
				},
				{ given, context },
				user,
				(added) => `Added ${userText(added.uri)}.`,
			);
		},
	},
	{
		words: ["user", "set"],
		summary: "Change somebody: what is not named stays",
		takes: "NAME",
		flags: {
			...details,
			password: { text: "a new password, typed twice" },
			enable: { text: "the account is on" },
			disable: { text: "the account is off: he is signed out at once" },
			...dryRun,
		},
		examples: ["user set erin --password", "user set erin --disable --dry-run"],
		async run(given, context) {
			const user = given.argument(0, "NAME");
			const file = given.text("password-file");
			const active = given.either("enable", "disable");
			const renews = given.has("password") || file !== undefined;
			const change = { ...shared(user, given), active };
			const named = Object.values(change).filter((each) => each !== undefined);
			if (named.length === 1 && !renews) {
				throw new Misuse("Say what is to be changed.");
			}
			// A password takes nothing from anybody: for a dry run none is asked for.
			const password =
				renews && !given.has("dry-run")
					? await context.newPassword(file)
					: undefined;
			await makeChange(
				"user/set",
				{ ...change, password },
				{ given, context },
				detailsText,
			);
		},
	},
	{
		words: ["user", "remove"],
		summary: "Take somebody out of the directory, with every right of his",
		takes: "NAME",
		flags: { yes: { text: "do not ask" }, ...dryRun },
		examples: ["user remove erin"],
		async run(given, context) {
			const user = given.argument(0, "NAME");
			const { uri } = await context.ask("user/get", { user });
			const question = `Remove ${userText(uri)} and every right given to that user? What was written stays.`;
			if (!given.has("dry-run")) await context.confirm(question);
			await makeChange(
				"user/remove",
				{ user: uri },
				{ given, context },
				(removed) => `Removed ${userText(removed.uri)}.`,
			);
		},
	},
	{
		words: ["user", "get"],
		summary: "Show somebody, with his groups",
		takes: "NAME",
		examples: ["user get alice"],
		async run(given, context) {
			const user = given.argument(0, "NAME");
			const got = await context.ask("user/get", { user });
			context.show(got, () => detailsText(got));
		},
	},
	{
		words: ["user", "list"],
		summary: "List users, all or those with the words",
		takes: "[WORDS…]",
		examples: ["user list", "user list smith --json"],
		async run(given, context) {
			const users = await listed(given.rest.join(" "), context);
			context.show(users, () =>
				table(
					["USER", "NAME", "E-MAIL", "STATE"],
					users.map((user) => [
						userText(user.uri),
						user.name,
						user.email ?? "-",
						stateOf(user),
					]),
					"There is nobody.",
				),
			);
		},
	},
];

function shared(user: string, given: Given) {
	return {
		user,
		name: given.text("name"),
		email: given.text("email"),
	};
}

async function listed(
	words: string,
	context: CommandContext,
): Promise<readonly UserView[]> {
	if (words !== "") {
		const { users, more } = await context.ask("user/find", { words });
		if (!more) return users;
		throw new Misuse(
			`More than ${users.length} users have these words: give more of them.`,
		);
	}
	const found: UserView[] = [];
	const progress = context.progress("users");
	for (let after: string | undefined; ; ) {
		const { users, next } = await context.ask("user/list", { after });
		found.push(...users);
		progress(found.length);
		if (next === null) return found;
		after = next;
	}
}

function detailsText(user: UserDetailsView): string {
	return properties([
		["user", userText(user.uri)],
		["name", user.name],
		["e-mail", user.email ?? "-"],
		["state", stateOf(user)],
		["groups", user.groups.map(({ name }) => name).join(", ") || "-"],
		["administrator", user.administrator ? "yes" : "no"],
	]);
}

function stateOf({ active, enabled }: UserView): string {
	if (!active) return "disabled";
	return enabled ? "enabled" : "off by policy";
}
