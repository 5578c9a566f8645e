/** What was given to a command, read by kind. */
import { Misuse } from "./command.ts";

type Values = Readonly<
	Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>;

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
		return value.flatMap((each) => parted(String(each)));
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

/** `alice,bob` are two; the name of a group may hold a comma. */
function parted(text: string): string[] {
	if (/^group:/i.test(text)) return [text];
	return text
		.split(",")
		.map((each) => each.trim())
		.filter((each) => each !== "");
}
