/** What was given to a command, read by kind. */
import type { FlagValue } from "../../client/terminal/flags.ts";
import { splitList } from "../../client/terminal/listed.ts";
import { Misuse } from "./command.ts";

type Values = Readonly<Record<string, FlagValue | undefined>>;

export interface Given {
	/** What stands behind the words. Throws `Misuse` when it is missing. */
	argument(index: number, name: string): string;
	readonly rest: readonly string[];
	has(flag: string): boolean;
	text(flag: string): string | undefined;
	/** Throws `Misuse` for anything else. */
	choice<const Choice extends string>(
		flag: string,
		choices: readonly Choice[],
	): Choice | undefined;
	/** A whole number from 1 to `most`. */
	number(flag: string, most?: number): number | undefined;
	numbers(flag: string): number[] | undefined;
	/** `2026-11-22`, `2026-11-22T14:00`, `now`: as ISO 8601 in UTC; in this machine's time zone where it names none. */
	date(flag: string): string | undefined;
	/** The same, but in UTC where it names no time zone; `2026-11-22` is midnight. */
	utc(flag: string): string | undefined;
	/** `--history on` or `off`. */
	onOff(flag: string): boolean | undefined;
	/** One of two flags that exclude each other. */
	either(on: string, off: string): boolean | undefined;
	/** Of a flag that may be given several times; undefined when it was not given. */
	list(flag: string): string[] | undefined;
	/** `--member`, `--add-member`, `--remove-member`. */
	change(
		flag: string,
	): { set?: string[]; add?: string[]; remove?: string[] } | undefined;
}

export function createGiven(rest: readonly string[], values: Values): Given {
	const text = (flag: string) => {
		const value = values[flag];
		return typeof value === "string" ? value : undefined;
	};
	const list = (flag: string) => {
		const value = values[flag];
		if (!Array.isArray(value)) return undefined;
		return value.flatMap((each: string) => parted(flag, each));
	};
	function choice<const Choice extends string>(
		flag: string,
		choices: readonly Choice[],
	): Choice | undefined {
		const given = text(flag);
		if (given === undefined) return undefined;
		const found = choices.find((each) => each === given);
		if (found !== undefined) return found;
		throw new Misuse(`--${flag} is ${choices.join(" or ")}, not "${given}".`);
	}
	return {
		rest,
		text,
		list,
		choice,
		argument(index, name) {
			const argument = rest[index];
			if (argument !== undefined && argument !== "") return argument;
			throw new Misuse(`${name} is missing.`);
		},
		number(flag, most) {
			const given = text(flag);
			return given === undefined ? undefined : numberOf(flag, given, most);
		},
		numbers: (flag) => list(flag)?.map((each) => numberOf(flag, each)),
		date(flag) {
			const given = text(flag);
			return given === undefined ? undefined : dateOf(flag, given);
		},
		utc(flag) {
			const given = text(flag);
			return given === undefined ? undefined : dateOf(flag, given, "Z");
		},
		has: (flag) => values[flag] === true,
		onOff(flag) {
			const value = choice(flag, ["on", "off"]);
			return value === undefined ? undefined : value === "on";
		},
		either(on, off) {
			if (values[on] === true && values[off] === true) {
				throw new Misuse(`--${on} and --${off} exclude each other.`);
			}
			return values[on] === true
				? true
				: values[off] === true
					? false
					: undefined;
		},
		change(flag) {
			const set = list(flag);
			const add = list(`add-${flag}`);
			const remove = list(`remove-${flag}`);
			if (!set && !add && !remove) return undefined;
			return {
				...(set && { set }),
				...(add && { add }),
				...(remove && { remove }),
			};
		},
	};
}

/** Throws `Misuse` for a quote that is not closed. */
function parted(flag: string, text: string): string[] {
	const names = splitList(text);
	if (names !== undefined) return names;
	throw new Misuse(
		`In --${flag} a quote is not closed: a name with commas is written 'group:"Front, back"'.`,
	);
}

function numberOf(flag: string, text: string, most?: number): number {
	const number = Number(text);
	const fits = Number.isSafeInteger(number) && number > 0;
	if (fits && number <= (most ?? number)) return number;
	throw new Misuse(
		`--${flag} is a whole number ${most === undefined ? "above 0" : `from 1 to ${most}`}, not "${text}".`,
	);
}

const dateShape =
	/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** `zone`: where none is named; default: this machine's. */
function dateOf(flag: string, text: string, zone: "Z" | "" = ""): string {
	if (text === "now") return new Date().toISOString();
	const date = new Date(zoned(text, zone));
	if (dateShape.test(text) && !Number.isNaN(date.getTime()) && isDay(text)) {
		return date.toISOString();
	}
	throw new Misuse(
		`--${flag} is a date like 2026-11-22 or 2026-11-22T14:00, not "${text}".`,
	);
}

/** February has no 30th: `Date` would take it for the 2nd of March. */
function isDay(text: string): boolean {
	const day = text.slice(0, 10);
	const date = new Date(`${day}T00:00Z`);
	return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function zoned(text: string, zone: string): string {
	const timed = text.includes("T") ? text : `${text}T00:00`;
	return /(Z|[+-]\d{2}:\d{2})$/.test(timed) ? timed : `${timed}${zone}`;
}
