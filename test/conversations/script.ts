/**
 * Reads a `.chat` file: who sends what, who hears what, as literal XML.
 *
 *     The first line says why.
 *
 *     alice signs in                      REGISTER and INVITE (the channel, or "at sip:…")
 *     alice sends                         an INFO with the XML that follows, answered 200
 *     alice sends, answered 403           … answered 403
 *     alice hears                         the next INFO to her (or the next notice in it) is this XML; `*` stands for anything
 *     alice hears nothing                 nothing was on its way to her
 *     alice signs out                     BYE
 *     bob is refused 403                  instead of "signs in"
 *     operator does changeRoom            a method of `Rooms`, with the JSON list that follows after the actor
 *     operator does createRoom, giving $x … and $x is the id of what it made
 *
 * Through a B2BUA every INFO is answered 200; what became of a message is then told by a reply, which a file does not mention.
 *
 * `$room` in what is heard is whatever stands there, and the same from then on, in what is sent too. Between two tags, line ends count in what is sent and do not count in what is heard. `{4001 x}` stands for
 * 4001 times x. Lines that begin with `#` are remarks.
 */

export interface Step {
	readonly line: number;
	readonly who: string;
	readonly does:
		| "signs in"
		| "is refused"
		| "sends"
		| "hears"
		| "hears nothing"
		| "signs out"
		| "does";
	/** The address called, the status expected, or the method. */
	readonly detail: string;
	/** The name for what the method makes. */
	readonly gives?: string | undefined;
	readonly xml: string;
}

export interface Script {
	readonly why: string;
	readonly steps: readonly Step[];
}

const stepPattern =
	/^(\w+) (signs in|is refused|sends|hears nothing|hears|signs out|does)(?:,? (?:answered |at )?([^\s,]+))?(?:, giving \$(\w+))?$/;

export function readScript(text: string): Script {
	const [why = "", ...lines] = text.split("\n");
	const steps: Step[] = [];
	let xml: string[] = [];
	let head: { line: number; match: RegExpExecArray } | undefined;
	const finish = () => {
		if (head === undefined) return;
		const [, who = "", does = "", detail = "", gives] = head.match;
		steps.push({
			line: head.line,
			who,
			does: does as Step["does"],
			detail,
			gives,
			xml: repeat(xml.join("\n").trim()),
		});
		xml = [];
	};
	for (const [index, line] of lines.entries()) {
		if (line.startsWith("#")) continue;
		const match = stepPattern.exec(line);
		if (match !== null) {
			finish();
			head = { line: index + 2, match };
		} else if (line.trim() === "" || head !== undefined) {
			xml.push(line);
		} else {
			throw new Error(`line ${index + 2}: ${line}`);
		}
	}
	finish();
	return { why, steps };
}

function repeat(xml: string): string {
	return xml.replace(/\{(\d+) ([^}]+)\}/g, (_, count: string, what: string) =>
		what.repeat(Number(count)),
	);
}

/** Puts in what is known by now. */
export function filledIn(
	xml: string,
	known: ReadonlyMap<string, string>,
): string {
	return xml.replace(
		/\$([a-z]\w*)/g,
		(whole, name: string) => known.get(name) ?? whole,
	);
}

/** What is heard, against what is expected: what the names in it stand for, or undefined when it is something else. */
export function matched(
	heard: string,
	expected: string,
): ReadonlyMap<string, string> | undefined {
	const seen = new Set<string>();
	const pattern = expected
		.replace(/>\s+</g, "><")
		.split(/(\*|\$[a-z]\w*)/)
		.map((part, index) => {
			if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
			const name = part.slice(1);
			if (part === "*") return "[^<>]*?";
			if (seen.has(name)) return `\\k<${name}>`;
			seen.add(name);
			return `(?<${name}>[^<>"]*?)`;
		})
		.join("");
	const found = new RegExp(`^${pattern}$`, "s").exec(
		heard.replace(/>\n</g, "><"),
	);
	return found === null
		? undefined
		: new Map(Object.entries(found.groups ?? {}));
}
