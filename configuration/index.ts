/** The process's configuration. */
import type { Configuration } from "./schema.ts";

export { ConfigurationError, readConfiguration } from "./read.ts";
export type { Configuration } from "./schema.ts";
export { helpText } from "./settings.ts";

/** Where the operator's command finds the service; undefined when it is not to. */
export function operatorSocket({
	operator,
	database: { client, file },
}: Pick<Configuration, "operator" | "database">): string | undefined {
	if (operator.socket === "none") return undefined;
	if (operator.socket !== undefined) return operator.socket;
	return client === "sqlite" && file !== ":memory:"
		? `${file.replace(/\.[^./]*$/, "")}.sock`
		: "./data/persistent-chat.sock";
}
export { withoutSecrets } from "./without-secrets.ts";
