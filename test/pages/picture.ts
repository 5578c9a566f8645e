/** Pictures for `docs/images`: written with `SCREENSHOTS=1`, else only taken. */
import { join } from "node:path";
import type { Page } from "playwright-core";

const folder = join(import.meta.dirname, "../../docs/images");

export async function picture(page: Page, name: string): Promise<void> {
	const wanted = process.env.SCREENSHOTS === "1";
	await page.screenshot({
		...(wanted && { path: join(folder, `${name}.png`) }),
		animations: "disabled",
		caret: "hide",
	});
}
