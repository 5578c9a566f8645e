/** Where every page begins: whoever is signed in has it at once, others sign in first. */
import { fill } from "./dom.ts";
import { type Session, signedIn, signIn } from "./model/session.ts";
import { signInView } from "./views/sign-in.ts";
import { explain } from "./words.ts";

/** `page` makes what is seen by whoever is signed in; what it rejects with is told where one signs in. */
export async function begin(
	page: (session: Session) => Promise<HTMLElement>,
): Promise<void> {
	async function enter(session: Session): Promise<void> {
		fill(document.body, await page(session));
	}

	function askWho(notice?: string): void {
		const view = signInView(
			async (name, password) => enter(await signIn(name, password)),
			notice,
		);
		fill(document.body, view);
		view.querySelector("input")?.focus();
	}

	try {
		const session = await signedIn();
		if (session) await enter(session);
		else askWho();
	} catch (error) {
		askWho(explain(error));
	}
}

/** After signing out: the page for nobody. */
export function showAnew(): void {
	location.assign("?");
}
