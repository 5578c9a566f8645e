/** An adapter that does not do what it should when it is to end. Says `delivering` in a file when it has begun. */
import { writeFileSync } from "node:fs";
import type { AdapterFactory } from "../../plugin/compliance/adapter.ts";

export interface Stubbornness {
	/** `heedless`: a delivery never ends, whatever is aborted. */
	readonly how:
		| "heedless"
		| "close rejects"
		| "close throws"
		| "close never ends";
	/** Written when a delivery begins. */
	readonly file: string;
}

const never = () => new Promise<void>(() => {});

const stubbornAdapter: AdapterFactory = async (given) => {
	const { how, file } = given as Stubbornness;
	return {
		async deliver() {
			writeFileSync(file, "delivering");
			if (how === "heedless") await never();
		},
		close() {
			if (how === "close throws") throw new Error("It does not want to.");
			if (how === "close rejects")
				return Promise.reject(new Error("It does not want to."));
			return how === "close never ends" ? never() : Promise.resolve();
		},
	};
};

export default stubbornAdapter;
