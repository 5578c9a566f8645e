/** Counts how requests are answered, whoever answers them. */
import type { Traffic } from "../traffic.ts";
import type { DrachtioDialog, IncomingRequest, Reply } from "./drachtio.ts";

type Note = Traffic["note"];

export function countAnswer(
	{ method }: Pick<IncomingRequest, "method">,
	reply: Pick<Reply, "on">,
	note: Note,
): void {
	reply.on("end", ({ status }) => note({ type: "answered", method, status }));
}

/** Every request in the dialog, also what is refused there: to be called when nobody else will stand before it. */
export function countAnswersIn(dialog: DrachtioDialog, note: Note): void {
	const handle = dialog.handle.bind(dialog);
	dialog.handle = (request, reply) => {
		countAnswer(request, reply, note);
		handle(request, reply);
	};
}
