import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { writeAtomically } from "../system/mod.ts";

/** The numbers of a row by column; `null` is an empty field. */
export type CsvRow = Record<string, number | null>;

/** A CSV file of numbers that grows row by row. */
export class CsvLog {
  readonly #path: string;
  readonly #columns: string[];
  readonly #rows: CsvRow[];

  private constructor(path: string, columns: string[], rows: CsvRow[]) {
    this.#path = path;
    this.#columns = columns;
    this.#rows = rows;
  }

  /**
   * Opens a log to go on with it, or begins it.
   *
   * @param path The file.
   * @param columns Its columns.
   * @param keep Which of the rows in it are kept; all by default.
   */
  static async open(
    path: string,
    columns: string[],
    keep: (row: CsvRow) => boolean = () => true,
  ): Promise<CsvLog> {
    const rows = (await readCsv(path)).filter(keep);
    const log = new CsvLog(path, columns, rows);
    await writeAtomically(path, stringify(rows, { header: true, columns }));
    return log;
  }

  /** The rows so far. */
  get rows(): readonly CsvRow[] {
    return this.#rows;
  }

  /**
   * Adds a row at the end of the file.
   *
   * @throws {Error} naming the file if it cannot be written.
   */
  append(row: CsvRow): void {
    this.#rows.push(row);
    const line = stringify([row], { columns: this.#columns });
    try {
      Deno.writeTextFileSync(this.#path, line, { append: true });
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`Cannot write ${this.#path}: ${message}`, { cause: error });
    }
  }
}

/**
 * Reads a CSV file of numbers.
 *
 * @param path The file; if it is absent there are no rows. A last row that was cut short is left out.
 * @throws {Error} naming the file and the line if it is damaged otherwise.
 */
export async function readCsv(path: string): Promise<CsvRow[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  let rows: Record<string, string>[];
  try {
    rows = parse(whole, { columns: true });
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${(error as Error).message}; remove that line`, {
      cause: error,
    });
  }
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => [column, value === "" ? null : Number(value)]),
    )
  );
}
