import { read } from "read";
import type { Credentials } from "../lib/mod.ts";

const USERNAME = "CITYSCAPES_USERNAME", PASSWORD = "CITYSCAPES_PASSWORD";

/**
 * The account on the site of Cityscapes, from the environment or asked for on the terminal, where the
 * password is not seen. It is kept nowhere.
 *
 * @throws {Error} if there is no terminal to ask on.
 */
export async function askForCredentials(): Promise<Credentials> {
  const username = Deno.env.get(USERNAME), password = Deno.env.get(PASSWORD);
  if (username && password) return { username, password };
  if (!Deno.stdin.isTerminal()) {
    throw new Error(
      `Cannot log in to Cityscapes: there is no terminal to ask on; set ${USERNAME} and ${PASSWORD}, ` +
        "or give the archives by --gt-fine and --left-img",
    );
  }
  try {
    return {
      username: username || await read({ prompt: "Cityscapes user name or e-mail address:" }),
      password: password || await readSilently("Cityscapes password (not shown):"),
    };
  } catch (cause) {
    throw new Error("Cannot log in to Cityscapes: the prompt was left", { cause });
  }
}

async function readSilently(prompt: string): Promise<string> {
  const text = await read({ prompt, silent: true });
  console.log();
  return text;
}
