/** The form that names are compared in, as it was when 0002 and 0005 were released. Frozen: see `index.ts`. */

/** Equal for texts that differ only in case, width, composition or final sigma. */
export function searchKey(text: string): string {
	return text
		.normalize("NFKC")
		.toLowerCase()
		.replaceAll("ς", "σ")
		.normalize("NFKC")
		.trim();
}
