import type { OpBuilder, Shape4D } from "./op_builder.ts";
import { TILE } from "./winograd_matrices.ts";

/** A part of images that is worked on at once: some images, or of one image some rows of tiles. */
export interface Piece {
  /** The first image, and how many there are. */
  image: number;
  images: number;
  /** The first row of tiles in each of them, and how many there are. */
  row: number;
  rows: number;
}

/** Options of {@linkcode ImageTiles}. */
export interface ImageTilesOptions {
  /** How much memory is taken for each tile that is worked on. */
  tileBytes: number;
  /** About how much memory may be taken at once. */
  pieceBytes: number;
}

/** Images that are cut into square tiles of 4x4 pixels, the last of which may reach beyond them. */
export class ImageTiles<T> {
  /** What is worked on at once, in the order of the pixels. */
  readonly pieces: Piece[];
  readonly #build: OpBuilder<T>;
  readonly #images: Shape4D;
  /** How many tiles there are side by side. */
  readonly #columns: number;
  readonly #tables = new Map<string, T>();

  /** @param images The images' shape; of the channels nothing is asked. */
  constructor(build: OpBuilder<T>, images: Shape4D, options: ImageTilesOptions) {
    const [batch, height, width] = images;
    this.#build = build;
    this.#images = images;
    this.#columns = Math.ceil(width / TILE);
    const fit = options.pieceBytes / (options.tileBytes * this.#columns);
    this.pieces = cutIntoPieces(batch, Math.ceil(height / TILE), fit);
  }

  /** How many tiles there are in a piece. */
  countIn({ images, rows }: Piece): number {
    return images * rows * this.#columns;
  }

  /** The pixels of tiles, `[places, tiles * channels]`, as `[pixels, channels]`. */
  pixels(tiles: T, piece: Piece): T {
    const rows = this.#build.reshape(tiles, [TILE ** 2 * this.countIn(piece), -1]);
    return this.#build.gather(
      rows,
      this.#table(`${this.#heightOf(piece)} of pixels`, piece, () => this.#pixelsInTiles(piece)),
    );
  }

  /** The squares of some side around a piece's tiles, `[places, tiles * channels]`. */
  cut(images: T, piece: Piece, side: number, after: T[]): T {
    const build = this.#build;
    const [batch, height, width, channels] = build.shapeOf(images);
    const margin = (side - TILE) / 2;
    const top = piece.row * TILE - margin, bottom = (piece.row + piece.rows) * TILE + margin;
    const start = Math.max(0, top), end = Math.min(height, bottom);
    const isAll = piece.images === batch && end - start === height;
    const from = [piece.image, start, 0, 0], size = [piece.images, end - start, width, channels];
    const rows = isAll ? images : build.slice(images, from, size, after);
    const across = this.#columns * TILE + 2 * margin;
    const down = [start - top, bottom - end], sideways = [margin, across - margin - width];
    const padded = build.pad(rows, [[0, 0], down, sideways, [0, 0]], after);
    const flat = build.reshape(padded, [piece.images * (bottom - top) * across, channels]);
    const table = this.#table(`${side}`, piece, () => this.#placesInPixels(piece, side));
    const cut = build.gather(flat, table);
    return build.reshape(cut, [side ** 2, this.countIn(piece) * channels]);
  }

  /** Which pixels of a padded piece the places of all tiles' squares are: place by place, all tiles. */
  #placesInPixels({ images, rows }: Piece, side: number): Int32Array {
    const margins = side - TILE;
    const height = rows * TILE + margins, width = this.#columns * TILE + margins;
    const pixels = new Int32Array(side ** 2 * images * rows * this.#columns);
    let next = 0;
    for (let place = 0; place < side ** 2; place++) {
      const x = place % side, y = Math.floor(place / side);
      for (let image = 0; image < images; image++) {
        for (let row = 0; row < rows; row++) {
          const start = (image * height + row * TILE + y) * width + x;
          for (let column = 0; column < this.#columns; column++) {
            pixels[next++] = start + column * TILE;
          }
        }
      }
    }
    return pixels;
  }

  /** Where a piece's pixels are among the places of its tiles. */
  #pixelsInTiles(piece: Piece): Int32Array {
    const [, , width] = this.#images;
    const tiles = this.countIn(piece), height = this.#heightOf(piece);
    const places = new Int32Array(piece.images * height * width);
    let next = 0;
    for (let image = 0; image < piece.images; image++) {
      for (let y = 0; y < height; y++) {
        const start = (image * piece.rows + Math.floor(y / TILE)) * this.#columns;
        for (let x = 0; x < width; x++) {
          const place = y % TILE * TILE + x % TILE;
          places[next++] = place * tiles + start + Math.floor(x / TILE);
        }
      }
    }
    return places;
  }

  /** A table of whole numbers, which pieces of the same size share. */
  #table(name: string, piece: Piece, make: () => Int32Array): T {
    const key = [name, piece.images, piece.rows].join();
    let table = this.#tables.get(key);
    if (!table) this.#tables.set(key, table = this.#build.ints(make()));
    return table;
  }

  /** How many rows of pixels each image has in a piece. */
  #heightOf({ row, rows }: Piece): number {
    return Math.min(this.#images[1], (row + rows) * TILE) - row * TILE;
  }
}

/**
 * Cuts images into pieces, as equal as may be.
 *
 * @param rows How many rows of tiles each image has.
 * @param fit How many of them fit into a piece.
 */
function cutIntoPieces(batch: number, rows: number, fit: number): Piece[] {
  const pieces: Piece[] = [];
  const imagesAtOnce = evenPart(batch, fit / rows), rowsAtOnce = evenPart(rows, fit);
  for (let image = 0; image < batch; image += imagesAtOnce) {
    const images = Math.min(imagesAtOnce, batch - image);
    for (let row = 0; row < rows; row += rowsAtOnce) {
      pieces.push({ image, images, row, rows: Math.min(rowsAtOnce, rows - row) });
    }
  }
  return pieces;
}

/** The size of parts that are as equal as may be, of which so much fits into one; one at least. */
function evenPart(all: number, fit: number): number {
  return Math.ceil(all / Math.ceil(all / Math.max(1, Math.floor(fit))));
}
