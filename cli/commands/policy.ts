/** `persistent-chat policy …`: who may use persistent chat at all; a user's word counts before his domain's, and that before everybody's. */
import { type Command, Misuse } from "./command.ts";
import { dryRun, makeChange } from "./losses.ts";
import { onOff, table, userText } from "./table.ts";

const scope = "everybody|domain:NAME|USER";

export const policyCommands: readonly Command[] = [
	{
		words: ["policy", "set"],
		summary: "Let everybody, a domain or a user use persistent chat, or not",
		takes: `${scope} on|off`,
		flags: {
			admit: {
				text: "of a domain: whom the SIP network vouches for is taken into the directory when he first comes",
			},
			"no-admit": { text: "not so any more; without either it stays as it is" },
			...dryRun,
		},
		examples: [
			"policy set everybody off --dry-run",
			"policy set domain:example.com on --admit",
			"policy set mallory off",
		],
		async run(given, context) {
			const who = given.argument(0, scope);
			const word = given.argument(1, "on or off");
			if (word !== "on" && word !== "off") {
				throw new Misuse(`A policy is on or off, not "${word}".`);
			}
			await makeChange(
				"policy/set",
				{
					scope: who,
					enabled: word === "on",
					...(given.has("admit") && { admit: true }),
					...(given.has("no-admit") && { admit: false }),
				},
				{ given, context },
				({ scope, known }) => {
					const whom = userText(scope);
					const said = `Persistent chat is ${word} for ${whom}.`;
					return known ? said : `${said}\nThe directory knows no ${whom}.`;
				},
			);
		},
	},
	{
		words: ["policy", "unset"],
		summary: "Say nothing of somebody: what is said more widely decides",
		takes: scope,
		flags: dryRun,
		examples: ["policy unset mallory"],
		async run(given, context) {
			await makeChange(
				"policy/unset",
				{ scope: given.argument(0, scope) },
				{ given, context },
				(policy) => `Nothing is said of ${userText(policy.scope)} any more.`,
			);
		},
	},
	{
		words: ["policy", "list"],
		summary: "List what is said",
		examples: ["policy list"],
		async run(_, context) {
			const policies = await context.ask("policy/list", {});
			context.show(policies, () =>
				table(
					["WHO", "PERSISTENT CHAT", "ADMITTED BY ITSELF"],
					policies.map(({ scope, enabled, admit }) => [
						userText(scope),
						onOff(enabled),
						admit ? "yes" : "-",
					]),
					"Nothing is said, so nobody may use persistent chat.",
				),
			);
		},
	},
];
