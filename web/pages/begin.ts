/** Where every page begins: whoever is signed in has it at once, others sign in first. */
import { linkTokenIn, refusalIn } from "./address.ts";
import { fill } from "./dom.ts";
import { forgetDrafts } from "./model/drafts.ts";
import {
	goToOpenId,
	holderOfLink,
	otherWays,
	type Session,
	signedIn,
	signIn,
	signInByLink,
} from "./model/session.ts";
import { linkView } from "./views/link-sign-in.ts";
import { openIdWay } from "./views/open-id.ts";
import { signInView } from "./views/sign-in.ts";
import { showAdministratorsWays } from "./views/site-bar.ts";
import { explain } from "./words.ts";

/** `page` makes what is seen by whoever is signed in; what it rejects with is told where one signs in. */
export async function begin(
	page: (session: Session) => Promise<HTMLElement>,
): Promise<void> {
	async function enter(session: Session): Promise<void> {
		const seen = await page(session);
		if (session.administrator) showAdministratorsWays(seen);
		fill(document.body, seen);
	}

	function askWho(notice?: string): void {
		const view = signInView(
			async (name, password) => enter(await signIn(name, password)),
			notice,
		);
		fill(document.body, view);
		view.querySelector("input")?.focus();
		void otherWays().then(({ openId }) => {
			if (openId) view.querySelector("form")?.append(openIdWay(openId, leave));
		});
	}

	/** Whoever comes back from the provider goes on where he was. */
	function leave(): Promise<void> {
		sessionStorage.setItem(placeKey, location.pathname + location.search);
		return goToOpenId();
	}

	/** Opening a link signs nobody in: whoever looks at the page is told whose it is, and decides. */
	async function offerLink(token: string): Promise<void> {
		forgetHash();
		const holder = await holderOfLink(token);
		const view = linkView(holder, async () => enter(await signInByLink(token)));
		fill(document.body, view);
		view.querySelector("button")?.focus();
	}

	try {
		const token = linkTokenIn(location.hash);
		if (token !== undefined) {
			await offerLink(token);
			return;
		}
		const session = await signedIn();
		const refused = refusalIn(location.hash);
		if (refused !== undefined) {
			forgetHash();
			sessionStorage.removeItem(placeKey);
		}
		if (session && goBack()) return;
		if (session) await enter(session);
		else askWho(refused);
	} catch (error) {
		askWho(explain(error));
	}
}

const placeKey = "place-before-sign-in";

/** Once, to where somebody was when he left to sign in: on this site, whatever is kept. False: he is there. */
function goBack(): boolean {
	const place = sessionStorage.getItem(placeKey);
	sessionStorage.removeItem(placeKey);
	const here = location.pathname + location.search;
	if (place === null || place === here) return false;
	const { origin, href } = new URL(place, location.origin);
	if (origin !== location.origin) return false;
	location.replace(href);
	return true;
}

/** Nobody finds it in the history. */
function forgetHash(): void {
	history.replaceState(null, "", location.pathname + location.search);
}

/** After signing out: the page for nobody, and nothing that he had written. */
export function showAnew(): void {
	forgetDrafts(sessionStorage);
	location.assign("?");
}
