/** Runs Deno as a part of a command, printing what it prints. @returns Its exit code. */
export async function runDeno(args: string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: ["-q", ...args], stdin: "null" }).spawn();
  return (await child.status).code;
}
