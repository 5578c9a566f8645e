/** What somebody means by the text of a MESSAGE to a room. Pure. */

export type Meant =
	| { readonly type: "post"; readonly text: string }
	| { readonly type: "join" | "part" | "who" }
	| { readonly type: "history"; readonly count: number }
	/** Also for what is no command. */
	| { readonly type: "help" };

const defaultHistory = 10;
const maxHistory = 50;

/** `//x` posts `/x`. */
export function meantBy(text: string): Meant {
	if (text.startsWith("//")) return { type: "post", text: text.slice(1) };
	if (!text.startsWith("/")) return { type: "post", text };
	const [word = "", argument, ...more] = text.slice(1).trim().split(/\s+/);
	const command = word.toLowerCase();
	if (more.length > 0) return { type: "help" };
	if (command === "history") return historyOf(argument);
	if (argument !== undefined) return { type: "help" };
	return command === "join" || command === "part" || command === "who"
		? { type: command }
		: { type: "help" };
}

function historyOf(argument: string | undefined): Meant {
	if (argument === undefined) return { type: "history", count: defaultHistory };
	if (!/^\d{1,6}$/.test(argument)) return { type: "help" };
	const count = Math.min(Number(argument), maxHistory);
	return count === 0 ? { type: "help" } : { type: "history", count };
}
