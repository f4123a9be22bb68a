// Runs beside the kernel's own thread, as a worker: ends code that keeps that thread busy.
//
// A press of the stop button reaches the kernel as a SIGINT, which its thread hears only between two
// awaits. If it has not heard it after a while, Deno's kernel is asked by a message of Jupyter's
// protocol to terminate what it executes; code that awaits something would hang after that.

import { createHmac, randomUUID } from "node:crypto";

/** Longer than anything in the library keeps the kernel's thread busy. */
const PATIENCE_MS = 5000;

/** What Jupyter's connection file says, as far as it is used here. */
interface Connection {
  ip: string;
  control_port: number;
  key: string;
}

/** The two threads hear a signal at about the same time, in either order. */
const SLACK_MS = 1000;

/** What the worker is given. */
export interface StopWorkerInput {
  /** The path of Jupyter's connection file. */
  connectionFile: string;
  /** One number: when the kernel's thread last heard a signal, in milliseconds since 1970. */
  heard: BigInt64Array<SharedArrayBuffer>;
}

self.addEventListener("message", (event) => {
  const { connectionFile, heard } = (event as MessageEvent<StopWorkerInput>).data;
  Deno.addSignalListener("SIGINT", () => {
    const pressed = Date.now();
    setTimeout(async () => {
      if (Number(Atomics.load(heard, 0)) >= pressed - SLACK_MS) return;
      await interrupt(JSON.parse(await Deno.readTextFile(connectionFile)));
    }, PATIENCE_MS);
  });
});

/** Sends an `interrupt_request` to the kernel's control channel. */
async function interrupt({ ip, control_port: port, key }: Connection): Promise<void> {
  using connection = await Deno.connect({ hostname: ip, port });
  await write(connection, greeting());
  await read(connection, GREETING_BYTES);
  await write(connection, readyCommand());
  const [, size] = await read(connection, 2);
  await read(connection, size!);
  const header = {
    ...{ msg_id: randomUUID(), session: randomUUID(), username: "denoscapes" },
    ...{ date: new Date().toISOString(), msg_type: "interrupt_request", version: "5.3" },
  };
  const parts = [header, {}, {}, {}].map((part) => JSON.stringify(part));
  const signature = createHmac("sha256", key).update(parts.join("")).digest("hex");
  await write(connection, message(["<IDS|MSG>", signature, ...parts]));
  await read(connection, 1); // The reply begins: the request was taken.
}

// ZMTP 3.0, https://rfc.zeromq.org/spec/23/
const GREETING_BYTES = 64;
const COMMAND = 4, LONG = 2, MORE = 1;

function greeting(): Uint8Array {
  const bytes = new Uint8Array(GREETING_BYTES);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
  bytes.set(encode("NULL"), 12);
  return bytes;
}

function readyCommand(): Uint8Array {
  const property = (name: string, value: string) => {
    const [key, content] = [encode(name), encode(value)];
    return [key.length, ...key, 0, 0, 0, content.length, ...content];
  };
  const body = [5, ...encode("READY"), ...property("Socket-Type", "DEALER")];
  return Uint8Array.from([COMMAND, body.length, ...body]);
}

function message(parts: readonly string[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part, i) => {
    const more = i < parts.length - 1 ? MORE : 0;
    const body = encode(part);
    const size = new DataView(new ArrayBuffer(8));
    size.setBigUint64(0, BigInt(body.length));
    return [LONG | more, ...new Uint8Array(size.buffer), ...body];
  }));
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

async function read(connection: Deno.Conn, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count;) {
    const got = await connection.read(bytes.subarray(done));
    if (got === null) throw new Error("Cannot interrupt: the kernel closed its control channel");
    done += got;
  }
  return bytes;
}
