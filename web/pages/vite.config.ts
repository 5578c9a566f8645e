/** How the pages are built: everything in a few files of our own, nothing inline, and Node's parts replaced by the browser's. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What our SIP stack asks of Node → what the page has instead. */
const replaced: readonly (readonly [asked: RegExp, instead: string])[] = [
	[/^node:crypto$/, here("platform/crypto.ts")],
	[/^node:(?:net|dgram|dns\/promises|events|os)$/, here("platform/absent.ts")],
	[/^\.\/(?:tcp|udp)\.ts$/, here("platform/absent.ts")],
	[/^\.\/ws\.ts$/, here("platform/web-socket.ts")],
];

const platform: Plugin = {
	name: "platform",
	enforce: "pre",
	resolveId: (id) => replaced.find(([asked]) => asked.test(id))?.[1],
};

/** Each HTML file here is a page; what several of them load is in files of its own. */
const pages = readdirSync(here("."))
	.filter((file) => file.endsWith(".html"))
	.map(here);

export default defineConfig({
	root: here("."),
	base: "./",
	clearScreen: false,
	logLevel: "warn",
	plugins: [platform],
	build: {
		target: "es2022",
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		rollupOptions: { input: pages },
	},
});
