/** What is added: done, or with `--dry-run` only tried. */
import type { ParametersOf, ResultOf } from "../operations/index.ts";
import type { Typed } from "./losses.ts";

type AdditionName = "user/add" | "group/add" | "category/add" | "room/add";

/** The flag of every such command. */
export const rehearsal = {
	"dry-run": { text: "only say whether it would be added" },
} as const;

/** `name`: what it is called, for people. */
export async function makeAddition<Name extends AdditionName>(
	operation: Name,
	parameters: ParametersOf<Name>,
	{ given, context }: Typed,
	name: string,
	text: (result: ResultOf<Name>) => string,
): Promise<void> {
	if (given.has("dry-run")) {
		const rehearse = `${operation}/rehearse` as `${AdditionName}/rehearse`;
		const tried = await context.ask(rehearse, parameters as never);
		context.show(
			tried,
			() => `${name} would be added. Nothing has been changed.`,
		);
		return;
	}
	const added = await context.ask(operation, parameters);
	context.show(added, () => text(added));
}
