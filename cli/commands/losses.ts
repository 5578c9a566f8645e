/** Changes that may take something from people: who would lose what (`--dry-run`), and who has lost what. */
import type {
	ChangeName,
	ParametersOf,
	ResultOf,
} from "../operations/index.ts";
import type { LossesView } from "../operations/views.ts";
import type { CommandContext } from "./command.ts";
import type { Given } from "./given.ts";
import { table, userText } from "./table.ts";

/** The flag of every such command. */
export const dryRun = {
	"dry-run": { text: "only show who would lose what" },
} as const;

/** Lines that a change adds to what it shows; a dry run shows all that it is told of. */
const shownLosses = 20;

export interface Typed {
	readonly given: Given;
	readonly context: CommandContext;
}

/** Asks for the change and shows what it gives with what was lost; with `--dry-run` only what would be. */
export async function makeChange<Name extends ChangeName>(
	name: Name,
	parameters: ParametersOf<Name>,
	{ given, context }: Typed,
	text: (result: ResultOf<Name>) => string,
): Promise<void> {
	const progress = context.progress("rooms looked at");
	if (given.has("dry-run")) {
		const preview = `${name}/preview` as `${ChangeName}/preview`;
		const view = await context.ask(preview, parameters as never, progress);
		context.show(view, () => foretoldText(view));
		return;
	}
	const result = await context.ask(name, parameters, progress);
	const { lost } = result as { readonly lost: LossesView };
	context.show(result, () => `${text(result)}\n${lostText(lost)}`);
}

function foretoldText(view: LossesView): string {
	const text =
		view.losses.length === 0
			? "Nobody would lose anything."
			: lossesText(view, "WOULD NO LONGER BE");
	return `${text}\nNothing has been changed.`;
}

function lostText({ losses, more, cut }: LossesView): string {
	if (losses.length === 0) return "Nobody lost anything.";
	const shown = losses.slice(0, shownLosses);
	const others = losses.length - shown.length + more;
	return lossesText({ losses: shown, more: others, cut }, "IS NO LONGER");
}

function lossesText(
	{ losses, more, cut }: LossesView,
	heading: string,
): string {
	const rows = losses.map(({ room, principal, was }) => [
		room.name,
		userText(principal),
		was.join(", "),
	]);
	const text = table(["ROOM", "WHO", heading], rows, "");
	return more === 0
		? text
		: `${text}\n… and ${cut ? "more than " : ""}${more} more.`;
}
