/** The operations page. */
import { begin, showAnew } from "./begin.ts";
import { followOperations, readOperations } from "./model/operations.ts";
import { Refusal } from "./model/session.ts";
import { notForYouPage, operationsPage } from "./views/operations-page.ts";

await begin(async (session) => {
	const signOut = () => void session.signOut().then(showAnew);
	try {
		const page = operationsPage(await readOperations(session), signOut);
		followOperations(session, page);
		return page.element;
	} catch (error) {
		if (error instanceof Refusal && error.status === 403) {
			return notForYouPage(session.me.name, error.message, signOut);
		}
		throw error;
	}
});
