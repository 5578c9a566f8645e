/** docs/settings.md has every setting, as the schema has it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readConfiguration } from "../../configuration/index.ts";
import { withSettings } from "../../configuration/reference.ts";
import { listedSettings, settings } from "../../configuration/settings.ts";

describe("docs/settings.md", () => {
	const page = readFileSync(
		new URL("../../docs/settings.md", import.meta.url),
		"utf8",
	);

	it("is the schema of the configuration: npm run docs:settings writes it", () => {
		equal(withSettings(page), page);
	});

	it("names no setting without what it means", () => {
		const nameless = [...settings(), ...listedSettings()].filter(
			({ description }) => description === "",
		);
		deepEqual(
			nameless.map(({ path }) => path.join(".")),
			[],
		);
	});

	it("has the lists that hold more than words", () => {
		for (const name of [
			"service.trustedPeers[].address",
			"service.registrations[].registrar",
		]) {
			ok(page.includes(`\`${name}\``), name);
		}
	});

	it("names variables that can be given, of a setting with several kinds too", () => {
		const { service } = readConfiguration(undefined, {
			PERSISTENT_CHAT_SERVICE_LIFE_WATCHDOG_MS: "0",
		});
		equal(service.life.watchdogMs, 0);
	});
});
