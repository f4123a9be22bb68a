import { fileURLToPath } from "node:url";

/** The family of {@linkcode fontFiles}. */
export const FONT_FAMILY = "Open Sans";

/** The font that pictures are set in, so that they look alike and show their text on any machine. */
export async function fontFiles(): Promise<string[]> {
  // This import fetches the package where the cache lacks it; resolve() alone does not.
  await import("@expo-google-fonts/open-sans/package.json", { with: { type: "json" } });
  return [
    import.meta.resolve("@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf"),
    import.meta.resolve("@expo-google-fonts/open-sans/600SemiBold/OpenSans_600SemiBold.ttf"),
  ].map((url) => fileURLToPath(url));
}
