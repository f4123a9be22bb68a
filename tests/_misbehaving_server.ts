// An HTTP server on this machine that does what servers and networks do wrong. It speaks over plain
// TCP, so that a connection that breaks really breaks.

/** What a client asked. */
export interface Request {
  method: string;
  /** The path with its query. */
  path: string;
  headers: Headers;
  body: string;
}

/** What is sent back, and how that goes wrong. */
export interface Reply {
  status?: number;
  headers?: [name: string, value: string][];
  body?: Uint8Array | string;
  /** The connection is closed after so many bytes of the body. */
  cut?: number;
  /** Nothing more comes after so many bytes of the body. */
  stall?: number;
  /** Nothing is said of the size. */
  noLength?: boolean;
}

/** Answers a request. */
export type Answer = (request: Request) => Reply;

/** A request, and how many bytes of body went out for it. */
export interface Exchange extends Request {
  status: number;
  sent: number;
}

/** A server for the time of a test: `await using server = new MisbehavingServer(answer)`. */
export class MisbehavingServer implements AsyncDisposable {
  /** What was asked and sent, in the order of the requests. */
  readonly log: Exchange[] = [];
  readonly #answer: Answer;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #ended: Promise<void>;

  constructor(answer: Answer) {
    this.#answer = answer;
    this.#ended = this.#accept();
  }

  /** Its address, without a slash at the end. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
  }

  /** How many bytes of bodies went out. */
  get sent(): number {
    return this.log.reduce((sum, { sent }) => sum + sent, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) this.#close(connection);
    await this.#ended;
  }

  async #accept(): Promise<void> {
    const serving: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      // What the client breaks off itself is no failure of the server.
      const served = this.#serve(connection).catch(() => {});
      serving.push(served.finally(() => this.#close(connection)));
    }
    await Promise.all(serving);
  }

  #close(connection: Deno.Conn): void {
    if (this.#connections.delete(connection)) connection.close();
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const request = await readRequest(connection);
    if (!request) return;
    const reply = this.#answer(request);
    const { status = 200, headers = [], cut, stall, noLength = false } = reply;
    const body = typeof reply.body === "string"
      ? new TextEncoder().encode(reply.body)
      : reply.body ?? new Uint8Array();
    const exchange = { ...request, status, sent: 0 };
    this.log.push(exchange);
    const lines = [
      `HTTP/1.1 ${status} Said so`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...noLength ? [] : [`Content-Length: ${body.length}`],
      "Connection: close",
    ];
    await writeAll(connection, new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
    const part = body.subarray(0, cut ?? stall);
    for (let at = 0; at < part.length; at += PIECE) {
      const piece = part.subarray(at, at + PIECE);
      await writeAll(connection, piece);
      exchange.sent += piece.length;
    }
    // The client closes it, or the end of the test does.
    if (stall !== undefined) await connection.read(new Uint8Array(1));
  }
}

const PIECE = 16_384;

/** Answers with a file, or with the range of it that is asked for. */
export function file(
  bytes: Uint8Array,
  { etag, ranges = true, ...reply }: { etag?: string; ranges?: boolean } & Reply = {},
): Answer {
  return ({ headers }) => {
    const tag: [string, string][] = etag ? [["ETag", etag]] : [];
    const start = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? NaN);
    const isSame = !headers.has("if-range") || headers.get("if-range") === etag;
    if (Number.isNaN(start) || !ranges || !isSame) return { body: bytes, headers: tag, ...reply };
    const range = (
      of: string,
    ): [string, string] => ["Content-Range", `bytes ${of}/${bytes.length}`];
    if (start >= bytes.length) return { status: 416, headers: [range("*")] };
    return {
      status: 206,
      headers: [range(`${start}-${bytes.length - 1}`), ...tag],
      body: bytes.subarray(start),
      ...reply,
    };
  };
}

/** One answer after the other; the last one again and again. */
export function inTurn(...answers: Answer[]): Answer {
  let turn = 0;
  return (request) => answers[Math.min(turn++, answers.length - 1)]!(request);
}

async function readRequest(connection: Deno.Conn): Promise<Request | undefined> {
  const buffer = new Uint8Array(4096);
  let text = "";
  const more = async () => {
    const count = await connection.read(buffer);
    if (count !== null) text += new TextDecoder().decode(buffer.subarray(0, count));
    return count !== null;
  };
  while (!text.includes("\r\n\r\n")) if (!await more()) return undefined;
  const end = text.indexOf("\r\n\r\n");
  const [first, ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  const length = Number(headers.get("content-length") ?? 0);
  while (text.length < end + 4 + length) if (!await more()) return undefined;
  const [method, path] = first!.split(" ");
  return { method: method!, path: path!, headers, body: text.slice(end + 4) };
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}
