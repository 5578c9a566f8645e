/** What was asked for, short enough to be kept in a log, without secrets and without what people wrote. */

const maxCharacters = 2_000;
const maxText = 200;
const maxItems = 20;

/** Said to have been given, but not what. */
const withheld = new Set([
	"credentials",
	"password",
	"text",
	"wording",
	"words",
]);

/** JSON of at most 2,000 characters. */
export function shortened(details: Readonly<Record<string, unknown>> = {}) {
	const text = JSON.stringify(details, (key, value: unknown) => {
		if (withheld.has(key) && value !== undefined) return "(given)";
		if (typeof value === "string" && value.length > maxText) {
			return `${value.slice(0, maxText)}…`;
		}
		if (!Array.isArray(value) || value.length <= maxItems) return value;
		const more = value.length - maxItems;
		return [...value.slice(0, maxItems), `… and ${more} more`];
	});
	if (text.length <= maxCharacters) return text;
	return JSON.stringify({ fields: Object.keys(details).slice(0, maxItems) });
}
