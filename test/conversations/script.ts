/**
 * Reads a `.chat` file: who sends what, who hears what, as literal XML.
 *
 *     The first line says why.
 *
 *     alice signs in                      REGISTER and INVITE (the channel, or "at sip:…")
 *     alice sends                         an INFO with the XML that follows, answered 200
 *     alice sends, answered 403           … answered 403
 *     alice hears                         the next INFO to her is this XML; `*` stands for anything
 *     alice hears nothing                 nothing was on its way to her
 *     alice signs out                     BYE
 *     bob is refused 403                  instead of "signs in"
 *
 * Between two tags, line ends count in what is sent and do not count in what is heard. `{4001 x}` stands for
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
		| "signs out";
	/** The address called, or the status expected. */
	readonly detail: string;
	readonly xml: string;
}

export interface Script {
	readonly why: string;
	readonly steps: readonly Step[];
}

const stepPattern =
	/^(\w+) (signs in|is refused|sends|hears nothing|hears|signs out)(?:,? (?:answered |at )?(\S+))?$/;

export function readScript(text: string): Script {
	const [why = "", ...lines] = text.split("\n");
	const steps: Step[] = [];
	let xml: string[] = [];
	let head: { line: number; match: RegExpExecArray } | undefined;
	const finish = () => {
		if (head === undefined) return;
		const [, who = "", does = "", detail = ""] = head.match;
		steps.push({
			line: head.line,
			who,
			does: does as Step["does"],
			detail,
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

/** What is heard, against what is expected. */
export function matches(heard: string, expected: string): boolean {
	const pattern = expected
		.replace(/>\s+</g, "><")
		.split("*")
		.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
		.join("[^<>]*?");
	return new RegExp(`^${pattern}$`, "s").test(heard.replace(/>\n</g, "><"));
}
