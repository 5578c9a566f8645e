/** Settings as they may be shown: that a secret is set, not what it is. */

const secretName =
	/secret|password|passphrase|token|credential|authorization|^headers$/i;
const shownInstead = "(set)";

/** The same, with every secret and every password of a URL taken out. */
export function withoutSecrets(
	settings: object,
): Readonly<Record<string, unknown>> {
	return Object.fromEntries(
		Object.entries(settings).map(([name, value]) => [name, shown(name, value)]),
	);
}

function shown(name: string, value: unknown): unknown {
	if (value === undefined || value === null) return value;
	if (typeof value === "string") {
		return secretName.test(name) ? shownInstead : withoutPassword(value);
	}
	if (Array.isArray(value)) return value.map((each) => shown(name, each));
	if (typeof value !== "object") return value;
	return secretName.test(name) ? shownInstead : withoutSecrets(value);
}

function withoutPassword(text: string): string {
	if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]*@/i.test(text)) return text;
	return text.replace(/(:\/\/[^:/]*):.*@/, `$1:${shownInstead}@`);
}
